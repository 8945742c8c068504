package datatransfer_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// goOn agrees to all differences.
func goOn([]datatransfer.Difference) error { return nil }

func link(left, field, right string) string {
	return fmt.Sprintf(`{"kind":"relation.basic","relation":"oneToOne","left":{"type":%q,"ref":1,"field":%q},`+
		`"right":{"type":%q,"ref":1}}`, left, field, right)
}

func morph(left, field, right, rightField string) string {
	return fmt.Sprintf(`{"kind":"relation.morph","relation":"morphToMany","left":{"type":%q,"ref":1,"field":%q},`+
		`"right":{"type":%q,"ref":1,"field":%q}}`, left, field, right, rightField)
}

func entity(uid, data string) string { return fmt.Sprintf(`{"type":%q,"id":1,"data":%s}`, uid, data) }

// Whatever a source yields, nothing of a protected type arrives anywhere.
func TestProtectedDataNeverArrives(t *testing.T) {
	t.Parallel()
	protected := []string{"admin::user", "admin::role", "admin::permission", "admin::api-token",
		"admin::api-token-permission", "admin::transfer-token", "admin::transfer-token-permission", "admin::session",
		"admin::anything", "plugin::content-releases.release", "plugin::content-releases.release-action",
		"api::vault.vault"}
	src := noteSource(t)
	src.entities, src.links, src.assets = nil, nil, nil
	for _, uid := range protected {
		src.entities = append(src.entities, entities(t, entity(uid, `{"secret":"CANARY"}`))...)
		src.links = append(src.links, links(t, link("api::note.note", "f", uid), link(uid, "f", "api::note.note"))...)
	}
	for _, schemas := range []datatransfer.Schemas{nil, src.schemas} {
		dst := &destination{schemas: schemas}
		opts := &datatransfer.Options{Protected: []string{"api::vault.vault"}}
		report, err := datatransfer.Run(t.Context(), src, dst, opts)
		require.NoError(t, err)
		require.Empty(t, dst.entities)
		require.Empty(t, dst.links)
		require.Equal(t, map[string]int64{datatransfer.DroppedProtected: 12}, report.Stages[0].Dropped)
		require.Equal(t, map[string]int64{datatransfer.DroppedProtected: 24}, report.Stages[2].Dropped)
		require.False(t, dst.start.Replaces("api::vault.vault"))
		require.False(t, dst.start.Replaces("admin::user"))
		require.True(t, dst.start.Replaces("api::note.note"))
		for _, uid := range protected[:len(protected)-1] {
			require.True(t, datatransfer.IsProtected(uid), uid)
		}
	}
}

func TestOthersAreNotProtected(t *testing.T) {
	t.Parallel()
	for _, uid := range []string{"", "admin", "admin:user", "plugin::admin.user", "api::admin.admin", "Admin::user",
		"plugin::users-permissions.user", "plugin::content-releases.other"} {
		require.False(t, datatransfer.IsProtected(uid), uid)
	}
}

// zooSchemas has components in components, a dynamic zone and relations to protected types.
func zooSchemas(t testing.TB) datatransfer.Schemas {
	return schemas(t,
		schema("api::zoo.zoo",
			"name", scalar,
			"seo", `{"type":"component","component":"default.seo"}`,
			"list", `{"type":"component","repeatable":true,"component":"default.seo"}`,
			"zone", `{"type":"dynamiczone","components":["default.seo","default.quote"]}`,
			"json", `{"type":"json"}`,
			"owner", toAdmin, "createdBy", toAdmin),
		component("default.seo", "title", scalar, "editor", toAdmin),
		component("default.quote", "text", scalar, "seo", `{"type":"component","component":"default.seo"}`),
		schema("admin::user", "name", scalar),
	)
}

