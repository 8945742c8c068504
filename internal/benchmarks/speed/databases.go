package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"
	_ "modernc.org/sqlite"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/tokens"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// database is a kind of database, reached through one driver.
type database struct {
	name     string // of the group
	title    string
	driver   string
	module   string // of the driver
	dialect  sqlstore.Dialect
	variable string // names the server; empty for SQLite
	params   string // of SQLite
	version  string // the query for it
}

const (
	postgresTitle = "PostgreSQL, pgx"
	mysqlTitle    = "MySQL, go-sql-driver"
	mariaTitle    = "MariaDB, go-sql-driver"
	moderncTitle  = "SQLite, modernc"
	mattnTitle    = "SQLite, mattn"

	rawSelect = "prepared SELECT of the same columns"

	tablePrefix   = "speed_"
	folderPattern = "speed-sqlite-*"
)

// databases returns the databases. They wait for locks. SQLite keeps 20 MB of pages in memory, because its default of
// 2 MB holds only a part of the index.
func databases() []database {
	return []database{
		{
			name: "postgres", title: postgresTitle, driver: "pgx", module: "github.com/jackc/pgx/v5",
			dialect: sqlstore.PostgreSQL, variable: "TRANSFERTOKEN_TEST_POSTGRES",
			version: "SELECT 'PostgreSQL ' || current_setting('server_version')",
		},
		{
			name: "mysql", title: mysqlTitle, driver: "mysql", module: "github.com/go-sql-driver/mysql",
			dialect: sqlstore.MySQL, variable: "TRANSFERTOKEN_TEST_MYSQL",
			version: "SELECT CONCAT(IF(VERSION() LIKE '%MariaDB%', 'MariaDB ', 'MySQL '), VERSION())",
		},
		{
			name: "sqlite-modernc", title: moderncTitle, driver: "sqlite", module: "modernc.org/sqlite",
			dialect: sqlstore.SQLite,
			params:  "_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=cache_size(-20000)",
			version: "SELECT 'SQLite ' || sqlite_version()",
		},
		{
			name: "sqlite-mattn", title: mattnTitle, driver: "sqlite3", module: "github.com/mattn/go-sqlite3",
			dialect: sqlstore.SQLite,
			params:  "_busy_timeout=20000&_journal_mode=WAL&_cache_size=-20000",
			version: "SELECT 'SQLite ' || sqlite_version()",
		},
	}
}

