package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
)

// run measures everything and writes it down.
func run(ctx context.Context, s settings, out, progress io.Writer) error {
	r, err := measure(ctx, s, func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) })
	if err != nil {
		return err
	}
	if s.out == "" {
		_, err := io.WriteString(out, skeleton(r.blocks()))
		return err
	}
	return r.save(s.out)
}

func measure(ctx context.Context, s settings, progress func(string, ...any)) (r *results, err error) {
	start := time.Now()
	if s.dsn == "" {
		return nil, errors.New(postgresVariable + " is not set")
	}
	db, err := openDatabase(ctx, s.dsn)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.drop(ctx)) }()
	r = &results{settings: s}
	if r.machine, err = db.machine(ctx); err != nil {
		return nil, err
	}
	for _, l := range s.loads {
		const spare = 5 // for the watcher and for the superuser
		if l.total()+spare > r.machine.maxConnections {
			return nil, fmt.Errorf("%v is more than the %d connections that PostgreSQL takes", l, r.machine.maxConnections)
		}
	}
	ids, err := db.prepare(ctx, s, progress, r)
	if err != nil {
		return nil, err
	}
	if r.touches, err = db.measureTouches(ctx, ids, s.touches, "pages filled to 100 %"); err != nil {
		return nil, err
	}
	if err := db.measureSteps(ctx, s, progress, r); err != nil {
		return nil, err
	}
	if err := db.row(ctx, "SELECT pg_total_relation_size('{table}')", &r.worn); err != nil {
		return nil, err
	}
	progress("writes into a table with room in its pages")
	if err := db.measureRoomy(ctx, s, ids, r); err != nil {
		return nil, err
	}
	progress("Migrate, List, Salts, PurgeExpired")
	if r.operations, err = db.measureOperations(ctx, ids); err != nil {
		return nil, err
	}
	progress("MemoryStore")
	if r.operations.memoryPerOne, err = memoryPerToken(ctx, s.tokens); err != nil {
		return nil, err
	}
	r.took = time.Since(start)
	return r, nil
}

// prepare makes and fills the table.
func (db *database) prepare(ctx context.Context, s settings, progress func(string, ...any), r *results) ([]uuid.UUID, error) {
	store, pool, err := db.pool(1)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if r.create, err = timed(func() error { return store.Migrate(ctx) }); err != nil {
		return nil, err
	}
	progress("filling %s with %d tokens", db.table, s.tokens)
	var ids []uuid.UUID
	r.fill, err = timed(func() (err error) { ids, err = db.fill(ctx, s.tokens); return err })
	if err != nil {
		return nil, err
	}
	if _, err := db.exec(ctx, "VACUUM (ANALYZE) {table}"); err != nil {
		return nil, err
	}
	r.sizes, err = db.sizes(ctx)
	return ids, err
}

// measureRoomy writes the table anew so that every page has room for a row to
// move to.
func (db *database) measureRoomy(ctx context.Context, s settings, ids []uuid.UUID, r *results) error {
	for _, statement := range []string{"ALTER TABLE {table} SET (fillfactor = 90)", "VACUUM (FULL, ANALYZE) {table}"} {
		if _, err := db.exec(ctx, statement); err != nil {
			return err
		}
	}
	costs, err := db.measureTouches(ctx, ids, s.touches, "to 90 % (`fillfactor`)")
	r.touches = append(r.touches, costs...)
	return err
}