// Relations are not in data. If a source puts them there, those to protected types are
// cut out, and the other bytes stay.
func TestRelationsToProtectedTypesAreCutOutOfData(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, data, want string
		dropped          int64
	}{
		{"nothing to cut", `{"name":"x", "json":{"owner":1}}`, ``, 0},
		{"at the beginning", `{ "owner":{"id":1,"password":"CANARY"} , "name":"x" }`, `{ "name":"x" }`, 1},
		{"in the middle", `{"name":"x" , "owner" : null , "json":1.0}`, `{"name":"x" , "json":1.0}`, 1},
		{"at the end", `{"name":"x","owner":[{"a":"CANARY"}]}`, `{"name":"x"}`, 1},
		{"alone", `{"owner":"CANARY"}`, `{}`, 1},
		{"two at the beginning", `{"owner":1,"createdBy":2,"name":"x"}`, `{"name":"x"}`, 2},
		{"two at the end", `{"name":"x","owner":1,"createdBy":2}`, `{"name":"x"}`, 2},
		{"two apart", `{"owner":1,"name":"x","createdBy":2}`, `{"name":"x"}`, 2},
		{"all", `{"owner":1,"createdBy":2}`, `{}`, 2},
		{"written with an escape", `{"\u006fwner":"CANARY","name":"x"}`, `{"name":"x"}`, 1},
		{"a creator that the schema does not name", `{"name":"x","updatedBy":{"email":"CANARY"}}`, `{"name":"x"}`, 1},
		{"in a component", `{"seo":{"id":1,"editor":"CANARY","title":"t"},"name":"x"}`,
			`{"seo":{"id":1,"title":"t"},"name":"x"}`, 1},
		{"in a list of components", `{"list":[{"id":1,"title":"t"}, {"editor":"CANARY"},null]}`,
			`{"list":[{"id":1,"title":"t"}, {},null]}`, 1},
		{"in a dynamic zone, which names the component last",
			`{"zone":[{"editor":"CANARY","id":1,"__component":"default.seo"},` +
				`{"text":"q","seo":{"editor":"CANARY"},"__component":"default.quote"}]}`,
			`{"zone":[{"id":1,"__component":"default.seo"},{"text":"q","seo":{},"__component":"default.quote"}]}`, 2},
		{"in lists in a list", `{"list":[[{"editor":"CANARY"},[{"editor":"CANARY"}]]]}`, `{"list":[[{},[{}]]]}`, 2},
		{"in a dynamic zone that is no list", `{"zone":{"editor":"CANARY","__component":"default.seo"}}`,
			`{"zone":{"__component":"default.seo"}}`, 1},
		{"a creator in a dynamic zone of an unknown component", `{"zone":[{"__component":"x.y","createdBy":"CANARY"}]}`,
			`{"zone":[{"__component":"x.y"}]}`, 1},
		{"before and in a component", `{"owner":1,"seo":{"editor":2}}`, `{"seo":{}}`, 2},
		{"in a component and after it", `{"seo":{"editor":2},"owner":1}`, `{"seo":{}}`, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.want == "" {
				test.want = test.data
			}
			src := &source{schemas: zooSchemas(t), entities: entities(t, entity("api::zoo.zoo", test.data))}
			dst := &destination{}
			report, err := datatransfer.Run(t.Context(), src, dst, nil)
			require.NoError(t, err)
			require.Equal(t, []string{entity("api::zoo.zoo", test.want)}, dst.entities)
			require.Equal(t, test.dropped, report.Stages[0].Dropped[datatransfer.DroppedProtected])
			require.EqualValues(t, len(dst.entities[0]), report.Stages[0].Bytes)
		})
	}
}

