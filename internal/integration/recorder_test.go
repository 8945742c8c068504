package integration

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// recorder is a connector that notes the text of every prepared statement that
// is executed.
type recorder struct {
	driver driver.Driver
	dsn    string

	mu    sync.Mutex
	texts []string
}

// record returns a database and what notes its statements.
func (p place) record(t testing.TB) (*sql.DB, *recorder) {
	t.Helper()
	r := &recorder{driver: p.open(t).Driver(), dsn: p.dsn}
	db := sql.OpenDB(r)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, r
}

// take returns what was noted since it was called last.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	texts := r.texts
	r.texts = nil
	return texts
}

func (r *recorder) note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.texts = append(r.texts, text)
}

func (r *recorder) Driver() driver.Driver { return r.driver }

func (r *recorder) Connect(context.Context) (driver.Conn, error) {
	conn, err := r.driver.Open(r.dsn)
	return recorderConn{conn, r}, err
}

type recorderConn struct {
	driver.Conn
	recorder *recorder
}

func (c recorderConn) Prepare(text string) (driver.Stmt, error) {
	stmt, err := c.Conn.Prepare(text)
	return recorderStmt{stmt, c.recorder, text}, err
}

type recorderStmt struct {
	driver.Stmt
	recorder *recorder
	text     string
}

func (s recorderStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.recorder.note(s.text)
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

func (s recorderStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.recorder.note(s.text)
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}
