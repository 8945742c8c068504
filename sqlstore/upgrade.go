package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"hash/fnv"
)

// upgrade applies the migrations that are missing.
func (s *Store) upgrade(ctx context.Context, conn *sql.Conn) error {
	switch s.dialect {
	case PostgreSQL:
		return s.upgradePostgreSQL(ctx, conn)
	case SQLite:
		return s.upgradeSQLite(ctx, conn)
	}
	// Every statement of the migrations for MySQL can be repeated, by this
	// instance after a failure and by others at the same time.
	return s.apply(ctx, conn)
}

func (s *Store) upgradePostgreSQL(ctx context.Context, conn *sql.Conn) error {
	var encoding string
	if err := conn.QueryRowContext(ctx, "SHOW server_encoding").Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the encoding of the database is %s, which cannot hold every name: use one with the encoding UTF8", encoding)
	}
	// Any higher level would go on seeing what was there before the lock.
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

// lockKey is the same for all instances that use the table.
func (s *Store) lockKey() int64 {
	hash := fnv.New64a()
	hash.Write([]byte("transfertoken " + s.table))
	return int64(hash.Sum64())
}

// upgradeSQLite uses a transaction that takes the lock for writing first. Those
// of database/sql take it when they first write, and fail if another was faster.
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
			// The connection must not go back with the transaction open.
			conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	}
	return err
}

// apply looks at the version again, because another instance may have been
// faster.
func (s *Store) apply(ctx context.Context, session session) error {
	version, err := s.version(ctx, session)
	if err != nil {
		return err
	}
	statements, err := s.migrations(version)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err := session.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// hasTable counts the tables with a name. In PostgreSQL, to_regclass would answer
// from a cache that goes back to before the lock.
var hasTable = map[Dialect]string{
	PostgreSQL: "SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = $1",
	MySQL:      "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?",
	SQLite:     "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE",
}

// version is that of the schema that is there; 0: none is.
func (s *Store) version(ctx context.Context, session session) (int, error) {
	table := s.table + "_schema"
	var tables, version int
	err := session.QueryRowContext(ctx, hasTable[s.dialect], table).Scan(&tables)
	if err != nil || tables == 0 {
		return 0, err
	}
	err = session.QueryRowContext(ctx, s.dialect.query("SELECT COALESCE(MAX(version), 0) FROM {table}", table)).Scan(&version)
	return version, err
}
