package model_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/model"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Whatever a record holds, it can be taken apart, and white space and the notation of strings don't change what it says.
func FuzzRecord(f *testing.F) {
	m := model.New(parseSchemas(f, pageSchema, seoSchema, imageSchema))
	for _, seed := range []string{
		`{"documentId":"a","seo":{"id":1},"blocks":[{"__component":"default.seo","images":[{"id":2}]}]}`,
		`{"seo":[[{"id":{}}]],"blocks":{"__component":7}}`,
		`{"a":1e400,"b":"\ud800","c":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var parser datatransfer.Parser
		data, err := parser.Object(line)
		if err != nil {
			return
		}
		record, err := m.Record(datatransfer.Entity{Type: "api::page.page", ID: datatransfer.IntRef(1), Data: data})
		require.NoError(t, err)
		require.NotEmpty(t, record.Key)
		for range m.Components(record) {
		}
		for name, value := range record.Fields {
			want, err := m.Canonical(record, name)
			require.NoError(t, err)
			var decoded any
			if json.Unmarshal(value, &decoded) != nil { // a number beyond float64
				continue
			}
			again := model.Record{Type: record.Type, Fields: map[string]json.RawMessage{name: want}}
			got, err := m.Canonical(again, name)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "the canonical text is its own canonical text")
		}
	})
}
