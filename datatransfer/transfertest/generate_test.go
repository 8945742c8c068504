package transfertest_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

func TestGenerateIsTheSameEachTime(t *testing.T) {
	for n := 1; n <= 3; n++ {
		require.Equal(t, transfertest.Generate(nil, n), transfertest.Generate(nil, n))
	}
}

func TestGenerateDiffersInEveryStage(t *testing.T) {
	one, two := transfertest.Generate(nil, 1), transfertest.Generate(nil, 2)
	seen := make(map[string]bool)
	for _, line := range compare(t, one, two, true) {
		for _, stage := range datatransfer.Stages() {
			seen[string(stage)] = seen[string(stage)] || len(line) > len(stage) && line[:len(stage)] == string(stage)
		}
	}
	for _, stage := range datatransfer.Stages() {
		require.True(t, seen[string(stage)], stage)
	}
}

// TestGenerateKeepsRules reads the generated values as a table with constraints would.
func TestGenerateKeepsRules(t *testing.T) {
	schemas, err := datatransfer.ParseSchemas(jsonLines(`{"uid":"api::item.item","modelType":"contentType","attributes":{
		"code":{"type":"string","required":true,"unique":true,"maxLength":8},
		"long":{"type":"text","required":true,"minLength":50},
		"few":{"type":"integer","required":true,"min":3,"max":9},
		"kind":{"type":"enumeration","required":true,"enum":["a","b"]},
		"custom":{"type":"plugin::color.color"},
		"admin":{"type":"relation","relation":"manyToOne","target":"admin::user"}}}`,
		`{"uid":"admin::user","modelType":"contentType","attributes":{"name":{"type":"string"}}}`))
	require.NoError(t, err)
	codes, kinds := make(map[string]bool), make(map[string]bool)
	for n := 1; n <= 3; n++ {
		data := transfertest.Generate(schemas, n)
		require.Len(t, data.Entities, 3, "none of a protected type")
		require.Empty(t, data.Links)
		require.Empty(t, data.Files)
		for _, e := range data.Entities {
			var row struct {
				Code, Long, Kind string
				Few              int
				Custom           any
			}
			require.NoError(t, json.Unmarshal(e.Data, &row))
			require.False(t, codes[row.Code], "unique: %s", row.Code)
			codes[row.Code] = true
			kinds[row.Kind] = true
			require.LessOrEqual(t, utf8.RuneCountInString(row.Code), 8)
			require.GreaterOrEqual(t, utf8.RuneCountInString(row.Long), 50)
			require.True(t, row.Few >= 3 && row.Few <= 9, row.Few)
			require.Nil(t, row.Custom)
		}
	}
	require.Equal(t, map[string]bool{"a": true, "b": true}, kinds)
}

// TestGenerateForStrapi makes data for the types of a real instance. Nothing but its
// attributes and the document ID is in the data, and every link has two ends.
func TestGenerateForStrapi(t *testing.T) {
	reader, err := archive.Open(t.Context(), "../archive/testdata/rich.tar", nil)
	require.NoError(t, err)
	defer reader.Close()
	schemas, err := reader.Schemas(t.Context())
	require.NoError(t, err)
	data := transfertest.Generate(schemas, 1)
	for _, e := range data.Entities {
		schema, ok := schemas.Lookup(e.Type)
		require.True(t, ok, e.Type)
		var row map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(e.Data, &row))
		for name := range row {
			if name != "documentId" {
				require.Contains(t, schema.Attributes, name, e.Type)
			}
		}
	}
	m := transfertest.MemoryInstance{Schemas: schemas}
	_, err = datatransfer.Run(t.Context(), data.Source(), destinationOf(t, &m), nil)
	require.NoError(t, err)
	require.Len(t, m.Snapshot().Links, len(data.Links))
	transfertest.RequireEquivalent(t, data.Source(), m.Snapshot().Source())
}

func TestMapIDs(t *testing.T) {
	data := transfertest.Generate(nil, 1)
	mapped, err := data.MapIDs(func(uid string, old datatransfer.Ref) datatransfer.Ref {
		return datatransfer.StringRef(uid + string(old))
	})
	require.NoError(t, err)
	require.NotEqual(t, data.Entities[0].ID, mapped.Entities[0].ID)
	transfertest.RequireEquivalent(t, data.Source(), mapped.Source())
	require.Equal(t, transfertest.Generate(nil, 1), data, "the original is as before")

	broken := &transfertest.Snapshot{Entities: []datatransfer.Entity{{Type: "a", ID: "1", Data: []byte("[]")}}}
	_, err = broken.MapIDs(func(_ string, old datatransfer.Ref) datatransfer.Ref { return old })
	require.ErrorIs(t, err, datatransfer.ErrInvalid)
}
