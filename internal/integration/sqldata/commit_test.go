package sqldata_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
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
	return io.ErrUnexpectedEOF
}

// TestCommitWithoutAnAnswer needs a driver that loses answers, as no server does that when it is asked to.
func TestCommitWithoutAnAnswer(t *testing.T) {
	for name, reaches := range map[string]bool{"that was done": true, "that was not done": false} {
		t.Run(name, func(t *testing.T) {
			d, dir := backends[0].open(t), t.TempDir()
			x := d.instance(t, d.shopConfig(dir))
			push(t, x, sampleOf(t, x, 1))

			connector := &lossyConnector{inner: d.Driver(), name: d.source, reaches: reaches}
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
