//go:build linux

package cluster_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync/atomic"

	"github.com/go-sql-driver/mysql"
)

// errorCounter counts the errors with a number that a server of MySQL reports to
// statements.
type errorCounter struct {
	number uint16
	seen   atomic.Int64
}

func (c *errorCounter) note(err error) {
	var reported *mysql.MySQLError
	if errors.As(err, &reported) && reported.Number == c.number {
		c.seen.Add(1)
	}
}

// connector returns a connector whose prepared statements are watched.
func (c *errorCounter) connector(inner driver.Connector) driver.Connector {
	return countedConnector{inner, c}
}

type countedConnector struct {
	driver.Connector
	*errorCounter
}

func (c countedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countedConn{conn.(mysqlConn), c.errorCounter}, nil
}

// mysqlConn are the methods of the driver's connections that database/sql looks for.
type mysqlConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnBeginTx
	driver.SessionResetter
	driver.Validator
	driver.NamedValueChecker
}

type countedConn struct {
	mysqlConn
	*errorCounter
}

func (c countedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.mysqlConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return countedStmt{stmt.(mysqlStmt), c.errorCounter}, nil
}

type mysqlStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
	driver.NamedValueChecker
}

type countedStmt struct {
	mysqlStmt
	*errorCounter
}

func (s countedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	result, err := s.mysqlStmt.ExecContext(ctx, args)
	s.note(err)
	return result, err
}
