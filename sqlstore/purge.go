package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// PurgeExpired implements [transfertoken.Purger] in one transaction, which reads
// through the index on expires_at. It passes over rows that others have locked,
// where the database can: PostgreSQL, MySQL 8.0 and MariaDB 10.6 or newer.
func (s *Store) PurgeExpired(ctx context.Context, end time.Time, limit int) ([]transfertoken.Record, error) {
	if err := s.checkReady(ctx); err != nil {
		return nil, err
	}
	if err := checkLimit(limit); err != nil {
		return nil, err
	}
	if err := checkTime("end", end); err != nil || end.IsZero() {
		return nil, err
	}
	purge := s.deleteReturning
	if s.dialect == MySQL {
		purge = s.lockAndDelete
	}
	var purged []transfertoken.Record
	err := s.retry(ctx, func() (err error) {
		purged, err = s.inTransaction(ctx, func(tx *sql.Tx) ([]transfertoken.Record, error) {
			return purge(ctx, tx, end, limit)
		})
		return err
	})
	return purged, err
}

// inTransaction makes a call in a transaction, and rolls back if it fails. So a row
// that cannot be read is not deleted.
func (s *Store) inTransaction(
	ctx context.Context, call func(*sql.Tx) ([]transfertoken.Record, error),
) ([]transfertoken.Record, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	records, err := call(tx)
	if err != nil {
		return nil, err
	}
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	return records, nil
}

// deleteExpired are the statements that return the rows they delete. ARRAY makes
// PostgreSQL run the inner query once. It could run that of an IN for every row.
var deleteExpired = map[Dialect]string{
	PostgreSQL: "DELETE FROM {table} WHERE id = ANY (ARRAY(SELECT id FROM {table} WHERE expires_at <= ? " +
		"ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)) RETURNING " + columns,
	SQLite: "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE expires_at <= ? " +
		"ORDER BY expires_at LIMIT ?) RETURNING " + columns,
}

// deleteReturning deletes records and returns them, with one statement.
func (s *Store) deleteReturning(
	ctx context.Context, tx *sql.Tx, end time.Time, limit int,
) ([]transfertoken.Record, error) {
	rows, err := tx.QueryContext(ctx, s.dialect.query(deleteExpired[s.dialect], s.table), end.UnixMilli(), limit)
	if err != nil {
		return nil, err
	}
	return scanAll(rows)
}

// lockAndDelete reads records with a lock, and then deletes them. MySQL has no
// DELETE that returns the rows.
func (s *Store) lockAndDelete(
	ctx context.Context, tx *sql.Tx, end time.Time, limit int,
) ([]transfertoken.Record, error) {
	const expired = "SELECT " + columns + " FROM {table} WHERE expires_at <= ? ORDER BY expires_at LIMIT ? FOR UPDATE"
	rows, err := tx.QueryContext(ctx, s.dialect.query(expired+" SKIP LOCKED", s.table), end.UnixMilli(), limit)
	if err != nil && mysqlNumber(err) == "1064" { // ER_PARSE_ERROR of an older server
		rows, err = tx.QueryContext(ctx, s.dialect.query(expired, s.table), end.UnixMilli(), limit)
	}
	if err != nil {
		return nil, err
	}
	records, err := scanAll(rows)
	if err != nil || len(records) == 0 {
		return nil, err
	}
	ids := make([]any, len(records))
	for i := range records {
		ids[i] = s.idArg(records[i].ID)
	}
	remove := "DELETE FROM {table} WHERE id IN (" + parameters(len(ids)) + ")"
	_, err = tx.ExecContext(ctx, s.dialect.query(remove, s.table), ids...)
	return records, err
}