// probe returns the version of a database that answers.
func (d database) probe(ctx context.Context) (version string, err error) {
	dsn := ":memory:"
	if d.variable != "" {
		if dsn = os.Getenv(d.variable); dsn == "" {
			return "", errors.New(d.variable + " is not set")
		}
	}
	db, err := sql.Open(d.driver, dsn)
	if err != nil {
		return "", err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err = db.QueryRowContext(ctx, d.version).Scan(&version)
	return version, err
}

// run measures a database. If it does not answer, its section says why.
func (d database) run(ctx context.Context, b *bench) (failed error) {
	version, err := d.probe(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.sections = append(b.sections, section{title: d.title, notRun: err.Error()})
		return nil
	}
	if strings.HasPrefix(version, "MariaDB") {
		d.title = mariaTitle
	}
	b.software = append(b.software, version+" through "+report.WithVersion(d.module))
	var reads []series
	var large *testTable
	for _, size := range []int{b.small, b.Tokens} {
		fmt.Fprintf(b.progress, "%s: making %s tokens\n", d.title, report.Count(size))
		t, err := d.newTable(ctx, size)
		defer func() { failed = errors.Join(failed, t.remove(ctx)) }()
		if err != nil {
			return err
		}
		authorize, err := t.authorizeSeries(ctx)
		if err != nil {
			return err
		}
		reads, large = append(reads, authorize), t
	}
	reads = append(reads, newPage(ctx, large.key(pageName), large.svc, large.first, large.last))
	s := section{title: d.title, relation: "× SELECT", relate: func(r results, k key) string {
		if k.what != accepted && k.what != rawSelect {
			return ""
		}
		return r.relation(k, key{where: d.title, what: rawSelect, tokens: k.tokens})
	}}
	err = b.measureInto(ctx, &s, reads)
	defer func() { b.sections = append(b.sections, s) }()
	if err != nil {
		return err
	}
	// Writes come after all reads, because the work that they leave to the database would slow the reads.
	regenerate, err := newRegenerate(ctx, large.key(regenerateName), large.svc)
	if err != nil {
		return err
	}
	create := newRepeated(large.key(createName), func() func(int) error { return newCreate(ctx, large.svc, "new") })
	return b.measureInto(ctx, &s, []series{create, regenerate})
}

// testTable is a table of this run, with its own connections.
type testTable struct {
	database
	folder      string // of SQLite, to be removed
	name        string
	db          *sql.DB
	svc         *transfertoken.TokenService
	size        int
	first, last uuid.UUID // after each of both there is a full page
}

func (t *testTable) key(what string) key { return key{where: t.title, what: what, tokens: t.size} }

// newTable makes a table with so many tokens. Remove it also when an error comes with it.
func (d database) newTable(ctx context.Context, size int) (*testTable, error) {
	t := &testTable{database: d, name: tablePrefix + strings.ToLower(rand.Text()), size: size}
	dsn, err := os.Getenv(d.variable), error(nil)
	if d.variable == "" {
		if t.folder, err = os.MkdirTemp("", folderPattern); err != nil {
			return t, err
		}
		dsn = "file:" + filepath.ToSlash(filepath.Join(t.folder, "tokens.db")) + "?" + d.params
	}
	if t.db, err = sql.Open(d.driver, dsn); err != nil {
		return t, err
	}
	t.db.SetMaxOpenConns(4)
	t.db.SetMaxIdleConns(4)
	store, err := sqlstore.New(t.db, d.dialect, &sqlstore.Options{Table: t.name})
	if err != nil {
		return t, err
	}
	// LastUsedAt, which is written once in a minute, is left out of a comparison with a SELECT.
	if t.svc, err = transfertoken.New(store, salt, &transfertoken.Options{TouchInterval: -1}); err != nil {
		return t, err
	}
	if err := store.Migrate(ctx); err != nil {
		return t, err
	}
	ids, err := tokens.Fill(ctx, t.db, d.dialect, t.name, salt, size)
	if err != nil {
		return t, err
	}
	t.first, t.last = ids[0], ids[size-tokens.PageSize-1]
	return t, t.analyze(ctx)
}

// analyze does at once what the database does after a while with so many rows.
func (t *testTable) analyze(ctx context.Context) error {
	statements := map[sqlstore.Dialect][]string{
		sqlstore.PostgreSQL: {"VACUUM (ANALYZE) " + t.name},
		sqlstore.MySQL:      {"ANALYZE TABLE " + t.name},
		sqlstore.SQLite:     {"ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"},
	}
	for _, statement := range statements[t.dialect] {
		if _, err := t.db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// remove drops everything that newTable made, also when ctx has ended.
func (t *testTable) remove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var errs []error
	if t.db != nil {
		for _, table := range []string{t.name, t.name + "_schema"} {
			_, err := t.db.ExecContext(ctx, "DROP TABLE IF EXISTS "+table)
			errs = append(errs, err)
		}
		errs = append(errs, t.db.Close())
	}
	if t.folder != "" {
		errs = append(errs, os.RemoveAll(t.folder))
	}
	return errors.Join(errs...)
}

// authorizeSeries returns Authorize alternating with a prepared SELECT of the same columns. The tokens in use are
// warm, as they would be.
func (t *testTable) authorizeSeries(ctx context.Context) (series, error) {
	readRow, err := tokens.Select(ctx, t.db, t.dialect, t.name)
	if err != nil {
		return nil, err
	}
	var secrets [inUse]string
	var digests [inUse]transfertoken.Digest // of others, because one would be faster for what the other has read
	for i := range inUse {
		secrets[i] = tokens.Secret(mathrand.IntN(t.size))
		digests[i] = salt.Digest(tokens.Secret(mathrand.IntN(t.size)))
	}
	authorize := inTurn(func(i int) error {
		_, err := t.svc.Authorize(ctx, secrets[i], transfertoken.Push)
		return err
	})
	selectRow := inTurn(func(i int) error { return readRow(ctx, digests[i]) })
	for range inUse {
		if err := errors.Join(authorize(), selectRow()); err != nil {
			return nil, err
		}
	}
	return &alternating{[2]key{t.key(accepted), t.key(rawSelect)}, [2]func() error{authorize, selectRow}}, nil
}

func inTurn(call func(i int) error) func() error {
	next := 0
	return func() error {
		i := next
		next = (next + 1) % inUse
		return call(i)
	}
}