// Cutting random members out of random objects leaves what deleting them from a map
// leaves.
func TestCutEqualsDeletion(t *testing.T) {
	t.Parallel()
	known := []string{"a", "b", "c"}
	all := append([]string{"x", "y", "createdBy"}, known...)
	dst := &destination{schemas: schemas(t, schema("api::a.a", "a", scalar, "b", scalar, "c", scalar))}
	src := &source{schemas: dst.schemas}
	var want []any
	for seed := range uint64(300) {
		g := generator{rand.New(rand.NewPCG(seed, 2))}
		g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		members := slices.Clone(all[:g.IntN(len(all)+1)])
		for i, name := range members {
			members[i] = fmt.Sprintf("%q:%s", name, g.value(2))
		}
		data := g.join("{", members, "}")
		src.entities = append(src.entities, entities(t, entity("api::a.a", data))...)
		left := decode(t, []byte(data)).(map[string]any)
		maps.DeleteFunc(left, func(name string, _ any) bool { return !slices.Contains(known, name) })
		want = append(want, left)
	}
	_, err := datatransfer.Run(t.Context(), src, dst, nil)
	require.NoError(t, err)
	for i, line := range dst.entities {
		require.Equal(t, want[i], decode(t, []byte(line)).(map[string]any)["data"], line)
	}
}

func TestWhatTheDestinationLacksIsDropped(t *testing.T) {
	t.Parallel()
	src := &source{
		schemas: schemas(t,
			schema("api::a.a", "title", scalar, "old", scalar, "b", `{"type":"relation","target":"api::b.b"}`,
				"gone", `{"type":"relation","target":"api::a.a"}`, "self", `{"type":"relation","target":"api::a.a"}`,
				"cover", `{"type":"media"}`,
				"seo", `{"type":"component","component":"default.seo"}`,
				"list", `{"type":"component","repeatable":true,"component":"default.seo"}`,
				"zone", `{"type":"dynamiczone","components":["default.seo","default.quote"]}`),
			schema("api::b.b", "title", scalar),
			schema(datatransfer.TypeFile, "hash", scalar, "related", `{"type":"relation","relation":"morphToMany"}`),
			component("default.seo", "title", scalar, "old", scalar),
			component("default.quote", "text", scalar),
		),
		entities: entities(t,
			entity("api::a.a", `{"documentId":"d","old":1, "title":"t","seo":{"id":1,"old":2,"title":"s"},`+
				`"list":[{"id":2,"old":3}],"zone":[{"__component":"default.quote","text":"q"},`+
				`{"id":3,"old":4,"__component":"default.seo"},null,{"text":"no component"}],"never":5}`),
			entity("api::b.b", `{"title":"b"}`)),
		links: links(t,
			link("api::a.a", "self", "api::a.a"),
			link("api::a.a", "b", "api::b.b"),
			link("api::a.a", "gone", "api::a.a"),
			link("default.quote", "x", "api::a.a"),
			strings.Replace(link("api::a.a", "self", "api::a.a"), `"ref":1}}`, `"ref":1,"field":"old"}}`, 1),
			morph(datatransfer.TypeFile, "related", "api::a.a", "cover"),
			morph(datatransfer.TypeFile, "related", "api::a.a", "inverse")),
	}
	dst := &destination{schemas: schemas(t,
		schema("api::a.a", "title", scalar, "self", `{"type":"relation","target":"api::a.a"}`,
			"seo", `{"type":"component","component":"default.seo"}`,
			"list", `{"type":"component","repeatable":true,"component":"default.seo"}`,
			"zone", `{"type":"dynamiczone","components":["default.seo"]}`),
		schema(datatransfer.TypeFile, "hash", scalar, "related", `{"type":"relation","relation":"morphToMany"}`),
		component("default.seo", "title", scalar),
	)}
	report, err := datatransfer.Run(t.Context(), src, dst, &datatransfer.Options{OnDifference: goOn})
	require.NoError(t, err)
	require.Equal(t, []string{entity("api::a.a", `{"documentId":"d", "title":"t","seo":{"id":1,"title":"s"},`+
		`"list":[{"id":2}],"zone":[{"id":3,"__component":"default.seo"},null]}`)}, dst.entities)
	require.Equal(t, map[string]int64{
		datatransfer.DroppedUnknownType:      1,
		datatransfer.DroppedUnknownAttribute: 7,
	}, report.Stages[0].Dropped)
	require.Equal(t, []string{link("api::a.a", "self", "api::a.a"),
		strings.Replace(link("api::a.a", "self", "api::a.a"), `"ref":1}}`, `"ref":1,"field":"old"}}`, 1),
		morph(datatransfer.TypeFile, "related", "api::a.a", "inverse")}, dst.links)
	require.Equal(t, map[string]int64{
		datatransfer.DroppedUnknownType:      2,
		datatransfer.DroppedUnknownAttribute: 2,
	}, report.Stages[2].Dropped)
	require.NotEmpty(t, report.Differences)
}

