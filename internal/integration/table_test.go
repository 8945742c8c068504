package integration

import (
	"context"
	"crypto/rand"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// testTable is a table that belongs to one test.
type testTable struct {
	backend
	dsn   string
	table string
}

// newTable returns a table that does not exist yet. If it exists when the test ends,
// it is dropped. newTable skips the test as need does.
func (b backend) newTable(t testing.TB) testTable {
	t.Helper()
	b.need(t)
	tbl := testTable{backend: b, table: "t" + strings.ToLower(rand.Text())}
	switch b.dialect {
	case sqlstore.PostgreSQL:
		tbl.dsn = postgresDSN()
	case sqlstore.MySQL:
		tbl.dsn = mysqlDSN()
	default:
		tbl.dsn = "file:" + filepath.Join(t.TempDir(), "tokens.db") + "?_busy_timeout=20000&_journal_mode=WAL"
		return tbl
	}
	t.Cleanup(func() {
		db, err := sql.Open(tbl.driver, tbl.dsn)
		require.NoError(t, err)
		defer db.Close()
		for _, table := range []string{tbl.table, tbl.table + "_schema"} {
			_, err := db.ExecContext(context.WithoutCancel(t.Context()), "DROP TABLE IF EXISTS "+table)
			require.NoError(t, err)
		}
	})
	return tbl
}

// openDB returns a database with its own connections.
func (tbl testTable) openDB(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(tbl.driver, tbl.dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	return db
}

// storeOver returns a store over db. The table need not exist yet.
func (tbl testTable) storeOver(t testing.TB, db *sql.DB) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.New(db, tbl.dialect, &sqlstore.Options{Table: tbl.table})
	require.NoError(t, err)
	return store
}

// store makes the table and returns a store with its own connections.
func (tbl testTable) store(t testing.TB) *sqlstore.Store {
	t.Helper()
	store := tbl.storeOver(t, tbl.openDB(t))
	require.NoError(t, store.Migrate(t.Context()))
	return store
}

// service makes the table and returns a service with its own connections.
func (tbl testTable) service(
	t testing.TB, salt transfertoken.Salt, opts *transfertoken.Options,
) *transfertoken.TokenService {
	t.Helper()
	return newService(t, tbl.store(t), salt, opts)
}

func newService(
	t testing.TB, store transfertoken.Store, salt transfertoken.Salt, opts *transfertoken.Options,
) *transfertoken.TokenService {
	t.Helper()
	svc, err := transfertoken.New(store, salt, opts)
	require.NoError(t, err)
	return svc
}
