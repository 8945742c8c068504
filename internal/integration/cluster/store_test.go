//go:build linux

package cluster_test

import (
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// place is a node with the settings of its sessions.
type place struct {
	driver  string
	dialect sqlstore.Dialect
	dsn     string
	opts    sqlstore.Options
	wrap    func(driver.Connector) driver.Connector // nil if the driver is used as it is
}

// on returns the place at a node of a Galera cluster.
func (n *node) on(params ...string) place {
	return place{driver: "mysql", dialect: sqlstore.MySQL, dsn: n.dsn(params...)}
}

func newTable() string { return "t" + strings.ToLower(rand.Text()) }

// open returns a database with its own connections.
func (p place) open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(p.driver, p.dsn)
	require.NoError(t, err)
	if p.wrap != nil {
		connector, err := db.Driver().(driver.DriverContext).OpenConnector(p.dsn)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		db = sql.OpenDB(p.wrap(connector))
	}
	t.Cleanup(func() { _ = db.Close() }) // fails for the connections to a server that was killed
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	return db
}

// store returns a store over the table, which may not be there yet.
func (p place) store(t testing.TB, table string) *sqlstore.Store {
	t.Helper()
	opts := p.opts
	opts.Table = table
	store, err := sqlstore.New(p.open(t), p.dialect, &opts)
	require.NoError(t, err)
	return store
}

// migrated returns a store over the table, and makes the table if it is not there.
func (p place) migrated(t testing.TB, table string) *sqlstore.Store {
	t.Helper()
	store := p.store(t, table)
	require.NoError(t, store.Migrate(t.Context()))
	return store
}

func newService(
	t testing.TB, store transfertoken.Store, salt transfertoken.Salt, opts *transfertoken.Options,
) *transfertoken.TokenService {
	t.Helper()
	svc, err := transfertoken.New(store, salt, opts)
	require.NoError(t, err)
	return svc
}

func newPushToken(name string) transfertoken.NewToken {
	return transfertoken.NewToken{Name: name, Permissions: transfertoken.Push, Lifespan: transfertoken.Days30}
}

// refusals are the errors that no failure of a database may be.
var refusals = []error{
	transfertoken.ErrUnauthorized, transfertoken.ErrForbidden, transfertoken.ErrDisabled, transfertoken.ErrNotFound,
	transfertoken.ErrNameTaken, transfertoken.ErrSecretTaken, transfertoken.ErrConflict, transfertoken.ErrInvalid,
}

// isRefusal reports whether err says something about a token, rather than about the
// database.
func isRefusal(err error) bool {
	for _, refusal := range refusals {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

func requireFailure(t testing.TB, err error) {
	t.Helper()
	require.Error(t, err)
	require.False(t, isRefusal(err), "%v", err)
}