func TestScopeFilters(t *testing.T) {
	t.Parallel()
	src := func() *source {
		s := noteSource(t)
		s.schemas = append(s.schemas, schemas(t,
			schema("api::tag.tag", "title", scalar, "seo", `{"type":"component","component":"default.seo"}`),
			component("default.seo", "title", scalar))...)
		s.entities = append(s.entities, entities(t, entity("api::tag.tag", `{}`),
			entity(datatransfer.TypeFile, `{"hash":"a","ext":".txt"}`))...)
		s.links = append(s.links, links(t, link("api::note.note", "tag", "api::tag.tag"),
			link("default.seo", "note", "api::note.note"))...)
		return s
	}
	skipped := func(r datatransfer.Report) (stages []datatransfer.Stage) {
		require.Len(t, r.Stages, 4)
		for _, stage := range r.Stages {
			if stage.Skipped {
				require.Zero(t, stage.Records)
				stages = append(stages, stage.Stage)
			}
		}
		return stages
	}
	type dropped = map[string]int64
	const outOfScope, protected = datatransfer.DroppedOutOfScope, datatransfer.DroppedProtected
	for _, test := range []struct {
		name            string
		scope           datatransfer.Scope
		skipped         []datatransfer.Stage
		entities, links int
		configuration   int
		files           int
		dropped         [4]dropped
	}{
		{"everything", datatransfer.Scope{}, nil, 3, 3, 2, 2, [4]dropped{{protected: 1}, nil, {protected: 1}, nil}},
		{"one type", datatransfer.Scope{OnlyTypes: []string{"api::note.note"}}, nil, 1, 1, 2, 2,
			[4]dropped{{protected: 1, outOfScope: 2}, nil, {protected: 1, outOfScope: 2}, nil}},
		{"all but one type", datatransfer.Scope{ExcludeTypes: []string{"api::note.note"}}, nil, 2, 0, 2, 2,
			[4]dropped{{protected: 1, outOfScope: 1}, nil, {protected: 1, outOfScope: 3}, nil}},
		{"no types", datatransfer.Scope{OnlyTypes: []string{}}, []datatransfer.Stage{"entities", "links"}, 0, 0, 2, 2,
			[4]dropped{}},
		{"no files", datatransfer.Scope{NoFiles: true}, []datatransfer.Stage{"assets"}, 3, 3, 2, 0,
			[4]dropped{{protected: 1}, nil, {protected: 1}, nil}},
		{"no settings", datatransfer.Scope{NoCoreStore: true}, nil, 3, 3, 1, 2,
			[4]dropped{{protected: 1}, nil, {protected: 1}, {outOfScope: 1}}},
		{"no webhooks", datatransfer.Scope{NoWebhooks: true}, nil, 3, 3, 1, 2,
			[4]dropped{{protected: 1}, nil, {protected: 1}, {outOfScope: 1}}},
		{"no configuration", datatransfer.Scope{NoCoreStore: true, NoWebhooks: true},
			[]datatransfer.Stage{"configuration"}, 3, 3, 0, 2, [4]dropped{{protected: 1}, nil, {protected: 1}, nil}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := src()
			dst := &destination{schemas: s.schemas}
			report, err := datatransfer.Run(t.Context(), s, dst, &datatransfer.Options{Scope: test.scope})
			require.NoError(t, err)
			require.Equal(t, test.skipped, skipped(report))
			require.Len(t, dst.entities, test.entities)
			require.Len(t, dst.links, test.links)
			require.Len(t, dst.configuration, test.configuration)
			require.Len(t, dst.files, test.files)
			for i, want := range test.dropped {
				require.Equal(t, want, report.Stages[i].Dropped, report.Stages[i].Stage)
			}
			require.Equal(t, test.scope, dst.start.Scope)
		})
	}
}

