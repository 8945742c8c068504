package integration

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// sessions is a connector that reports the number that the server gives to each new
// connection.
type sessions struct {
	driver  driver.Driver
	dsn     string
	dialect sqlstore.Dialect
	opened  func(id string)
}

// ownSession are the queries for the number of a connection.
var ownSession = map[sqlstore.Dialect]string{
	sqlstore.PostgreSQL: "SELECT pg_backend_pid()",
	sqlstore.MySQL:      "SELECT CONNECTION_ID()",
}

// openSessions returns a database that reports its connections to opened.
func openSessions(driverName, dsn string, dialect sqlstore.Dialect, opened func(id string)) (*sql.DB, error) {
	db, err := sql.Open(driverName, dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return sql.OpenDB(&sessions{db.Driver(), dsn, dialect, opened}), nil
}

func (s *sessions) Driver() driver.Driver { return s.driver }

func (s *sessions) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := s.driver.Open(s.dsn)
	if err != nil {
		return nil, err
	}
	if query := ownSession[s.dialect]; query != "" {
		rows, err := conn.(driver.QueryerContext).QueryContext(ctx, query, nil)
		if err != nil {
			return nil, err
		}
		var id [1]driver.Value
		if err := rows.Next(id[:]); err != nil {
			return nil, err
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
		if text, ok := id[0].([]byte); ok {
			id[0] = string(text)
		}
		s.opened(fmt.Sprint(id[0]))
	}
	return conn, nil
}

// endSession ends a connection, as a server that shuts down does.
func (tbl testTable) endSession(t testing.TB, db *sql.DB, id string) {
	t.Helper()
	query := "KILL " + id
	if tbl.dialect == sqlstore.PostgreSQL {
		query = "SELECT pg_terminate_backend(" + id + ")"
	}
	// It may have ended by itself.
	_, _ = db.ExecContext(t.Context(), query)
}

// awaitSessionEnd waits until the server has noticed that a connection is closed and
// has finished its last statement.
func (tbl testTable) awaitSessionEnd(t testing.TB, db *sql.DB, id string) {
	t.Helper()
	query := "SELECT COUNT(*) FROM information_schema.processlist WHERE id = " + id
	if tbl.dialect == sqlstore.PostgreSQL {
		query = "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = " + id
	}
	for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
		var n int
		require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
		if n == 0 {
			tick.Stop()
			return
		}
	}
}

// onEveryConnection executes a statement on all connections of a pool.
func onEveryConnection(t *testing.T, db *sql.DB, conns int, statement string) {
	t.Helper()
	var held []*sql.Conn
	for range conns {
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		held = append(held, conn)
	}
	for _, conn := range held {
		_, err := conn.ExecContext(t.Context(), statement)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
}
