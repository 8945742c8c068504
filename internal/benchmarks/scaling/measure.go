package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/tokens"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// measure makes and fills the table, and measures everything.
func (db *database) measure(ctx context.Context, s settings, progress func(string, ...any)) (r *results, err error) {
	start := time.Now()
	r = &results{settings: s, rounds: make(map[cell][]step)}
	if r.server, err = db.server(ctx); err != nil {
		return nil, err
	}
	for _, l := range s.loads {
		const spare = 5 // for the observer and for the superuser
		if l.total()+spare > r.server.maxConnections {
			return nil, fmt.Errorf("%v is more than the %d connections that PostgreSQL takes", l,
				r.server.maxConnections)
		}
	}
	store, pool, err := db.openStore(1)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if r.create, err = timed(func() error { return store.Migrate(ctx) }); err != nil {
		return nil, err
	}
	progress("filling %s with %d tokens", db.table, s.Tokens)
	var ids []uuid.UUID
	r.fill, err = timed(func() (err error) {
		ids, err = tokens.Fill(ctx, db.DB, sqlstore.PostgreSQL, db.table, db.salt, s.Tokens)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := pool.Close(); err != nil {
		return nil, err
	}
	if _, err := db.exec(ctx, "VACUUM (ANALYZE) {table}"); err != nil {
		return nil, err
	}
	if r.sizes, err = db.sizes(ctx); err != nil {
		return nil, err
	}
	if err := db.measureTouches(ctx, ids, "as Migrate makes the table", r); err != nil {
		return nil, err
	}
	if err := db.measureSteps(ctx, s, progress, r); err != nil {
		return nil, err
	}
	if err := db.row(ctx, "SELECT pg_total_relation_size('{table}')", &r.worn); err != nil {
		return nil, err
	}
	progress("Migrate, List, Salts, PurgeExpired")
	if err := db.measureCalls(ctx, ids, r); err != nil {
		return nil, err
	}
	progress("MemoryStore")
	r.memoryPerToken, err = memoryPerToken(ctx, s.Tokens)
	r.took = time.Since(start)
	return r, err
}

func timed(do func() error) (time.Duration, error) {
	start := time.Now()
	err := do()
	return time.Since(start), err
}

// measureSteps runs all workloads under all loads, in turns.
func (db *database) measureSteps(ctx context.Context, s settings, progress func(string, ...any), r *results) error {
	for round := range s.Rounds {
		for _, l := range s.loads {
			for w := range workloads {
				done, err := db.measureStep(ctx, s, w, l)
				if err != nil {
					return fmt.Errorf("%s, %v: %w", workloads[w].name, l, err)
				}
				r.rounds[cell{w, l}] = append(r.rounds[cell{w, l}], done)
				progress("round %d, %v, %s: %.0f/s, p50 %v, p99 %v", round+1, l, workloads[w].name, done.perSecond,
					done.p50, done.p99)
			}
		}
		// Autovacuum would do this in time.
		var v vacuum
		err := db.row(ctx, "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = '{table}'::regclass", &v.dead)
		if err != nil {
			return err
		}
		if v.took, err = db.exec(ctx, "VACUUM (ANALYZE) {table}"); err != nil {
			return err
		}
		r.vacuums = append(r.vacuums, v)
	}
	return nil
}

// measureStep lets instances work for a while.
func (db *database) measureStep(ctx context.Context, s settings, w int, l load) (done step, err error) {
	aged := time.Now()
	if workloads[w].aged {
		if err := db.age(ctx, workloads[w], s.Tokens, aged); err != nil {
			return step{}, err
		}
	}
	before, err := db.counters(ctx)
	if err != nil {
		return step{}, err
	}
	f, err := launch(ctx, l.instances, job{
		DSN: db.dsn, Application: db.application, Table: db.table, Salt: []byte(db.salt),
		Tokens: s.Tokens, Workload: w, Connections: l.connections, WarmUp: s.warmUp, Time: s.Time,
	})
	if err != nil {
		return step{}, err
	}
	allCalls, err := db.observe(ctx, f, &done)
	sinceAged := time.Since(aged).Seconds()
	if err = errors.Join(err, f.end()); err != nil {
		return step{}, err
	}
	after, err := db.counters(ctx)
	writes := float64(after.updates - before.updates)
	if workloads[w].aged { // tokens have been falling due ever since
		done.writes = writes / sinceAged
	} else { // the warm-up wrote as well, and as often
		done.writes = writes / float64(allCalls) * done.perSecond
	}
	return done, err
}

// observe measures while f works. It returns the number of calls with those of the warm-up.
func (db *database) observe(ctx context.Context, f fleet, done *step) (allCalls int, err error) {
	var clients []int
	for _, p := range f {
		clients = append(clients, p.cmd.Process.Pid)
	}
	observed, err := db.processes(ctx, clients)
	if err != nil {
		return 0, err
	}
	walBefore, err := db.wal(ctx)
	if err != nil {
		return 0, err
	}
	usageBefore := observed.usage()
	tallies, err := f.work()
	if err != nil {
		return 0, err
	}
	done.usage = observed.usage().sub(usageBefore)
	walAfter, err := db.wal(ctx)
	latencies := make(histogram)
	for _, t := range tallies {
		done.perSecond += float64(t.Calls) / t.Seconds
		done.calls += t.Calls
		allCalls += t.AllCalls
		latencies.merge(t.Latencies)
	}
	if done.calls == 0 {
		return 0, errors.New("no call ended within the time: give -time more")
	}
	done.p50, done.p99 = latencies.quantile(0.5), latencies.quantile(0.99)
	done.walPerCall = float64(walAfter-walBefore) / float64(done.calls)
	return allCalls, err
}

// age spreads the last uses of the tokens in use over the minute before now, as they are after a while.
func (db *database) age(ctx context.Context, w workload, n int, now time.Time) error {
	names := make([]string, w.used(n))
	for i := range names {
		names[i] = tokens.Name(w.number(i, n))
	}
	// A connection that ends does this, so that its updates are not counted later.
	pool, err := openDB(db.dsn, db.application, 1, false)
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, "UPDATE "+db.table+" SET last_used_at = "+
		"$1 - (random() * 60000)::bigint WHERE name = ANY ($2)",
		now.UnixMilli(), names)
	return errors.Join(err, pool.Close())
}

// measureTouches writes LastUsedAt of some tokens from anywhere once after a checkpoint, and once more.
func (db *database) measureTouches(ctx context.Context, ids []uuid.UUID, table string, r *results) error {
	if _, err := db.exec(ctx, "CHECKPOINT"); err != nil { // so that nothing from before is written meanwhile
		return err
	}
	chosen := make([]uuid.UUID, r.settings.touches)
	for i, k := range rand.Perm(len(ids))[:len(chosen)] {
		chosen[i] = ids[k]
	}
	for i, when := range []string{"just after a checkpoint", "again before the next one"} {
		before, err := db.counters(ctx)
		if err != nil {
			return err
		}
		if err := db.touch(ctx, chosen, time.Now().Add(time.Duration(i)*time.Millisecond)); err != nil {
			return err
		}
		after, err := db.counters(ctx)
		if err != nil {
			return err
		}
		n := float64(after.updates - before.updates)
		if n == 0 {
			return errors.New("nothing was written")
		}
		r.touches = append(r.touches, touchCost{
			name: table + ", " + when, wal: float64(after.wal-before.wal) / n,
			hot: float64(after.hot-before.hot) / n, images: float64(after.images-before.images) / n,
		})
	}
	return nil
}

func (db *database) touch(ctx context.Context, ids []uuid.UUID, at time.Time) error {
	const connections = 8
	store, pool, err := db.openStore(connections)
	if err != nil {
		return err
	}
	at = at.UTC().Truncate(time.Millisecond)
	var next atomic.Int64
	errs := make([]error, connections)
	var wait sync.WaitGroup
	for i := range connections {
		wait.Go(func() {
			for k := next.Add(1) - 1; k < int64(len(ids)) && errs[i] == nil; k = next.Add(1) - 1 {
				errs[i] = store.Touch(ctx, ids[k], at)
			}
		})
	}
	wait.Wait()
	return errors.Join(append(errs, pool.Close())...)
}

// measureCalls measures calls that are not made for every request. It lets a hundredth of the tokens expire.
func (db *database) measureCalls(ctx context.Context, ids []uuid.UUID, r *results) (err error) {
	store, pool, err := db.openStore(1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	svc, err := transfertoken.New(store, db.salt, nil)
	if err != nil {
		return err
	}
	readSalts := func() error { _, err := svc.Salts(ctx); return err }
	// The first calls open the connection, and make the ID of the salt once for the process.
	if err := errors.Join(store.Migrate(ctx), readSalts()); err != nil {
		return err
	}
	if r.migrate, err = timed(func() error { return store.Migrate(ctx) }); err != nil {
		return err
	}
	var pages []float64
	for range 200 {
		after := ids[rand.IntN(len(ids)-tokens.PageSize)]
		took, err := timed(func() error {
			_, err := svc.List(ctx, transfertoken.ListOptions{After: after, Limit: tokens.PageSize})
			return err
		})
		if err != nil {
			return err
		}
		pages = append(pages, float64(took))
	}
	r.page = time.Duration(report.Median(pages))
	if r.salts, err = timed(readSalts); err != nil {
		return err
	}
	var expired []string
	for number := 0; number < len(ids); number += 100 {
		expired = append(expired, tokens.Name(number))
	}
	_, err = db.exec(ctx, "UPDATE {table} SET expires_at = $1 WHERE name = ANY ($2)",
		time.Now().Add(-time.Hour).UnixMilli(), expired)
	if err != nil {
		return err
	}
	r.purge, err = timed(func() error { r.purged, err = svc.PurgeExpired(ctx, 0); return err })
	return err
}

// memoryPerToken returns the bytes of a token in a MemoryStore with n of them.
func memoryPerToken(ctx context.Context, n int) (float64, error) {
	before := tokens.Heap()
	store := transfertoken.NewMemoryStore()
	svc, err := transfertoken.New(store, transfertoken.GenerateSalt(), nil)
	if err != nil {
		return 0, err
	}
	for number := range n {
		if _, err := svc.Create(ctx, transfertoken.NewToken{
			Name: tokens.Name(number), Description: "made to fill the table", Permissions: transfertoken.FullAccess,
			Lifespan: transfertoken.Days30, CreatedBy: "fill",
		}); err != nil {
			return 0, err
		}
	}
	after := tokens.Heap()
	_, err = store.List(ctx, transfertoken.ListOptions{Limit: 1}) // keeps the store alive until here
	return (after - before) / float64(n), err
}
