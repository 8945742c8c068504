package datatransfer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// appender is a record that can be encoded.
type appender interface {
	AppendJSON(b []byte) ([]byte, error)
}

// parseRecord parses text as a record of a kind.
func parseRecord(p *datatransfer.Parser, kind string, text []byte) (appender, error) {
	switch kind {
	case "entity":
		return p.Entity(text)
	case "link":
		return p.Link(text)
	case "config":
		return p.Config(text)
	case "schema":
		return p.Schema(text)
	}
	panic("unknown kind " + kind)
}

// requireKept parses text, and if the parser takes it, requires that the record is
// written as equal JSON in one line, and read and written again as the same bytes.
func requireKept(t testing.TB, kind string, text []byte) (taken bool) {
	t.Helper()
	var p datatransfer.Parser
	record, err := parseRecord(&p, kind, bytes.Clone(text))
	if err != nil {
		require.True(t, isKnown(err), "%v", err)
		return false
	}
	require.True(t, utf8.Valid(text))
	out, err := record.AppendJSON(nil)
	require.NoError(t, err)
	require.NotContains(t, string(out), "\n")
	require.NotContains(t, string(out), "\r")
	require.Equal(t, decode(t, text), decode(t, out))

	again, err := parseRecord(&p, kind, bytes.Clone(out))
	require.NoError(t, err)
	outAgain, err := again.AppendJSON(nil)
	require.NoError(t, err)
	require.Equal(t, string(out), string(outAgain))
	return true
}

// decode returns a JSON value with its numbers as they are written.
func decode(t testing.TB, text []byte) (value any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value))
	return value
}

// records are lines of each kind.
var records = map[string][]string{
	"entity": {noteLine, userLine, entityOf1kB(), `{"type":"a","id":"x","data":{"":{"":[]}},"more":1.0}`},
	"link": {noteToNote, noteToUser, `{"kind":"k","relation":"r","left":{"type":"a","ref":"d","pos":0},` +
		`"right":{"type":"b","ref":1,"field":null},"x":[]}`},
	"config": {settingLine, webhookLine, `{"value":null,"type":"core-store"}`},
	"schema": {schema("api::a.a", "title", scalar), component("default.c", "next", toAdmin)},
}

func fuzzRecord(f *testing.F, kind string) {
	for _, line := range records[kind] {
		f.Add([]byte(line))
		f.Add([]byte("\n " + strings.ReplaceAll(line, ",", " ,\r\n")))
	}
	f.Fuzz(func(t *testing.T, text []byte) { requireKept(t, kind, text) })
}

func FuzzEntity(f *testing.F) { fuzzRecord(f, "entity") }

func FuzzLink(f *testing.F) { fuzzRecord(f, "link") }

func FuzzConfig(f *testing.F) { fuzzRecord(f, "config") }

func FuzzSchema(f *testing.F) { fuzzRecord(f, "schema") }

