package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"
	_ "modernc.org/sqlite"

	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// backend is a kind of database, reached through one driver.
type backend struct {
	name    string // of the group
	title   string
	driver  string
	module  string // of the driver
	dialect sqlstore.Dialect
	dsn     string // of SQLite: the parameters
	version string // the query for it
}

// The variables that name the servers. There are no default addresses.
const (
	postgresVariable = "TRANSFERTOKEN_TEST_POSTGRES"
	mysqlVariable    = "TRANSFERTOKEN_TEST_MYSQL"
)

const (
	postgresTitle = "PostgreSQL, pgx"
	mysqlTitle    = "MySQL, go-sql-driver"
	mariaTitle    = "MariaDB, go-sql-driver"
	moderncTitle  = "SQLite, modernc"
	mattnTitle    = "SQLite, mattn"
)

// backends wait for locks and keep 20 MB of SQLite's pages in memory: its default
// of 2 MB holds only a part of the index.
func backends() []backend {
	return []backend{
		{
			"postgres", postgresTitle, "pgx", "github.com/jackc/pgx/v5", sqlstore.PostgreSQL,
			os.Getenv(postgresVariable),
			"SELECT 'PostgreSQL ' || current_setting('server_version')",
		},
		{
			"mysql", mysqlTitle, "mysql", "github.com/go-sql-driver/mysql", sqlstore.MySQL,
			os.Getenv(mysqlVariable),
			"SELECT CONCAT(IF(VERSION() LIKE '%MariaDB%', 'MariaDB ', 'MySQL '), VERSION())",
		},
		{
			"sqlite-modernc", moderncTitle, "sqlite", "modernc.org/sqlite", sqlstore.SQLite,
			"_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=cache_size(-20000)",
			"SELECT 'SQLite ' || sqlite_version()",
		},
		{
			"sqlite-mattn", mattnTitle, "sqlite3", "github.com/mattn/go-sqlite3", sqlstore.SQLite,
			"_busy_timeout=20000&_journal_mode=WAL&_cache_size=-20000",
			"SELECT 'SQLite ' || sqlite_version()",
		},
	}
}

// probe returns the version of a database that answers.
func (b backend) probe(ctx context.Context) (version string, err error) {
	dsn := b.dsn
	if dsn == "" {
		return "", errors.New(map[sqlstore.Dialect]string{
			sqlstore.PostgreSQL: postgresVariable,
			sqlstore.MySQL:      mysqlVariable,
		}[b.dialect] + " is not set")
	}
	if b.dialect == sqlstore.SQLite {
		dsn = ":memory:"
	}
	db, err := sql.Open(b.driver, dsn)
	if err != nil {
		return "", err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err = db.QueryRowContext(ctx, b.version).Scan(&version)
	return version, err
}

func isMariaDB(version string) bool { return strings.HasPrefix(version, "MariaDB") }
