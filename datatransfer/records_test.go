package datatransfer_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Each line is written as it was read, but for the order of the members that the
// package knows.
func TestRecordsKeepJSON(t *testing.T) {
	t.Parallel()
	var p datatransfer.Parser
	parse := map[string]func(text string) (json.Marshaler, []byte, error){
		"entity": func(text string) (json.Marshaler, []byte, error) {
			e, err := p.Entity([]byte(text))
			require.NoError(t, err)
			out, err := e.AppendJSON(nil)
			return e, out, err
		},
		"link": func(text string) (json.Marshaler, []byte, error) {
			l, err := p.Link([]byte(text))
			require.NoError(t, err)
			out, err := l.AppendJSON(nil)
			return l, out, err
		},
		"config": func(text string) (json.Marshaler, []byte, error) {
			c, err := p.Config([]byte(text))
			require.NoError(t, err)
			out, err := c.AppendJSON(nil)
			return c, out, err
		},
		"schema": func(text string) (json.Marshaler, []byte, error) {
			s, err := p.Schema([]byte(text))
			require.NoError(t, err)
			out, err := s.AppendJSON(nil)
			return s, out, err
		},
	}
	for _, test := range []struct{ name, kind, text, want string }{
		{"order of keys, big numbers", "entity",
			`{"type":"api::a.a","id":18446744073709551617,"data":{"z":1.50,"a":1e400,"big":123456789012345678}}`, ""},
		{"line separators, escapes", "entity",
			"{\"type\":\"api::a.a\",\"id\":\"x\\u00e4\",\"data\":{\"t\":\"\u2028<&>\\u2029\\/\"}}",
			"{\"type\":\"api::a.a\",\"id\":\"xä\",\"data\":{\"t\":\"\u2028<&>\\u2029\\/\"}}"},
		{"unknown members", "entity",
			`{"x":[1,{"y":null}],"id":-7,"type":"api::a.a","data":{},"é":2}`,
			`{"type":"api::a.a","id":-7,"data":{},"x":[1,{"y":null}],"é":2}`},
		{"line breaks between tokens", "entity",
			"\n{\"type\":\"api::a.a\",\r\n\"id\":1,\"data\":{\r\n  \"a\": 1\n}}\n",
			`{"type":"api::a.a","id":1,"data":{  "a": 1}}`},
		{"link with nulls, pos 0 and unknown members", "link",
			`{"relation":"oneToOne","kind":"relation.basic","left":{"ref":1,"pos":0,"type":"a","field":null,"q":1},` +
				`"right":{"type":"b","ref":"doc","pos":null,"field":"f"},"w":true}`,
			`{"kind":"relation.basic","relation":"oneToOne","left":{"type":"a","ref":1,"field":null,"pos":0,"q":1},` +
				`"right":{"type":"b","ref":"doc","field":"f","pos":null},"w":true}`},
		{"configuration", "config",
			`{"type":"core-store","value":null,"new":{}}`, ""},
		{"schema", "schema",
			`{"uid":"api::a.a","modelType":"contentType","attributes":{"b":{"type":"x"},"a":{}},"z":1.0}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := test.want
			if want == "" {
				want = test.text
			}
			record, out, err := parse[test.kind](test.text)
			require.NoError(t, err)
			require.Equal(t, want, string(out))

			// encoding/json takes out the white space.
			var marshaled, compact bytes.Buffer
			encoder := json.NewEncoder(&marshaled)
			encoder.SetEscapeHTML(false)
			require.NoError(t, encoder.Encode(record))
			require.NoError(t, json.Compact(&compact, []byte(want)))
			require.Equal(t, compact.String()+"\n", marshaled.String())
		})
	}
}