func FuzzAssetMetadata(f *testing.F) {
	f.Add([]byte(`{"id":1,"name":"a.png","size":1.05,"formats":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var p datatransfer.Parser
		object, err := p.Object(text)
		if err != nil {
			require.True(t, isKnown(err), "%v", err)
			return
		}
		require.IsType(t, map[string]any{}, decode(t, object))
	})
}

// Whatever the data of an entity is, what arrives is JSON with known attributes alone,
// and without relations to protected types.
func FuzzCut(f *testing.F) {
	f.Add([]byte(`{"documentId":"d","owner":{"id":1},"name":"x","more":1}`))
	f.Add([]byte(`{"seo":{"editor":1,"id":2},"list":[{"editor":3},null,4],"createdBy":5}`))
	f.Add([]byte(`{"zone":[{"editor":1,"__component":"default.seo"},{"seo":{"\u0065ditor":2},"__component":"default.quote"}]}`))
	schemas := zooSchemas(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		src := &source{schemas: schemas, entities: []datatransfer.Entity{{Type: "api::zoo.zoo", ID: "1", Data: data}}}
		unlimited, limited := &destination{}, &destination{schemas: schemas}
		for _, dst := range []*destination{unlimited, limited} {
			if _, err := datatransfer.Run(t.Context(), src, dst, nil); err != nil {
				require.True(t, isKnown(err), "%v", err)
				return
			}
		}
		left := decode(t, []byte(limited.entities[0])).(map[string]any)["data"].(map[string]any)
		for name := range left {
			require.Contains(t, []string{"documentId", "name", "seo", "list", "zone", "json"}, name)
		}
		for _, dst := range []*destination{unlimited, limited} {
			left := decode(t, []byte(dst.entities[0])).(map[string]any)["data"].(map[string]any)
			require.NotContains(t, left, "owner")
			require.NotContains(t, left, "createdBy")
			requireNoEditor(t, left["seo"], "default.seo")
			requireNoEditor(t, left["list"], "default.seo")
			requireNoEditor(t, left["zone"], "")
		}
	})
}

// requireNoEditor requires that a component, or each one in a list, has no editor. In a
// dynamic zone uid is "", and components name themselves.
func requireNoEditor(t testing.TB, value any, uid string) {
	t.Helper()
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			requireNoEditor(t, item, uid)
		}
	case map[string]any:
		if uid == "" {
			uid, _ = value["__component"].(string)
		}
		switch uid {
		case "default.quote":
			requireNoEditor(t, value["seo"], "default.seo")
		case "default.seo":
			require.NotContains(t, value, "editor")
		}
	}
}

func FuzzCheckAssetName(f *testing.F) {
	for _, name := range append(goodAssetNames, badAssetNames...) {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if err := datatransfer.CheckAssetName(name); err != nil {
			require.ErrorIs(t, err, datatransfer.ErrInvalid)
			require.Less(t, len(err.Error()), 1000)
			return
		}
		requireOnePathElement(t, name)
	})
}

func FuzzParseScope(f *testing.F) {
	f.Add("content,files", "config", "api::a.a", "api::b.b")
	f.Add("", "media-library", "", "plugin::upload.file")
	f.Fuzz(func(t *testing.T, only, exclude, onlyTypes, excludeTypes string) {
		list := func(s string) []string { return strings.Split(s, ";") }
		scope, err := datatransfer.ParseScope(list(only), list(exclude), list(onlyTypes), list(excludeTypes))
		if err != nil {
			require.ErrorIs(t, err, datatransfer.ErrInvalid)
			require.Zero(t, scope)
			return
		}
		stages := 0
		for _, stage := range datatransfer.Stages() {
			if scope.HasStage(stage) {
				stages++
			}
		}
		require.NotZero(t, stages, "a scope of nothing")
		for _, uid := range scope.ExcludeTypes {
			require.False(t, scope.Includes(uid))
			require.NotContains(t, scope.OnlyTypes, uid)
		}
	})
}

// Random records of all kinds are kept, whatever JSON is in them.
func TestRandomRecordsAreKept(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		members := func(known ...string) string {
			for range g.IntN(3) {
				known = append(known, fmt.Sprintf(`"new%d":%s`, len(known), g.value(3)))
			}
			g.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })
			return g.join("{", known, "}")
		}
		ref := func() string { return []string{"0", "-1", "123456789012345678901234567890", `"doc"`}[g.IntN(4)] }
		end := func() string {
			return members(`"type":"api::a.a"`, `"ref":`+ref(), `"field":`+[]string{`"f"`, "null"}[g.IntN(2)],
				`"pos":`+[]string{"0", "1.5", "1e2", "null"}[g.IntN(4)])
		}
		for kind, text := range map[string]string{
			"entity": members(`"type":"api::a.a"`, `"id":`+ref(), `"data":`+g.object(4)),
			"link":   members(`"kind":"k"`, `"relation":"r"`, `"left":`+end(), `"right":`+end()),
			"config": members(`"type":"core-store"`, `"value":`+g.value(4)),
			"schema": members(`"uid":"api::a.a"`, `"modelType":"component"`, `"attributes":{"a":`+g.object(2)+`}`),
		} {
			require.True(t, requireKept(t, kind, []byte(text)), "seed %d: %s", seed, text)
		}
	}
}

// A generator makes random JSON.
type generator struct{ *rand.Rand }

func (g generator) value(depth int) string {
	kinds := 4
	if depth > 0 {
		kinds = 6
	}
	switch g.IntN(kinds) {
	case 0:
		return []string{"null", "true", "false"}[g.IntN(3)]
	case 1:
		return []string{"0", "-0", "1.50", "1e400", "9007199254740993", "-123456789012345678901.10E-5"}[g.IntN(6)]
	case 2:
		return []string{`""`, "\"\u2028<&>\u2029\"", `"\u2028\/\\\"\n"`, `"\ud83d\ude00é😀"`, `"{[,:"`}[g.IntN(5)]
	case 3:
		return `"text"`
	case 4:
		return g.object(depth - 1)
	}
	items := make([]string, g.IntN(4))
	for i := range items {
		items[i] = g.value(depth - 1)
	}
	return g.join("[", items, "]")
}

func (g generator) object(depth int) string {
	members := make([]string, g.IntN(5))
	for i := range members {
		members[i] = fmt.Sprintf(`"%s%d":%s`, []string{"", "z", `\u0061`, "é"}[g.IntN(4)], i, g.value(depth))
	}
	return g.join("{", members, "}")
}

// join puts random white space around the parts.
func (g generator) join(open string, parts []string, end string) string {
	space := []string{"", "", " ", "\n", "\r\n\t"}[g.IntN(5)]
	return open + space + strings.Join(parts, space+","+space) + space + end
}
