package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"fmt"
	"hash/fnv"
	"io/fs"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// schemaVersion is the number of the last migration.
const schemaVersion = 1

//go:embed migrations
var embedded embed.FS

// Migrations returns the files that Migrate applies, for hosts that have a
// migration tool: 0001_create.up.sql and those that follow, each to be applied
// once, in the order of their names. An unknown dialect is a *ValidationError.
//
// The files are plain SQL. Their only comment is the first line, "-- +goose Up".
// Every statement ends with a semicolon at the end of a line. Goose and
// golang-migrate apply them; golang-migrate needs multiStatements=true in the data
// source name of MySQL. The files keep the version that Migrate looks at, so
// Migrate can be called at every start nevertheless.
//
// They make a table called transfer_tokens. For another [Options].Table replace
// this text wherever it stands, within longer names too, as Migrate does.
func Migrations(dialect Dialect) (fs.FS, error) {
	if !dialect.known() {
		var invalid transfertoken.ValidationError
		invalid.Add("dialect", dialectProblem)
		return nil, &invalid
	}
	return fs.Sub(embedded, "migrations/"+string(dialect))
}

// maxLockWait is the time for which Migrate tries again while other connections
// hold a file of SQLite.
const maxLockWait = 10 * time.Second

// Migrate makes the table and its indexes, or brings them to the schema of this
// version of the package. Call it at every start, from any number of instances
// at once. When there is nothing to do it only reads, which a read-only database
// and a user without the right to create tables allow.
//
// It fails if the schema is newer than this version of the package, if another
// table has the name, if PostgreSQL would use a table of another schema than the
// first in the search_path, and if the settings of a MySQL session break the
// contract of a store. With PostgreSQL and SQLite a migration that fails has
// changed nothing; with MySQL, which commits every change of a schema by itself,
// the next Migrate finishes what it began.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.checkReady(ctx); err != nil {
		return err
	}
	giveUp := time.Now().Add(maxLockWait)
	return s.retry(ctx, func() error {
		// SQLite does not apply busy_timeout when several connections change the
		// journal mode of a new file at the same time.
		for try := 1; ; try++ {
			err := s.migrate(ctx)
			if err == nil || s.kind(err) != locked || time.Now().After(giveUp) || !pause(ctx, try) {
				return err
			}
		}
	})
}

func (s *Store) migrate(ctx context.Context) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	version, err := s.version(ctx, conn)
	if err != nil {
		return err
	}
	if version > schemaVersion {
		return fmt.Errorf("the table %s has a schema of version %d, and this version of the package knows none "+
			"after %d: deploy a newer one", s.table, version, schemaVersion)
	}
	if version < schemaVersion {
		return s.upgrade(ctx, conn)
	}
	err = s.checkColumns(ctx, conn)
	if s.kind(err) == noSchema {
		return fmt.Errorf("the table %[1]s is missing or another one, although the table %[1]s_schema says that "+
			"it is there: restore it, or choose another Options.Table", s.table)
	}
	return err
}

// session is a connection or a transaction.
type session interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// checkColumns returns an error if the table is missing or lacks a column.
func (s *Store) checkColumns(ctx context.Context, session session) error {
	_, err := session.ExecContext(ctx, s.dialect.query("SELECT "+columns+" FROM {table} WHERE 1 = 0", s.table))
	return err
}

// hasTable are the queries that count the tables with a name. to_regclass of
// PostgreSQL would use a cache that is older than the lock.
var hasTable = map[Dialect]string{
	PostgreSQL: "SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = $1",
	MySQL:      "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?",
	SQLite:     "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE",
}

// version returns the version of the schema that is there, or 0 if there is none.
func (s *Store) version(ctx context.Context, session session) (int, error) {
	table := s.table + "_schema"
	var tables, version int
	err := session.QueryRowContext(ctx, hasTable[s.dialect], table).Scan(&tables)
	if err != nil {
		return 0, err
	}
	if tables == 0 {
		return 0, s.checkSearchPath(ctx, session)
	}
	newest := s.dialect.query("SELECT COALESCE(MAX(version), 0) FROM {table}", table)
	err = session.QueryRowContext(ctx, newest).Scan(&version)
	return version, err
}

