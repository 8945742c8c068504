package main

import (
	"context"
	"slices"
	"time"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

// results is everything that was measured.
type results struct {
	settings settings
	server   server
	sizes    sizes // of the table as it was filled
	worn     int64 // bytes of the table and its indexes after all the writes
	touches  []touchCost
	rounds   map[cell][]step
	vacuums  []vacuum
	took     time.Duration

	create         time.Duration // Migrate, when the table is not there
	fill           time.Duration
	migrate        time.Duration // when there is nothing to do
	page           time.Duration // of 100 tokens from anywhere, the median
	salts          time.Duration
	purge          time.Duration
	purged         int
	memoryPerToken float64 // bytes of a token in a MemoryStore
}

// cell is one place in the tables.
type cell struct {
	workload int
	load     load
}

// step is the measurement of one workload under one load.
type step struct {
	perSecond  float64
	p50, p99   time.Duration
	writes     float64 // rows updated per second
	walPerCall float64 // bytes
	calls      int
	usage      usage
}

// touchCost is the average cost of one write of LastUsedAt.
type touchCost struct {
	name   string
	wal    float64 // bytes
	hot    float64 // share of writes that write no index
	images float64 // page images in the write-ahead log
}

type vacuum struct {
	dead int64
	took time.Duration
}

// server describes a PostgreSQL.
type server struct {
	version        string
	maxConnections int
	settings       []string
}

func (db *database) server(ctx context.Context) (s server, err error) {
	err = db.row(ctx, "SELECT current_setting('server_version'), current_setting('max_connections')::int", &s.version,
		&s.maxConnections)
	if err != nil {
		return s, err
	}
	for _, name := range []string{
		"shared_buffers", "max_connections", "fsync", "synchronous_commit", "full_page_writes", "wal_compression",
		"autovacuum", "max_wal_size",
	} {
		var value string
		if err := db.row(ctx, "SELECT current_setting('"+name+"')", &value); err != nil {
			return s, err
		}
		s.settings = append(s.settings, "`"+name+"="+value+"`")
	}
	return s, nil
}

// at returns the median of the rounds, each number by itself. Its usage is that of one call.
func (r *results) at(workload int, l load) step {
	rounds := r.rounds[cell{workload, l}]
	median := func(get func(step) float64) float64 {
		var values []float64
		for _, s := range rounds {
			values = append(values, get(s))
		}
		return report.Median(values)
	}
	perCall := func(get func(usage) float64) float64 {
		return median(func(s step) float64 { return get(s.usage) / float64(s.calls) })
	}
	return step{
		perSecond:  median(func(s step) float64 { return s.perSecond }),
		p50:        time.Duration(median(func(s step) float64 { return float64(s.p50) })),
		p99:        time.Duration(median(func(s step) float64 { return float64(s.p99) })),
		writes:     median(func(s step) float64 { return s.writes }),
		walPerCall: median(func(s step) float64 { return s.walPerCall }),
		calls:      1,
		usage: usage{
			known:    !slices.ContainsFunc(rounds, func(s step) bool { return !s.usage.known }),
			backends: perCall(func(u usage) float64 { return u.backends }),
			writers:  perCall(func(u usage) float64 { return u.writers }),
			clients:  perCall(func(u usage) float64 { return u.clients }),
			machine:  perCall(func(u usage) float64 { return u.machine }),
		},
	}
}

// best returns the load under which a workload did most, and its step.
func (r *results) best(workload int) (best load, done step) {
	for _, l := range r.settings.loads {
		if s := r.at(workload, l); s.perSecond > done.perSecond {
			best, done = l, s
		}
	}
	return best, done
}

// walRange returns the least and the most that a write has cost, in bytes.
func (r *results) walRange() (low, high float64) {
	for i, c := range r.touches {
		if i == 0 || c.wal < low {
			low = c.wal
		}
		high = max(high, c.wal)
	}
	return low, high
}
