package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/tokens"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// database is the table that is measured, and a connection that observes it.
type database struct {
	*sql.DB
	dsn         string
	table       string
	application string // of the connections that are observed
	salt        transfertoken.Salt
}

// openDatabase connects, and makes nothing yet.
func openDatabase(ctx context.Context, dsn string) (*database, error) {
	table := "scaling_" + strings.ToLower(rand.Text())
	observer, err := openDB(dsn, "scaling observer", 2, false)
	if err != nil {
		return nil, err
	}
	if err := observer.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("PostgreSQL does not answer: %w", err), observer.Close())
	}
	return &database{observer, dsn, table, table, transfertoken.GenerateSalt()}, nil
}

// openDB returns a pool of connections that pg_stat_activity shows under a name.
func openDB(dsn, application string, connections int, unprepared bool) (*sql.DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = application
	if unprepared {
		config.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// drop drops the table, also when ctx has ended, and closes the connection.
func (db *database) drop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	_, err := db.exec(ctx, "DROP TABLE IF EXISTS {table}, {table}_schema")
	return errors.Join(err, db.Close())
}

// openStore returns a store with connections of its own, which are observed.
func (db *database) openStore(connections int) (*sqlstore.Store, *sql.DB, error) {
	pool, err := openDB(db.dsn, db.application, connections, false)
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlstore.New(pool, sqlstore.PostgreSQL, &sqlstore.Options{Table: db.table})
	return store, pool, err
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

// awaitQuiet waits until the observed connections have ended. Then their work is in the statistics.
func (db *database) awaitQuiet(ctx context.Context) error {
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

// counters are statistics of PostgreSQL.
type counters struct {
	updates int64 // rows of the table that were updated since it was made
	hot     int64 // of these, without a write to an index
	images  int64 // of whole pages in the write-ahead log
	wal     int64 // position in the write-ahead log, in bytes
}

// counters waits until the observed connections have ended.
func (db *database) counters(ctx context.Context) (c counters, err error) {
	if err := db.awaitQuiet(ctx); err != nil {
		return c, err
	}
	err = db.row(ctx, "SELECT n_tup_upd, n_tup_hot_upd, (SELECT wal_fpi FROM pg_stat_wal) "+
		"FROM pg_stat_user_tables WHERE relid = '{table}'::regclass", &c.updates, &c.hot, &c.images)
	if err != nil {
		return c, err
	}
	c.wal, err = db.wal(ctx)
	return c, err
}

func (db *database) wal(ctx context.Context) (bytes int64, err error) {
	err = db.row(ctx, "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint", &bytes)
	return bytes, err
}

// relation is a table or an index.
type relation struct {
	name  string
	bytes int64
}

// sizes are the bytes that the tokens take on the disk.
type sizes struct {
	relations []relation // the table, then its indexes
	total     int64
	onLastUse int // indexes that have last_used_at
	blocks    int // of 8 kB, that the look-up by a digest reads
}

func (db *database) sizes(ctx context.Context) (s sizes, err error) {
	err = db.row(ctx, "SELECT pg_total_relation_size('{table}'), "+
		"(SELECT count(*) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid "+
		"WHERE i.indrelid = '{table}'::regclass AND a.attname = 'last_used_at')", &s.total, &s.onLastUse)
	if err != nil {
		return s, err
	}
	rows, err := db.QueryContext(ctx, "SELECT '', pg_table_size($1::regclass) UNION ALL "+
		"(SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index "+
		"WHERE indrelid = $1::regclass ORDER BY 1)", db.table)
	if err != nil {
		return s, err
	}
	defer rows.Close()
	names := map[string]string{
		"": "table", db.table + "_pkey": "index of the IDs", db.table + "_name_key": "index of the names",
		db.table + "_digest_key": "index of the digests", db.table + "_expires_at_idx": "index of the expiry",
	}
	for rows.Next() {
		var r relation
		if err := rows.Scan(&r.name, &r.bytes); err != nil {
			return s, err
		}
		if name, ok := names[r.name]; ok {
			r.name = name
		}
		s.relations = append(s.relations, r)
	}
	if err := rows.Err(); err != nil {
		return s, err
	}
	digest := db.salt.Digest(tokens.Secret(1))
	var plan []byte
	explain := "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM " + db.table + " WHERE digest = $1"
	err = db.QueryRowContext(ctx, explain, digest[:]).Scan(&plan)
	if err != nil {
		return s, err
	}
	s.blocks, err = parseBlocks(plan)
	return s, err
}

// parseBlocks returns how many blocks a plan has read.
func parseBlocks(explained []byte) (int, error) {
	var plans []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	if err := json.Unmarshal(explained, &plans); err != nil {
		return 0, err
	}
	n := 0
	for _, p := range plans {
		n += p.Plan.Hit + p.Plan.Read
	}
	return n, nil
}
