package datatransfer_test

import (
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	with := func(more string) string {
		return `{"uid":"api::a.a","modelType":"contentType","attributes":{"t":{"type":"string"}}` + more + `}`
	}
	attribute := func(properties string) string {
		return `{"uid":"api::a.a","modelType":"contentType","attributes":{"t":{` + properties + `}}}`
	}
	for _, test := range []struct{ name, a, b, want string }{
		{"equal", with(``), with(``), ``},
		{"another order, white space and number format", with(`,"options":{"a":1,"b":[2]}`),
			with(` , "options" : {"b":[2.0],"a":1e0}`), ``},
		{"ignored properties", attribute(`"type":"string","private":true,"required":true,"default":"x"`),
			attribute(`"type":"string","configurable":false,"required":false,"default":["y"]`), ``},
		{"members that Strapi does not compare", with(`,"__filename__":"a","actions":{}`), with(``), ``},
		{"type of an attribute", attribute(`"type":"string"`), attribute(`"type":"text"`),
			`api::a.a: attributes.t.type: changed from "string" to "text"`},
		{"a property of an attribute", attribute(`"type":"string","unique":true`), attribute(`"type":"string"`),
			`api::a.a: attributes.t.unique: only in source`},
		{"a property of that name elsewhere", with(`,"options":{"private":true}`), with(`,"options":{"private":false}`),
			`api::a.a: options.private: changed from true to false`},
		{"deeper than an attribute's own properties", attribute(`"o":{"default":1}`), attribute(`"o":{"default":2}`),
			`api::a.a: attributes.t.o.default: changed from 1 to 2`},
		{"an attribute", `{"uid":"api::a.a","modelType":"contentType","attributes":{}}`, with(``),
			`api::a.a: attributes.t: only in destination`},
		{"a name", with(`,"info":{"displayName":"A"}`), with(`,"info":{"displayName":"B"}`),
			`api::a.a: info.displayName: changed from "A" to "B"`},
		{"the kind", with(`,"kind":"singleType"`), with(`,"kind":"collectionType"`),
			`api::a.a: kind: changed from "singleType" to "collectionType"`},
		{"an item of a list", attribute(`"components":["a","b"]`), attribute(`"components":["a","c","d"]`),
			`api::a.a: attributes.t.components.1: changed from "b" to "c"; ` +
				`api::a.a: attributes.t.components.2: only in destination`},
		{"another kind of value", attribute(`"o":{}`), attribute(`"o":[]`),
			`api::a.a: attributes.t.o: changed from {} to []`},
		{"null is a value", attribute(`"o":null`), attribute(``), `api::a.a: attributes.t.o: only in source`},
		{"the whole type", with(``), `{"uid":"api::b.b","modelType":"contentType","attributes":{}}`,
			`api::a.a: only in source; api::b.b: only in destination`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, b := schemas(t, test.a), schemas(t, test.b)
			var lines []string
			for _, difference := range a.Diff(b) {
				lines = append(lines, difference.String())
				require.Equal(t, difference.Kind == datatransfer.OnlyInDestination, difference.Source == nil)
				require.Equal(t, difference.Kind == datatransfer.OnlyInSource, difference.Destination == nil)
			}
			require.Equal(t, test.want, strings.Join(lines, "; "))
		})
	}
}

func TestSchemasOfAHostNeedNoRaw(t *testing.T) {
	t.Parallel()
	parsed := schemas(t, schema("api::a.a", "t", scalar))
	made := datatransfer.Schemas{{UID: "api::a.a", ModelType: datatransfer.ModelContentType,
		Attributes: map[string]json.RawMessage{"t": json.RawMessage(scalar)}}}
	require.Empty(t, parsed.Diff(made))
	made[0].Attributes["u"] = json.RawMessage(scalar)
	require.Len(t, parsed.Diff(made), 1)
}

