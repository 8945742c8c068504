package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// fake is a driver that behaves as real databases do only by accident. answer
// returns the rows that a statement finds or changes. Without it there are none.
type fake struct {
	answer func(text string, args []driver.Value) ([][]driver.Value, error)

	// settings are the answer to SHOW VARIABLES, which is not recorded.
	settings map[string]string

	mu       sync.Mutex
	prepared []string
	executed []string
	closed   int
}

// store returns a store over f and a database that asks nothing else.
func (f *fake) store(t *testing.T, dialect sqlstore.Dialect, opts *sqlstore.Options) *sqlstore.Store {
	t.Helper()
	db := sql.OpenDB(f)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	store, err := sqlstore.New(db, dialect, opts)
	require.NoError(t, err)
	return store
}

// asked returns how often a statement was executed that starts with this.
func (f *fake) asked(prefix string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, text := range f.executed {
		if strings.HasPrefix(text, prefix) {
			n++
		}
	}
	return n
}

func (f *fake) Connect(context.Context) (driver.Conn, error) { return fakeConn{f}, nil }
func (f *fake) Driver() driver.Driver                        { return nil }

type fakeConn struct{ *fake }

func (c fakeConn) Prepare(text string) (driver.Stmt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.prepared = append(c.prepared, text)
	return fakeStmt{c.fake, text}, nil
}

func (c fakeConn) QueryContext(_ context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if strings.HasPrefix(text, "SHOW VARIABLES") {
		var rows [][]driver.Value
		for name, value := range c.settings {
			rows = append(rows, []driver.Value{name, value})
		}
		return newFakeRows(rows), nil
	}
	values := make([]driver.Value, len(args))
	for i := range args {
		values[i] = args[i].Value
	}
	return fakeStmt{c.fake, text}.Query(values)
}

func (fakeConn) Close() error { return nil }

func (fakeConn) Begin() (driver.Tx, error) { return fakeTx{}, nil }

type fakeTx struct{}

func (fakeTx) Commit() error   { return nil }
func (fakeTx) Rollback() error { return nil }

type fakeStmt struct {
	*fake
	text string
}

func (s fakeStmt) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed++
	return nil
}

func (fakeStmt) NumInput() int { return -1 }

func (s fakeStmt) run(args []driver.Value) ([][]driver.Value, error) {
	s.mu.Lock()
	s.executed = append(s.executed, s.text)
	s.mu.Unlock()
	if s.answer == nil {
		return nil, nil
	}
	return s.answer(s.text, args)
}

func (s fakeStmt) Query(args []driver.Value) (driver.Rows, error) {
	rows, err := s.run(args)
	return newFakeRows(rows), err
}

func (s fakeStmt) Exec(args []driver.Value) (driver.Result, error) {
	rows, err := s.run(args)
	return driver.RowsAffected(len(rows)), err
}

type fakeRows struct {
	columns int
	rows    [][]driver.Value
}

func newFakeRows(rows [][]driver.Value) *fakeRows {
	if len(rows) == 0 {
		return &fakeRows{}
	}
	return &fakeRows{len(rows[0]), rows}
}

func (r *fakeRows) Columns() []string { return make([]string, r.columns) }
func (*fakeRows) Close() error        { return nil }

func (r *fakeRows) Next(dest []driver.Value) error {
	if len(r.rows) == 0 {
		return io.EOF
	}
	copy(dest, r.rows[0])
	r.rows = r.rows[1:]
	return nil
}
