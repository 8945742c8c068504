package sqldata_test

import (
	"database/sql"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

func TestMigrateOfManyAtOnce(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		errs := make([]error, 8)
		var running sync.WaitGroup
		for i := range errs {
			x, err := sqldata.New(d.DB, d.dialect, d.shopConfig(dir))
			require.NoError(t, err)
			running.Go(func() { errs[i] = x.Migrate(t.Context()) })
		}
		running.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		require.Equal(t, 1, d.count(t, "SELECT COUNT(*) FROM {state}"))
	})
}

func TestUseBeforeMigrateFails(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x, err := sqldata.New(d.DB, d.dialect, d.shopConfig(t.TempDir()))
		require.NoError(t, err)
		_, err = x.Source(t.Context())
		require.ErrorContains(t, err, "Migrate")
		require.ErrorContains(t, begin(t, x).Begin(t.Context(), datatransfer.Start{}), "Migrate")
	})
}

// TestFilesThatCameLater has a state table that was made by a backend without files.
func TestFilesThatCameLater(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		without := d.shopConfig(dir)
		without.Files = nil
		x := d.instance(t, without)
		data := sampleOf(t, x, 1)
		push(t, x, data)
		data.Files = nil
		requireHolds(t, x, data)

		x = d.instance(t, d.shopConfig(dir))
		require.Equal(t, []string{"files"}, foldersIn(t, dir))
		requireHolds(t, x, data)
		push(t, x, sampleOf(t, x, 2))
		requireHolds(t, x, sampleOf(t, x, 2))
	})
}

func TestSQLiteWithoutWALIsRefused(t *testing.T) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "shop.db"))
	require.NoError(t, err)
	defer db.Close()
	x, err := sqldata.New(db, sqldata.SQLite, sqldata.Config{Tables: []sqldata.Table{{Type: typeTag, Name: "tags"}}})
	require.NoError(t, err)
	require.ErrorContains(t, x.Migrate(t.Context()), "WAL")
}

func TestMySQLThatCutsValuesIsRefused(t *testing.T) {
	b := backends[3]
	b.need(t)
	d := b.open(t)
	x := d.instance(t, d.shopConfig(t.TempDir()))
	push(t, x, sampleOf(t, x, 1))
	loose, err := sql.Open(b.driver, d.source+"?sql_mode=''")
	require.NoError(t, err)
	defer loose.Close()
	y, err := sqldata.New(loose, b.dialect, d.shopConfig(t.TempDir()))
	require.NoError(t, err)
	require.ErrorContains(t, tryPush(t, y, sampleOf(t, x, 2), datatransfer.Scope{}), "strict")
}
