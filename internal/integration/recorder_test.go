package integration

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// recorder is a connector that records every statement and its error.
type recorder struct {
	driver driver.Driver
	dsn    string
	before func(text string) // is called before each statement, unless it is nil

	mu       sync.Mutex
	executed []executed
}

type executed struct {
	text string
	err  error
}

// openRecorded returns a database and the recorder of its statements.
func (tbl testTable) openRecorded(t testing.TB) (*sql.DB, *recorder) {
	t.Helper()
	r := &recorder{driver: tbl.openDB(t).Driver(), dsn: tbl.dsn}
	db := sql.OpenDB(r)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, r
}

// take returns the texts of the statements since it was called last.
func (r *recorder) take() []string {
	var texts []string
	for _, e := range r.takeAll() {
		texts = append(texts, e.text)
	}
	return texts
}

// takeAll is like take, and returns the errors too.
func (r *recorder) takeAll() []executed {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.executed
	r.executed = nil
	return taken
}

// recordCall makes a call that executes a statement, and records it. ErrSkip means
// that the driver has not executed it.
func recordCall[T any](r *recorder, text string, call func() (T, error)) (T, error) {
	if r.before != nil {
		r.before(text)
	}
	result, err := call()
	if err != driver.ErrSkip {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.executed = append(r.executed, executed{text, err})
	}
	return result, err
}

func (r *recorder) Driver() driver.Driver { return r.driver }

func (r *recorder) Connect(context.Context) (driver.Conn, error) {
	conn, err := r.driver.Open(r.dsn)
	if err != nil {
		return nil, err
	}
	return recorderConn{conn, r}, nil
}

type recorderConn struct {
	driver.Conn
	recorder *recorder
}

func (c recorderConn) Prepare(text string) (driver.Stmt, error) {
	stmt, err := c.Conn.Prepare(text)
	return recorderStmt{stmt, c.recorder, text}, err
}

func (c recorderConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

func (c recorderConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	return recordCall(c.recorder, text, func() (driver.Rows, error) {
		return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
	})
}

func (c recorderConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	return recordCall(c.recorder, text, func() (driver.Result, error) {
		return c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
	})
}

type recorderStmt struct {
	driver.Stmt
	recorder *recorder
	text     string
}

func (s recorderStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return recordCall(s.recorder, s.text, func() (driver.Rows, error) {
		return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	})
}

func (s recorderStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return recordCall(s.recorder, s.text, func() (driver.Result, error) {
		return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	})
}
