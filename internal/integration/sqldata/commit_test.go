package sqldata_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

// A lossyConnector makes connections whose answers to a commit are lost while lost is set.
type lossyConnector struct {
	inner   driver.Driver
	name    string
	lost    bool
	reaches bool // whether the commit reaches the database
	answer  error
}

func (c *lossyConnector) Driver() driver.Driver { return c.inner }

func (c *lossyConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.inner.Open(c.name)
	if err != nil {
		return nil, err
	}
	return lossyConn{
		conn, conn.(driver.ConnBeginTx), conn.(driver.ConnPrepareContext), conn.(driver.ExecerContext),
		conn.(driver.QueryerContext), c,
	}, nil
}

type lossyConn struct {
	driver.Conn
	beginner driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	connector *lossyConnector
}

func (c lossyConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.beginner.BeginTx(ctx, opts)
	return lossyTx{tx, c.connector}, err
}

type lossyTx struct {
	driver.Tx
	connector *lossyConnector
}

func (tx lossyTx) Commit() error {
	switch {
	case !tx.connector.lost:
		return tx.Tx.Commit()
	case tx.connector.reaches:
		_ = tx.Tx.Commit()
	default:
		_ = tx.Tx.Rollback()
	}
	return tx.connector.answer
}

// TestCommitWithoutAnAnswer needs a driver that loses answers, as no server does that when it is asked to.
func TestCommitWithoutAnAnswer(t *testing.T) {
	for name, reaches := range map[string]bool{"that was done": true, "that was not done": false} {
		t.Run(name, func(t *testing.T) {
			d, dir := backends[0].open(t), t.TempDir()
			x := d.instance(t, d.shopConfig(dir))
			push(t, x, sampleOf(t, x, 1))

			connector := &lossyConnector{inner: d.Driver(), name: d.source, reaches: reaches, answer: io.ErrUnexpectedEOF}
			db := sql.OpenDB(connector)
			defer db.Close()
			lossy, err := sqldata.New(db, sqldata.SQLite, d.shopConfig(dir))
			require.NoError(t, err)
			connector.lost = true
			require.ErrorIs(t, tryPush(t, lossy, sampleOf(t, x, 2), datatransfer.Scope{}), datatransfer.ErrCommitUnknown)
			connector.lost = false

			require.Len(t, foldersIn(t, dir), 2, "each of them may be the current one")
			if reaches {
				requireHolds(t, x, sampleOf(t, x, 2))
			} else {
				requireHolds(t, x, sampleOf(t, x, 1))
			}
			require.NoError(t, x.Migrate(t.Context()))
			require.Len(t, foldersIn(t, dir), 1)
			push(t, lossy, sampleOf(t, x, 3))
			requireHolds(t, x, sampleOf(t, x, 3))
			require.Len(t, foldersIn(t, dir), 1)
		})
	}
}

// stateError is an error of PostgreSQL, or of a pool in front of it.
type stateError string

func (e stateError) Error() string { return "SQLSTATE " + string(e) }

func (e stateError) SQLState() string { return string(e) }

// A server that stops, or a pool that has lost it, answers with an error of its own.
func TestCommitWithAnAnswerThatLeavesItOpen(t *testing.T) {
	b := backends[2]
	b.need(t)
	for state, known := range map[stateError]bool{"08P01": false, "08006": false, "57P02": false, "40003": false, "23503": true} {
		t.Run(string(state), func(t *testing.T) {
			d, dir := b.open(t), t.TempDir()
			x := d.instance(t, d.shopConfig(dir))
			push(t, x, sampleOf(t, x, 1))
			connector := &lossyConnector{inner: d.Driver(), name: d.source, lost: true, reaches: !known, answer: state}
			db := sql.OpenDB(connector)
			defer db.Close()
			lossy, err := sqldata.New(db, b.dialect, d.shopConfig(dir))
			require.NoError(t, err)
			err = tryPush(t, lossy, sampleOf(t, x, 2), datatransfer.Scope{})
			require.Error(t, err)
			require.Equal(t, known, !errors.Is(err, datatransfer.ErrCommitUnknown), err)
		})
	}
}
