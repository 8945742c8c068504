package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// step is what was measured of one workload under one load.
type step struct {
	perSecond  float64
	p50, p99   time.Duration
	writes     float64 // rows updated per second
	walPerCall float64 // bytes
	calls      int
	usage      usage
}

// measureStep lets instances work for a while.
func (db *database) measureStep(ctx context.Context, s settings, w int, l load) (done step, err error) {
	aged := time.Now()
	if workloads[w].aged {
		if err := db.age(ctx, workloads[w], s.tokens, aged); err != nil {
			return step{}, err
		}
	}
	if err := db.quiet(ctx); err != nil {
		return step{}, err
	}
	before, err := db.updates(ctx)
	if err != nil {
		return step{}, err
	}
	f, err := launch(ctx, l.instances, job{
		DSN: db.dsn, Application: db.application, Table: db.table, Salt: []byte(db.salt),
		Tokens: s.tokens, Workload: w, Connections: l.connections, WarmUp: s.warmUp, Time: s.time,
	})
	if err != nil {
		return step{}, err
	}
	allCalls, err := db.observe(ctx, f, &done)
	sinceAged := time.Since(aged).Seconds()
	if err = errors.Join(err, f.end()); err != nil {
		return step{}, err
	}
	if err := db.quiet(ctx); err != nil {
		return step{}, err
	}
	after, err := db.updates(ctx)
	writes := float64(after.all - before.all)
	if workloads[w].aged { // tokens have been falling due ever since
		done.writes = writes / sinceAged
	} else { // the warm-up wrote as well, and as often
		done.writes = writes / float64(allCalls) * done.perSecond
	}
	return done, err
}

// observe measures while f works. It returns the number of calls with those
// of the warm-up.
func (db *database) observe(ctx context.Context, f fleet, done *step) (allCalls int, err error) {
	m, err := db.meter(ctx, f.pids())
	if err != nil {
		return 0, err
	}
	walBefore, err := db.wal(ctx)
	if err != nil {
		return 0, err
	}
	usageBefore := m.read()
	tallies, err := f.work()
	if err != nil {
		return 0, err
	}
	done.usage = m.read().sub(usageBefore)
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

// age spreads the last uses of the tokens in use over the minute before now, as
// they are after a while.
func (db *database) age(ctx context.Context, w workload, tokens int, now time.Time) error {
	names := make([]string, w.used(tokens))
	for i := range names {
		names[i] = name(w.number(i, tokens))
	}
	// By a connection that ends: its updates must not be counted later.
	pool, err := openDB(db.dsn, db.application, 1, false)
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, "UPDATE "+db.table+" SET last_used_at = $1 - (random() * 60000)::bigint WHERE name = ANY ($2)",
		now.UnixMilli(), names)
	return errors.Join(err, pool.Close())
}

// vacuum is what autovacuum does in time.
type vacuum struct {
	dead int64
	took time.Duration
}

func (db *database) vacuum(ctx context.Context) (v vacuum, err error) {
	err = db.row(ctx, "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = '{table}'::regclass", &v.dead)
	if err != nil {
		return vacuum{}, err
	}
	v.took, err = db.exec(ctx, "VACUUM (ANALYZE) {table}")
	return v, err
}

// measureSteps runs all workloads under all loads, in turns.
func (db *database) measureSteps(ctx context.Context, s settings, progress func(string, ...any), r *results) error {
	r.rounds = make(map[cell][]step)
	for round := range s.rounds {
		for _, l := range s.loads {
			for w := range workloads {
				done, err := db.measureStep(ctx, s, w, l)
				if err != nil {
					return fmt.Errorf("%s, %v: %w", workloads[w].name, l, err)
				}
				r.rounds[cell{w, l}] = append(r.rounds[cell{w, l}], done)
				progress("round %d, %v, %s: %.0f/s, p50 %v, p99 %v", round+1, l, workloads[w].name, done.perSecond, done.p50, done.p99)
			}
		}
		v, err := db.vacuum(ctx)
		if err != nil {
			return err
		}
		r.vacuums = append(r.vacuums, v)
	}
	return nil
}