// checkSearchPath returns an error if PostgreSQL finds the table in a later schema
// of the search_path than the first. Tenants that have a schema each would share
// their tokens without noticing.
func (s *Store) checkSearchPath(ctx context.Context, session session) error {
	if s.dialect != PostgreSQL {
		return nil
	}
	const elsewhere = "SELECT schemaname, current_schema() FROM pg_catalog.pg_tables WHERE tablename = $1 " +
		"AND schemaname = ANY (current_schemas(false)) AND schemaname <> current_schema()"
	rows, err := session.QueryContext(ctx, elsewhere, s.table+"_schema")
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		var there, first string
		if err := rows.Scan(&there, &first); err != nil {
			return err
		}
		return fmt.Errorf("the table %s is in the schema %s, and the first schema of the search_path is %s: set "+
			"search_path in the data source name to the former to share the tokens, or to the latter to have own ones",
			s.table, there, first)
	}
	return rows.Err()
}

// upgrade applies the migrations that are missing.
func (s *Store) upgrade(ctx context.Context, conn *sql.Conn) error {
	switch s.dialect {
	case PostgreSQL:
		return s.upgradePostgreSQL(ctx, conn)
	case SQLite:
		return s.upgradeSQLite(ctx, conn)
	}
	// MySQL has no transactions for this. Every statement of its migrations can be
	// repeated, after a failure and by other instances at the same time.
	return s.apply(ctx, conn)
}

func (s *Store) upgradePostgreSQL(ctx context.Context, conn *sql.Conn) error {
	var encoding string
	if err := conn.QueryRowContext(ctx, "SHOW server_encoding").Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the encoding of the database is %s, which cannot hold every name: "+
			"use one with the encoding UTF8", encoding)
	}
	// At a higher level this transaction would not see the tables that the former
	// holder of the lock made.
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", s.lockKey()); err != nil {
		return err
	}
	if err := s.apply(ctx, tx); err != nil {
		return err
	}
	return tx.Commit()
}

// lockKey returns a number that is the same for all instances that use the table.
func (s *Store) lockKey() int64 {
	hash := fnv.New64a()
	hash.Write([]byte("transfertoken " + s.table))
	return int64(hash.Sum64())
}

// upgradeSQLite takes the lock for writing with BEGIN IMMEDIATE. A transaction of
// database/sql takes it with the first write, and fails if another was faster.
func (s *Store) upgradeSQLite(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := s.apply(ctx, conn)
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		if _, failed := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); failed != nil {
			// The connection must not go back to the pool with the transaction open.
			conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	}
	return err
}

// apply executes the statements that are missing. It reads the version again,
// because another instance may have been faster. The last statement writes the
// version. Before it the columns are checked, because MySQL reports no error if
// another table has the name.
func (s *Store) apply(ctx context.Context, session session) error {
	version, err := s.version(ctx, session)
	if err != nil {
		return err
	}
	statements, err := s.migrations(version)
	if err != nil {
		return err
	}
	for i, statement := range statements {
		if i == len(statements)-1 {
			err := s.checkColumns(ctx, session)
			if s.kind(err) == noSchema {
				return fmt.Errorf("another table has the name %s: choose another Options.Table", s.table)
			}
			if err != nil {
				return err
			}
		}
		if _, err := session.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// migrations returns the statements that lead from a version to schemaVersion.
func (s *Store) migrations(from int) ([]string, error) {
	files, err := Migrations(s.dialect)
	if err != nil {
		return nil, err
	}
	var statements []string
	for version := from + 1; version <= schemaVersion; version++ {
		names, err := fs.Glob(files, fmt.Sprintf("%04d_*.sql", version))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, err
			}
			script := strings.ReplaceAll(strings.TrimSpace(string(text)), defaultTable, s.table)
			statements = append(statements, strings.SplitAfter(script, ";\n")...)
		}
	}
	return statements, nil
}
