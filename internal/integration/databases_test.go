package integration

import (
	"context"
	"database/sql"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// backend is a kind of database, reached through one driver.
type backend struct {
	name    string
	driver  string
	dialect sqlstore.Dialect
	answers func() error // what keeps the database from answering
}

var (
	postgres = backend{"PostgreSQL_pgx", "pgx", sqlstore.PostgreSQL, reachable("pgx", postgresDSN)}
	mysqlDB  = backend{"MySQL_go-sql-driver", "mysql", sqlstore.MySQL, reachable("mysql", mysqlDSN)}
	modernc  = backend{"SQLite_modernc", "sqlite", sqlstore.SQLite, reachable("sqlite", inMemory)}
	mattn    = backend{"SQLite_mattn", "sqlite3", sqlstore.SQLite, reachable("sqlite3", inMemory)} // needs a C compiler

	backends = []backend{postgres, mysqlDB, modernc, mattn}
)

func postgresDSN() string {
	return environment("TRANSFERTOKEN_TEST_POSTGRES", "postgres://root@127.0.0.1:5432/test?sslmode=disable")
}

func mysqlDSN() string {
	return environment("TRANSFERTOKEN_TEST_MYSQL", "root@tcp(127.0.0.1:3306)/test")
}

func inMemory() string { return ":memory:" }

func environment(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func reachable(driver string, dsn func() string) func() error {
	return sync.OnceValue(func() error {
		db, err := sql.Open(driver, dsn())
		if err != nil {
			return err
		}
		defer db.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return db.PingContext(ctx)
	})
}

// each runs a test for every backend, or for those that are given.
func each(t *testing.T, test func(*testing.T, backend), only ...backend) {
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

func (b backend) need(t testing.TB) {
	t.Helper()
	err := b.answers()
	if err == nil {
		return
	}
	if os.Getenv("TRANSFERTOKEN_TEST_REQUIRE") == "1" {
		require.NoError(t, err, "%s does not answer", b.name)
	}
	t.Skipf("%s does not answer: %v", b.name, err)
}
