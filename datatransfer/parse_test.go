package datatransfer_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// canary stands in for content: no error may repeat it.
const canary = "CANARY"

func TestParserRefuses(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	entity := func(data string) string { return `{"type":"api::a.a","id":1,"data":` + data + `}` }
	for _, test := range []struct {
		name, kind, text string
		is               error
	}{
		{"nothing", "entity", ``, datatransfer.ErrInvalid},
		{"white space", "entity", ` `, datatransfer.ErrInvalid},
		{"null", "entity", `null`, datatransfer.ErrInvalid},
		{"an array", "entity", `["CANARY"]`, datatransfer.ErrInvalid},
		{"cut off", "entity", `{"type":"api::a.a","id":1,"data":{"a":"CANARY`, datatransfer.ErrInvalid},
		{"two values", "entity", entity(`{}`) + ` "CANARY"`, datatransfer.ErrInvalid},
		{"a byte order mark", "entity", "\uFEFF" + entity(`{}`), datatransfer.ErrInvalid},
		{"no comma", "entity", entity(`{"CANARY":1 "CANARY":2}`), datatransfer.ErrInvalid},
		{"a name twice", "entity", `{"type":"a","type":"CANARY","id":1,"data":{}}`, datatransfer.ErrInvalid},
		{"a name twice in data", "entity", entity(`{"CANARY":1,"CANARY":2}`), datatransfer.ErrInvalid},
		{"a name twice by an escape", "entity", entity(`{"CANARY":1,"\u0043ANARY":2}`), datatransfer.ErrInvalid},
		{"bytes that are not UTF-8", "entity", entity("{\"CANARY\":\"\xff\"}"), datatransfer.ErrInvalid},
		{"half of a surrogate pair", "entity", entity(`{"CANARY":"\ud800"}`), datatransfer.ErrInvalid},
		{"a control character in a string", "entity", entity("{\"CANARY\":\"\x01\"}"), datatransfer.ErrInvalid},
		{"another number format", "entity", entity(`{"CANARY":0x10}`), datatransfer.ErrInvalid},
		{"NaN", "entity", entity(`{"CANARY":NaN}`), datatransfer.ErrInvalid},
		{"no type", "entity", `{"id":1,"data":{"a":"CANARY"}}`, datatransfer.ErrInvalid},
		{"an empty type", "entity", `{"type":"","id":1,"data":{}}`, datatransfer.ErrInvalid},
		{"a type that is a number", "entity", `{"type":7,"id":1,"data":{}}`, datatransfer.ErrInvalid},
		{"names in another case", "entity", `{"Type":"a","ID":1,"Data":{}}`, datatransfer.ErrInvalid},
		{"no id", "entity", `{"type":"a","data":{}}`, datatransfer.ErrInvalid},
		{"an id that is null", "entity", `{"type":"a","id":null,"data":{}}`, datatransfer.ErrInvalid},
		{"an id with a fraction", "entity", `{"type":"a","id":1.0,"data":{}}`, datatransfer.ErrInvalid},
		{"an id with an exponent", "entity", `{"type":"a","id":1e3,"data":{}}`, datatransfer.ErrInvalid},
		{"an id of -0", "entity", `{"type":"a","id":-0,"data":{}}`, datatransfer.ErrInvalid},
		{"an id that is an object", "entity", `{"type":"a","id":{"CANARY":1},"data":{}}`, datatransfer.ErrInvalid},
		{"no data", "entity", `{"type":"a","id":1}`, datatransfer.ErrInvalid},
		{"data that is null", "entity", entity(`null`), datatransfer.ErrInvalid},
		{"data that is a string", "entity", entity(`"CANARY"`), datatransfer.ErrInvalid},
		{"data that is too deep", "entity", entity(`{"CANARY":` + deep(datatransfer.MaxDepth-1) + `}`),
			datatransfer.ErrTooLarge},
		{"data that is 100,000 deep", "entity", entity(`{"CANARY":` + deep(100_000) + `}`), datatransfer.ErrTooLarge},
		{"data that never closes", "entity", `{"data":` + strings.Repeat("[", 100_000), datatransfer.ErrTooLarge},
		{"a record that is too long", "entity", entity(`{"a":"` + strings.Repeat("x", datatransfer.MaxRecord) + `"}`),
			datatransfer.ErrTooLarge},

		{"no kind", "link", `{"relation":"r","left":{"type":"a","ref":1},"right":{"type":"b","ref":2}}`,
			datatransfer.ErrInvalid},
		{"no relation", "link", `{"kind":"k","left":{"type":"a","ref":1},"right":{"type":"b","ref":2}}`,
			datatransfer.ErrInvalid},
		{"one end", "link", `{"kind":"k","relation":"r","left":{"type":"a","ref":1}}`, datatransfer.ErrInvalid},
		{"an end that is null", "link", `{"kind":"k","relation":"r","left":null,"right":{"type":"b","ref":2}}`,
			datatransfer.ErrInvalid},
		{"an end without type", "link", `{"kind":"k","relation":"r","left":{"ref":1},"right":{"type":"b","ref":2}}`,
			datatransfer.ErrInvalid},
		{"an end without ref", "link", `{"kind":"k","relation":"r","left":{"type":"a","ref":1},"right":{"type":"b"}}`,
			datatransfer.ErrInvalid},
		{"a pos that is a string", "link", `{"kind":"k","relation":"r","left":{"type":"a","ref":1,"pos":"CANARY"},` +
			`"right":{"type":"b","ref":2}}`, datatransfer.ErrInvalid},
		{"a name twice in an end", "link", `{"kind":"k","relation":"r","left":{"type":"a","ref":1,"ref":2},` +
			`"right":{"type":"b","ref":2}}`, datatransfer.ErrInvalid},

		{"no value", "config", `{"type":"core-store"}`, datatransfer.ErrInvalid},
		{"no type", "config", `{"value":"CANARY"}`, datatransfer.ErrInvalid},

		{"no uid", "schema", `{"modelType":"contentType","attributes":{}}`, datatransfer.ErrInvalid},
		{"another modelType", "schema", `{"uid":"a","modelType":"CANARY","attributes":{}}`, datatransfer.ErrInvalid},
		{"no attributes", "schema", `{"uid":"a","modelType":"component"}`, datatransfer.ErrInvalid},
		{"an attribute that is a string", "schema", `{"uid":"a","modelType":"component","attributes":{"CANARY":""}}`,
			datatransfer.ErrInvalid},

		{"metadata that is null", "object", `null`, datatransfer.ErrInvalid},
		{"metadata that is an array", "object", `[]`, datatransfer.ErrInvalid},
	} {
		t.Run(test.kind+" with "+test.name, func(t *testing.T) {
			t.Parallel()
			var p datatransfer.Parser
			var err error
			switch test.kind {
			case "entity":
				_, err = p.Entity([]byte(test.text))
			case "link":
				_, err = p.Link([]byte(test.text))
			case "config":
				_, err = p.Config([]byte(test.text))
			case "schema":
				_, err = p.Schema([]byte(test.text))
			case "object":
				_, err = p.Object([]byte(test.text))
			}
			require.ErrorIs(t, err, test.is)
			require.NotContains(t, err.Error(), canary)
			require.Less(t, len(err.Error()), 200)
		})
	}
}