// An unknown type in the scope is found out before anything is deleted.
func TestScopeOfUnknownTypes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		scope datatransfer.Scope
		is    error
	}{
		{"unknown", datatransfer.Scope{OnlyTypes: []string{"api::note.note", "api::nope.nope"}},
			datatransfer.ErrInvalid},
		{"unknown and excluded", datatransfer.Scope{ExcludeTypes: []string{"api::nope.nope"}}, datatransfer.ErrInvalid},
		{"a component", datatransfer.Scope{OnlyTypes: []string{"default.seo"}}, datatransfer.ErrInvalid},
		{"protected", datatransfer.Scope{OnlyTypes: []string{"admin::user"}}, datatransfer.ErrProtected},
		{"protected by the host", datatransfer.Scope{OnlyTypes: []string{"api::vault.vault"}},
			datatransfer.ErrProtected},
		{"protected and excluded", datatransfer.Scope{ExcludeTypes: []string{"admin::user", "admin::new"}}, nil},
		{"the media library excluded where there is none",
			datatransfer.Scope{ExcludeTypes: []string{datatransfer.TypeFile, datatransfer.TypeFolder}}, nil},
		{"only the destination has it", datatransfer.Scope{OnlyTypes: []string{"api::there.there"}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			src := &source{schemas: schemas(t, schema("api::note.note"), component("default.seo"),
				schema("api::vault.vault"))}
			dst := &destination{schemas: schemas(t, schema("api::note.note"), schema("api::there.there"))}
			_, err := datatransfer.Run(t.Context(), src, dst, &datatransfer.Options{
				Scope: test.scope, Protected: []string{"api::vault.vault"}, OnDifference: goOn})
			require.ErrorIs(t, err, test.is)
			if test.is != nil {
				require.Equal(t, []string{"Schemas", "Rollback"}, dst.calls)
			}
		})
	}
}

func TestMediaWithoutFile(t *testing.T) {
	t.Parallel()
	media := func(hash, ext string) string {
		return entity(datatransfer.TypeFile, fmt.Sprintf(`{"hash":%q,"ext":%s}`, hash, ext))
	}
	for name, test := range map[string]struct {
		scope datatransfer.Scope
		want  int64
	}{
		"one file is missing":     {datatransfer.Scope{}, 2},
		"files are out of scope":  {datatransfer.Scope{NoFiles: true}, 4},
		"no entities in scope":    {datatransfer.Scope{OnlyTypes: []string{}}, 0},
		"other entities in scope": {datatransfer.Scope{OnlyTypes: []string{"api::note.note"}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := noteSource(t)
			src.entities = entities(t, media("a", `".txt"`), media("noext", `null`), media("lost", `".png"`),
				entity(datatransfer.TypeFile, `{"name":"nothing else"}`))
			src.assets = []datatransfer.Asset{asset("a.txt", "a"), asset("noext", "n"), asset("thumbnail_a.txt", "t")}
			report, err := datatransfer.Run(t.Context(), src, &destination{}, &datatransfer.Options{Scope: test.scope})
			require.NoError(t, err)
			require.Equal(t, test.want, report.MediaWithoutFile)
		})
	}
}

