package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// database is the table that is measured, and a connection that watches it.
type database struct {
	*sql.DB
	dsn         string
	table       string
	application string // of the connections that are watched
	salt        transfertoken.Salt
}

// openDatabase connects, and makes nothing yet.
func openDatabase(ctx context.Context, dsn string) (*database, error) {
	table := "scaling_" + strings.ToLower(rand.Text())
	watcher, err := openDB(dsn, "scaling watcher", 2, false)
	if err != nil {
		return nil, err
	}
	if err := watcher.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("PostgreSQL does not answer: %w", err), watcher.Close())
	}
	return &database{watcher, dsn, table, table, transfertoken.GenerateSalt()}, nil
}

// drop drops the table also when ctx has ended, and closes the connection.
func (db *database) drop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	_, err := db.ExecContext(ctx, fmt.Sprintf("DROP TABLE IF EXISTS %[1]s, %[1]s_schema", db.table))
	return errors.Join(err, db.Close())
}

// pool returns a store with connections of its own, which are watched.
func (db *database) pool(connections int) (*sqlstore.Store, *sql.DB, error) {
	pool, err := openDB(db.dsn, db.application, connections, false)
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlstore.New(pool, sqlstore.PostgreSQL, &sqlstore.Options{Table: db.table})
	return store, pool, err
}

func (db *database) pids(ctx context.Context, where string, args ...any) (pids []int, err error) {
	rows, err := db.QueryContext(ctx, "SELECT pid FROM pg_stat_activity WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, rows.Err()
}

// quiet waits until the watched connections have ended: then what they did is
// in the statistics.
func (db *database) quiet(ctx context.Context) error {
	for {
		pids, err := db.pids(ctx, "application_name = $1", db.application)
		if err != nil || len(pids) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// exec runs a statement with the table for {table} and returns how long it took.
func (db *database) exec(ctx context.Context, statement string, args ...any) (time.Duration, error) {
	start := time.Now()
	_, err := db.ExecContext(ctx, strings.ReplaceAll(statement, "{table}", db.table), args...)
	return time.Since(start), err
}

// row scans one row.
func (db *database) row(ctx context.Context, query string, dests ...any) error {
	return db.QueryRowContext(ctx, strings.ReplaceAll(query, "{table}", db.table)).Scan(dests...)
}

// updates are how many rows of the table were updated since it was made.
type updates struct{ all, hot int64 }

func (db *database) updates(ctx context.Context) (u updates, err error) {
	err = db.row(ctx, "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relid = '{table}'::regclass", &u.all, &u.hot)
	return u, err
}

// wal is the position in the write-ahead log, in bytes.
func (db *database) wal(ctx context.Context) (bytes int64, err error) {
	err = db.row(ctx, "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint", &bytes)
	return bytes, err
}