func TestParserTakesTheDeepestRecord(t *testing.T) {
	t.Parallel()
	n := datatransfer.MaxDepth - 2 // the record and its data are two
	text := `{"type":"a","id":1,"data":{"\"[":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `,"b":"[[\\\"{{"}}`
	text = strings.Replace(text, `"b"`, `"`+strings.Repeat("[", 1000)+`"`, 1)
	e, err := new(datatransfer.Parser).Entity([]byte(text))
	require.NoError(t, err)
	out, err := e.AppendJSON(nil)
	require.NoError(t, err)
	require.Equal(t, text, string(out))
}

func TestParserLimitOfSize(t *testing.T) {
	t.Parallel()
	line := []byte(noteLine)
	for limit, is := range map[int64]error{
		int64(len(line)):     nil,
		int64(len(line)) - 1: datatransfer.ErrTooLarge,
		-1:                   nil,
		0:                    nil,
	} {
		p := datatransfer.Parser{MaxRecord: limit}
		_, err := p.Entity(line)
		require.ErrorIs(t, err, is)
	}
}

// A Parser is as good after an error as before.
func TestParserGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	var p datatransfer.Parser
	for _, bad := range []string{`{"type":"a","id":1,"data":{"x":[{`, `{"a":1,"a":2}`, `[]`, ``} {
		_, err := p.Entity([]byte(bad))
		require.Error(t, err)
		e, err := p.Entity([]byte(noteLine))
		require.NoError(t, err)
		require.Equal(t, "api::note.note", e.Type)
	}
}

func TestMetadataJSON(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, out string }{
		{`{"createdAt":"2026-11-25T04:40:05.036Z","strapi":{"version":"5.54.0"}}`,
			`{"createdAt":"2026-11-25T04:40:05.036Z","strapi":{"version":"5.54.0"}}`},
		{`{"createdAt":"2026-11-25T06:40:05+02:00","more":[1],"strapi":{"more":{}}}`,
			`{"createdAt":"2026-11-25T04:40:05.000Z","strapi":{}}`},
		{`{"createdAt":null,"strapi":null}`, `{"strapi":{}}`},
		{`{}`, `{"strapi":{}}`},
	} {
		var m datatransfer.Metadata
		require.NoError(t, json.Unmarshal([]byte(test.in), &m))
		out, err := json.Marshal(m)
		require.NoError(t, err)
		require.Equal(t, test.out, string(out))
	}
	for _, bad := range []string{`[]`, `"x"`, `{"createdAt":"CANARY"}`, `{"createdAt":1}`, `{"strapi":"5"}`,
		`{"strapi":{"version":5}}`, `{"strapi":{},"strapi":{}}`} {
		var m datatransfer.Metadata
		err := m.UnmarshalJSON([]byte(bad))
		require.ErrorIs(t, err, datatransfer.ErrInvalid, bad)
		require.NotContains(t, err.Error(), canary)
	}
}
