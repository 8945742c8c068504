package sqlstore

import (
	"context"
	"database/sql"
	"sync/atomic"
)

// statement is a query that is prepared when it is first used. database/sql
// prepares it again on every further connection.
type statement struct {
	text     string
	once     bool // not worth preparing
	prepared atomic.Pointer[sql.Stmt]
}

// prepare returns the prepared statement. When several callers come first, one
// of their statements stays.
func (q *statement) prepare(ctx context.Context, db *sql.DB) (*sql.Stmt, error) {
	if stmt := q.prepared.Load(); stmt != nil {
		return stmt, nil
	}
	stmt, err := db.PrepareContext(ctx, q.text)
	if err != nil {
		return nil, err
	}
	if !q.prepared.CompareAndSwap(nil, stmt) {
		stmt.Close()
		return q.prepared.Load(), nil
	}
	return stmt, nil
}

func (s *Store) rows(ctx context.Context, q *statement, args ...any) (*sql.Rows, error) {
	if s.noPrepare || q.once {
		return s.db.QueryContext(ctx, q.text, args...)
	}
	stmt, err := q.prepare(ctx, s.db)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// exec returns how many rows were written.
func (s *Store) exec(ctx context.Context, q *statement, args ...any) (int64, error) {
	var result sql.Result
	var err error
	if s.noPrepare || q.once {
		result, err = s.db.ExecContext(ctx, q.text, args...)
	} else {
		var stmt *sql.Stmt
		if stmt, err = q.prepare(ctx, s.db); err == nil {
			result, err = stmt.ExecContext(ctx, args...)
		}
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