// A host that is asked can keep an archive that was made without files from deleting
// those of the destination.
func TestOnMissingFiles(t *testing.T) {
	t.Parallel()
	media := func(hash string) string { return entity(datatransfer.TypeFile, `{"hash":"`+hash+`"}`) }
	for _, test := range []struct {
		name     string
		files    []datatransfer.Asset
		scope    datatransfer.Scope
		answer   error
		question [2]int64 // missing, arrived; zero: not asked
	}{
		{name: "none arrived", question: [2]int64{2, 0}},
		{name: "a file of nobody", files: []datatransfer.Asset{asset("other", "")}, question: [2]int64{2, 0}},
		{name: "one of two", files: []datatransfer.Asset{asset("a", "")}, question: [2]int64{1, 1}},
		{name: "refused", answer: errBoom, question: [2]int64{2, 0}},
		{name: "files out of scope", scope: datatransfer.Scope{NoFiles: true}, answer: errBoom},
		{name: "none missing", files: []datatransfer.Asset{asset("a", ""), asset("b", "")}, answer: errBoom},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			src := noteSource(t)
			src.entities, src.assets = entities(t, media("a"), media("b")), test.files
			dst := &destination{}
			var asked [2]int64
			_, err := datatransfer.Run(t.Context(), src, dst, &datatransfer.Options{
				Scope: test.scope,
				OnMissingFiles: func(missing, arrived int64) error {
					asked = [2]int64{missing, arrived}
					return test.answer
				}})
			require.Equal(t, test.question, asked)
			if asked == [2]int64{} || test.answer == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, errBoom)
			requireRolledBack(t, dst)
		})
	}
}

// Records of a host that are not valid reach no destination, and no error repeats them.
func TestInvalidRecordsOfAHostAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*source){
		"data":  func(s *source) { s.entities[0].Data = []byte(`{"createdBy":"CANARY"`) },
		"id":    func(s *source) { s.entities[0].ID = "" },
		"link":  func(s *source) { s.links[0].Kind = "" },
		"value": func(s *source) { s.configuration[0].Value = []byte(`CANARY`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := noteSource(t)
			change(src)
			dst := &destination{}
			_, err := datatransfer.Run(t.Context(), src, drain{dst}, nil)
			require.ErrorIs(t, err, datatransfer.ErrInvalid)
			require.NotContains(t, err.Error(), canary)
			requireRolledBack(t, dst)
		})
	}
}

// drain is a destination that takes records and does nothing with them.
type drain struct{ *destination }

func (drain) WriteEntities(_ context.Context, seq iter.Seq2[datatransfer.Entity, error]) error {
	return takeAll(seq)
}

func (drain) WriteLinks(_ context.Context, seq iter.Seq2[datatransfer.Link, error]) error {
	return takeAll(seq)
}

func (drain) WriteConfiguration(_ context.Context, seq iter.Seq2[datatransfer.Config, error]) error {
	return takeAll(seq)
}

func takeAll[T any](seq iter.Seq2[T, error]) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

// What is a plain value here and a relation to a protected type there does not pass.
func TestRelationsToProtectedTypesOfTheDestination(t *testing.T) {
	t.Parallel()
	src := &source{
		schemas:  schemas(t, schema("api::a.a", "editor", scalar, "t", scalar)),
		entities: entities(t, entity("api::a.a", `{"editor":7,"t":1}`)),
	}
	dst := &destination{schemas: schemas(t, schema("api::a.a", "editor", toAdmin, "t", scalar))}
	report, err := datatransfer.Run(t.Context(), src, dst, &datatransfer.Options{OnDifference: goOn})
	require.NoError(t, err)
	require.Equal(t, []string{entity("api::a.a", `{"t":1}`)}, dst.entities)
	require.Equal(t, map[string]int64{datatransfer.DroppedProtected: 1}, report.Stages[0].Dropped)
}

func TestComponentsNestedTooDeep(t *testing.T) {
	t.Parallel()
	data := `{"self":null}`
	for range 40 {
		data = `{"self":` + data + `}`
	}
	self := `{"type":"component","component":"default.self"}`
	src := &source{
		schemas:  schemas(t, schema("api::a.a", "self", self), component("default.self", "self", self)),
		entities: entities(t, entity("api::a.a", data)),
	}
	_, err := datatransfer.Run(t.Context(), src, &destination{schemas: src.schemas}, nil)
	require.ErrorIs(t, err, datatransfer.ErrTooLarge)
}
