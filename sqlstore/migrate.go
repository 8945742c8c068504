package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
)

// Migrate makes the table and its indexes, or brings them to the schema of this
// version of the package. Call it at every start, from any number of instances
// at once. When there is nothing to do it only reads, which a read-only database
// and a user without the right to create tables allow.
//
// It fails if the schema is newer than this version of the package, and if
// another table has the name. With PostgreSQL and SQLite a migration that fails
// has changed nothing; with MySQL, which commits every change of a schema by
// itself, the next Migrate finishes what it began.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.attempt(ctx, func() error { return s.migrate(ctx) }, nil)
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
		return fmt.Errorf("the table %s has a schema of version %d, and this version of the package knows none after %d: "+
			"deploy a newer one", s.table, version, schemaVersion)
	}
	if version < schemaVersion {
		if err := s.upgrade(ctx, conn); err != nil {
			return err
		}
	}
	_, err = conn.ExecContext(ctx, s.dialect.query("SELECT "+columns+" FROM {table} WHERE 1 = 0", s.table))
	if err != nil && s.kind(err) == noSchema {
		return fmt.Errorf("the table %[1]s is missing or another one, although the table %[1]s_schema says that it is there: "+
			"restore it, or choose another Options.Table", s.table)
	}
	return err
}

// session is a connection or a transaction.
type session interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
