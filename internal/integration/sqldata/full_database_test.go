package sqldata_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

// TestFullDatabaseKeepsTheOldData uses a limit of SQLite, beyond which a database cannot grow: SQLite fails there as
// with a disk that is full. The cache is small, so that it writes within all stages.
func TestFullDatabaseKeepsTheOldData(t *testing.T) {
	seed := randomSeed(t)
	d, dir := backends[0].open(t), t.TempDir()
	x := d.instance(t, d.shopConfig(dir))
	push(t, x, sampleOf(t, x, 1))
	pages := d.count(t, "PRAGMA page_count")
	data := manyRows(sampleOf(t, x, 2).Schemas, 1000)
	for i := range repetitions(2, 10) {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		limited, err := sql.Open(d.driver, fmt.Sprintf("%s&_pragma=max_page_count(%d)&_pragma=cache_size(5)",
			d.source, pages+random.IntN(30)))
		require.NoError(t, err)
		full, err := sqldata.New(limited, d.dialect, d.shopConfig(dir))
		require.NoError(t, err)
		err = tryPush(t, full, data, datatransfer.Scope{})
		require.ErrorContains(t, err, "its disk is full")
		require.Zero(t, limited.Stats().InUse, "connections in use")
		require.NoError(t, limited.Close())
		require.Len(t, foldersIn(t, dir), 1)
		requireHolds(t, x, sampleOf(t, x, 1))
	}
	push(t, x, data)
	requireHolds(t, x, data)
}
