package sqldata_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// FuzzEntityData checks that data is refused, or that what was kept of it can be read and comes back the same.
func FuzzEntityData(f *testing.F) {
	for _, seed := range []string{
		`{"title":"t"}`, `{"title":"t","price":1e400,"score":-0.0,"stars":9223372036854775807}`,
		`{"title":"t","opens":"24:00:00","day":"0000-00-00","publishedAt":"2026-02-30T00:00:00Z"}`,
		`{"title":"t","publishedAt":"2016-12-31T23:59:60Z","createdAt":"9999-12-31T23:59:59.999+14:00"}`,
		`{"title":"\ud800","body":"\u0000","meta":"\\u0000"}`, `{"title":"t","meta":null,"views":"-1","active":1}`,
		`{"title":{"a":[]},"meta":[1,2,{}]}`, `{"title":"t","createdAt":"0000-01-01T00:00:00+01:00"}`,
	} {
		f.Add([]byte(seed))
	}
	d := backends[0].open(f)
	x := d.instance(f, d.shopConfig(f.TempDir()))
	schemas := sampleOf(f, x, 1).Schemas
	f.Fuzz(func(t *testing.T, text []byte) {
		e := datatransfer.Entity{Type: typeArticle, ID: datatransfer.IntRef(1), Data: json.RawMessage(text)}
		data := &transfertest.Snapshot{Schemas: schemas, Entities: []datatransfer.Entity{e}}
		if tryPush(t, x, data, datatransfer.Scope{}) != nil {
			return
		}
		first := read(t, x)
		require.Len(t, first.Entities, 1)
		require.True(t, json.Valid(first.Entities[0].Data))
		push(t, x, first)
		transfertest.RequireEqual(t, first.Source(), read(t, x).Source())
	})
}