func TestParseSchemas(t *testing.T) {
	t.Parallel()
	lines := func(err error, lines ...string) iter.Seq2[json.RawMessage, error] {
		return func(yield func(json.RawMessage, error) bool) {
			for _, line := range lines {
				if !yield(json.RawMessage(line), nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
			}
		}
	}
	got, err := datatransfer.ParseSchemas(lines(nil, schema("api::b.b", "t", scalar), component("default.a")))
	require.NoError(t, err)
	require.Equal(t, "api::b.b", got[0].UID)
	require.JSONEq(t, scalar, string(got[0].Attributes["t"]))
	require.Equal(t, datatransfer.ModelComponent, got[1].ModelType)
	found, ok := got.Lookup("default.a")
	require.True(t, ok)
	require.Equal(t, got[1], found)
	_, ok = got.Lookup("default.b")
	require.False(t, ok)

	_, err = datatransfer.ParseSchemas(lines(errBoom, schema("api::a.a")))
	require.ErrorIs(t, err, errBoom)
	_, err = datatransfer.ParseSchemas(lines(nil, schema("api::a.a"), component("api::a.a")))
	require.ErrorIs(t, err, datatransfer.ErrInvalid)
	require.ErrorContains(t, err, `schema 2: invalid: there are two schemas of "api::a.a"`)
	_, err = datatransfer.ParseSchemas(lines(nil, `{"uid":"CANARY"`))
	require.ErrorIs(t, err, datatransfer.ErrInvalid)
	require.NotContains(t, err.Error(), canary)
}

// Only what travels is compared: a difference in anything else stops nobody.
func TestRunComparesWhatTravels(t *testing.T) {
	t.Parallel()
	toEnterprise := `{"type":"relation","target":"admin::audit-log"}`
	toTag := `{"type":"relation","target":"api::tag.tag"}`
	for _, test := range []struct {
		name      string
		here      []string
		there     []string
		scope     datatransfer.Scope
		different []string
	}{
		{"equal", []string{schema("api::a.a")}, []string{schema("api::a.a")}, datatransfer.Scope{}, nil},
		{"an edition with more types of admin",
			[]string{schema("api::a.a"), schema("admin::user", "x", scalar)},
			[]string{schema("api::a.a", "log", toEnterprise), schema("admin::audit-log"), schema("admin::user")},
			datatransfer.Scope{}, nil},
		{"a type that the host protects", []string{schema("api::a.a"), schema("api::vault.vault", "x", scalar)},
			[]string{schema("api::a.a"), schema("api::vault.vault")}, datatransfer.Scope{}, nil},
		{"types out of scope", []string{schema("api::a.a", "tag", toTag), schema("api::tag.tag", "x", scalar)},
			[]string{schema("api::a.a"), schema("api::tag.tag")},
			datatransfer.Scope{OnlyTypes: []string{"api::a.a"}}, nil},
		{"no content in scope", []string{schema("api::a.a", "x", scalar)}, []string{schema("api::a.a")},
			datatransfer.Scope{OnlyTypes: []string{}}, nil},
		{"a component that nothing in scope has", []string{schema("api::a.a"), component("default.c", "x", scalar)},
			[]string{schema("api::a.a")}, datatransfer.Scope{}, nil},
		{"a component of a component", []string{
			schema("api::a.a", "c", `{"type":"component","component":"default.c"}`),
			component("default.c", "d", `{"type":"dynamiczone","components":["default.d"]}`),
			component("default.d", "x", scalar)}, []string{
			schema("api::a.a", "c", `{"type":"component","component":"default.c"}`),
			component("default.c", "d", `{"type":"dynamiczone","components":["default.d"]}`),
			component("default.d")}, datatransfer.Scope{}, []string{"default.d: attributes.x: only in source"}},
		{"a type that the destination lacks", []string{schema("api::a.a")}, []string{}, datatransfer.Scope{},
			[]string{"api::a.a: only in source"}},
		{"a type that would be emptied", []string{}, []string{schema("api::a.a")}, datatransfer.Scope{},
			[]string{"api::a.a: only in destination"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			src := &source{schemas: schemas(t, test.here...)}
			dst := &destination{schemas: append(datatransfer.Schemas{}, schemas(t, test.there...)...)}
			opts := &datatransfer.Options{Scope: test.scope, Protected: []string{"api::vault.vault"}}
			report, err := datatransfer.Run(t.Context(), src, dst, opts)
			var different []string
			for _, difference := range report.Differences {
				different = append(different, difference.String())
			}
			require.Equal(t, test.different, different)
			if test.different == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, datatransfer.ErrSchemas)
			require.ErrorContains(t, err, test.different[0])
			require.Equal(t, []string{"Schemas", "Rollback"}, dst.calls)
		})
	}
}

func TestOnDifferenceDecides(t *testing.T) {
	t.Parallel()
	src := &source{schemas: schemas(t, schema("api::a.a", "x", scalar))}
	there := schemas(t, schema("api::a.a"))
	var asked []datatransfer.Difference
	dst := &destination{schemas: there}
	_, err := datatransfer.Run(t.Context(), src, dst, &datatransfer.Options{
		OnDifference: func(d []datatransfer.Difference) error {
			require.Equal(t, []string{"Schemas"}, dst.calls, "nothing has begun")
			asked = d
			return nil
		}})
	require.NoError(t, err)
	require.Len(t, asked, 1)

	refused := errors.New("refused")
	dst = &destination{schemas: there}
	_, err = datatransfer.Run(t.Context(), src, dst, &datatransfer.Options{
		OnDifference: func([]datatransfer.Difference) error { return refused }})
	require.ErrorIs(t, err, refused)
	requireRolledBack(t, dst)

	dst = &destination{} // takes any type
	_, err = datatransfer.Run(t.Context(), src, dst, &datatransfer.Options{
		OnDifference: func([]datatransfer.Difference) error { return refused }})
	require.NoError(t, err)
}

func TestErrSchemasNamesTheFirstDifferences(t *testing.T) {
	t.Parallel()
	src := &source{}
	for _, name := range strings.Split("a b c d e f g", " ") {
		src.schemas = append(src.schemas, schemas(t, schema("api::"+name+"."+strings.Repeat(name, 1000)))...)
	}
	_, err := datatransfer.Run(t.Context(), src, &destination{schemas: datatransfer.Schemas{}}, nil)
	require.ErrorIs(t, err, datatransfer.ErrSchemas)
	require.ErrorContains(t, err, "; and 2 more")
	require.Less(t, len(err.Error()), 2000)
}
