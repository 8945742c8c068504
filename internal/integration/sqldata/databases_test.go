package sqldata_test

import (
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

// A backend is a kind of database, reached through one driver.
type backend struct {
	name     string
	driver   string
	dialect  sqldata.Dialect
	variable string // names the server; "" for SQLite, which needs none
}

var backends = []backend{
	{"SQLite_modernc", "sqlite", sqldata.SQLite, ""},
	{"SQLite_mattn", "sqlite3", sqldata.SQLite, ""},
	{"PostgreSQL_pgx", "pgx", sqldata.PostgreSQL, "TRANSFERTOKEN_TEST_POSTGRES"},
	{"MySQL_go-sql-driver", "mysql", sqldata.MySQL, "TRANSFERTOKEN_TEST_MYSQL"},
}

// onEachBackend runs a test for every backend.
func onEachBackend(t *testing.T, test func(*testing.T, backend)) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			b.need(t)
			test(t, b)
		})
	}
}

// onEachServer runs a test on each database that has a server, and not on SQLite, which has one
// writer at a time and lets others wait for busy_timeout.
func onEachServer(t *testing.T, test func(*testing.T, backend)) {
	for _, b := range backends {
		if b.variable == "" {
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			b.need(t)
			test(t, b)
		})
	}
}

// need skips the test if nobody named a server, or if the driver is not in this build. A server
// that was named must answer.
func (b backend) need(t testing.TB) {
	t.Helper()
	if b.variable != "" && os.Getenv(b.variable) == "" {
		t.Skip(b.variable + " is not set")
	}
	db, err := sql.Open(b.driver, b.dsn(filepath.Join(t.TempDir(), "ping.db")))
	require.NoError(t, err)
	defer db.Close()
	if err = db.PingContext(t.Context()); err != nil && strings.Contains(err.Error(), "requires cgo") {
		t.Skip(b.driver + " needs cgo, which needs a C compiler")
	}
	require.NoError(t, err)
}

func (b backend) dsn(file string) string {
	switch b.driver {
	case "sqlite":
		return "file:" + file + "?_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)"
	case "sqlite3":
		return "file:" + file + "?_busy_timeout=60000&_journal_mode=WAL&_foreign_keys=1"
	}
	return os.Getenv(b.variable)
}

// A database is a set of tables that belongs to one test.
type database struct {
	backend
	*sql.DB
	prefix string // of the names of its tables
	source string // the data source name
}

// open makes the tables of shopSchema.
func (b backend) open(t testing.TB) *database {
	t.Helper()
	return b.openIn(t, t.TempDir())
}

// openIn does the same. If the database is a file, the file is in folder.
func (b backend) openIn(t testing.TB, folder string) *database {
	t.Helper()
	source := b.dsn(filepath.Join(folder, "shop.db"))
	db, err := sql.Open(b.driver, source)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	db.SetMaxOpenConns(12)
	d := &database{b, db, "s" + strings.ToLower(rand.Text()[:10]) + "_", source}
	for _, name := range shopTables {
		d.mustExec(t, d.create(name))
	}
	t.Cleanup(func() {
		for i := len(shopTables) - 1; i >= 0; i-- {
			_, _ = db.Exec("DROP TABLE IF EXISTS " + d.prefix + shopTables[i])
		}
		_, _ = db.Exec("DROP TABLE IF EXISTS " + d.prefix + "state")
		_, _ = db.Exec("DROP TABLE IF EXISTS " + d.prefix + "settings")
	})
	return d
}

// sql returns a statement with the names of the tables, which stand in braces, and the
// parameters of the dialect.
func (d *database) sql(text string) string {
	text = strings.NewReplacer("{", d.prefix, "}", "").Replace(text)
	if d.dialect == sqldata.PostgreSQL {
		for n := '1'; strings.Contains(text, "?"); n++ {
			text = strings.Replace(text, "?", "$"+string(n), 1)
		}
	}
	return text
}

func (d *database) mustExec(t testing.TB, text string, args ...any) {
	t.Helper()
	_, err := d.Exec(d.sql(text), args...)
	require.NoError(t, err, text)
}

func (d *database) count(t testing.TB, text string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, d.QueryRow(d.sql(text), args...).Scan(&n), text)
	return n
}
