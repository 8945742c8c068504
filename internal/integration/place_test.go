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

// place is a table that belongs to one test.
type place struct {
	backend
	dsn   string
	table string
}

// place returns a place where nothing is yet. What is there when the test ends
// is dropped. It skips the test as need does.
func (b backend) place(t testing.TB) place {
	t.Helper()
	b.need(t)
	p := place{backend: b, table: "t" + strings.ToLower(rand.Text())}
	switch b.dialect {
	case sqlstore.PostgreSQL:
		p.dsn = postgresDSN()
	case sqlstore.MySQL:
		p.dsn = mysqlDSN()
	default:
		p.dsn = "file:" + filepath.Join(t.TempDir(), "tokens.db") + "?_busy_timeout=20000&_journal_mode=WAL"
		return p
	}
	t.Cleanup(func() {
		db, err := sql.Open(p.driver, p.dsn)
		require.NoError(t, err)
		defer db.Close()
		for _, table := range []string{p.table, p.table + "_schema"} {
			_, err := db.ExecContext(context.WithoutCancel(t.Context()), "DROP TABLE IF EXISTS "+table)
			require.NoError(t, err)
		}
	})
	return p
}

// open returns a database with connections of its own.
func (p place) open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(p.driver, p.dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	return db
}

// over returns a store over db, which may be there before the table is.
func (p place) over(t testing.TB, db *sql.DB) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.New(db, p.dialect, &sqlstore.Options{Table: p.table})
	require.NoError(t, err)
	return store
}

// store returns a store with connections of its own, ready for use.
func (p place) store(t testing.TB) *sqlstore.Store {
	t.Helper()
	store := p.over(t, p.open(t))
	require.NoError(t, store.Migrate(t.Context()))
	return store
}

// service returns a service with connections of its own.
func (p place) service(t testing.TB, salt transfertoken.Salt, opts *transfertoken.Options) *transfertoken.TokenService {
	t.Helper()
	return newService(t, p.store(t), salt, opts)
}

func newService(t testing.TB, store transfertoken.Store, salt transfertoken.Salt, opts *transfertoken.Options) *transfertoken.TokenService {
	t.Helper()
	svc, err := transfertoken.New(store, salt, opts)
	require.NoError(t, err)
	return svc
}
