package integration

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// The variables that name the servers of the tests. There are no default addresses: a test never touches a server that
// nobody named.
const (
	postgresVariable = "TRANSFERTOKEN_TEST_POSTGRES"
	mysqlVariable    = "TRANSFERTOKEN_TEST_MYSQL"
)

// backend is a kind of database, reached through one driver.
type backend struct {
	name     string
	driver   string
	dialect  sqlstore.Dialect
	variable string       // names the server; empty for SQLite, which needs none
	ping     func() error // pings the database
}

var (
	postgres = backend{"PostgreSQL_pgx", "pgx", sqlstore.PostgreSQL, postgresVariable, pingOf("pgx", postgresDSN)}
	mysqlDB  = backend{"MySQL_go-sql-driver", "mysql", sqlstore.MySQL, mysqlVariable, pingOf("mysql", mysqlDSN)}
	modernc  = backend{"SQLite_modernc", "sqlite", sqlstore.SQLite, "", pingOf("sqlite", inMemory)}
	mattn    = backend{"SQLite_mattn", "sqlite3", sqlstore.SQLite, "", pingOf("sqlite3", inMemory)}

	backends = []backend{postgres, mysqlDB, modernc, mattn}
)

func postgresDSN() string { return os.Getenv(postgresVariable) }

func mysqlDSN() string { return os.Getenv(mysqlVariable) }

func inMemory() string { return ":memory:" }

func pingOf(driver string, dsn func() string) func() error {
	return sync.OnceValue(func() error {
		db, err := sql.Open(driver, dsn())
		if err != nil {
			return err
		}
		defer db.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return db.PingContext(ctx)
	})
}

// onEachBackend runs a test for every backend, or for those in only.
func onEachBackend(t *testing.T, test func(*testing.T, backend), only ...backend) {
	if only == nil {
		only = backends
	}
	for _, b := range only {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			b.need(t)
			test(t, b)
		})
	}
}

// need skips the test if nobody named a server, or if the driver is not in this build. A server that was named must
// answer.
func (b backend) need(t testing.TB) {
	t.Helper()
	if b.variable != "" && os.Getenv(b.variable) == "" {
		t.Skip(b.variable + " is not set")
	}
	err := b.ping()
	if err != nil && strings.Contains(err.Error(), "requires cgo") {
		t.Skip(b.driver + " needs cgo, which needs a C compiler")
	}
	require.NoError(t, err, "%s does not answer", b.name)
}
