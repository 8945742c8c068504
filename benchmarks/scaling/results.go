package main

import (
	"slices"
	"time"
)

// results is everything that was measured.
type results struct {
	settings   settings
	machine    machine
	fill       time.Duration
	create     time.Duration // Migrate, when the table is not there
	sizes      sizes         // of the table as it was filled
	worn       int64         // bytes of the table and its indexes after all the writes
	touches    []touchCost
	rounds     map[cell][]step
	vacuums    []vacuum
	operations operations
	took       time.Duration
}

// cell is one place in the tables.
type cell struct {
	workload int
	load     load
}

// at is the median of the rounds, each number by itself.
func (r *results) at(workload int, l load) step {
	rounds := r.rounds[cell{workload, l}]
	of := func(get func(step) float64) float64 {
		var values []float64
		for _, s := range rounds {
			values = append(values, get(s))
		}
		return median(values)
	}
	perCall := func(get func(usage) float64) float64 {
		return of(func(s step) float64 { return get(s.usage) / float64(s.calls) })
	}
	done := step{
		perSecond:  of(func(s step) float64 { return s.perSecond }),
		p50:        time.Duration(of(func(s step) float64 { return float64(s.p50) })),
		p99:        time.Duration(of(func(s step) float64 { return float64(s.p99) })),
		writes:     of(func(s step) float64 { return s.writes }),
		walPerCall: of(func(s step) float64 { return s.walPerCall }),
		calls:      1,
	}
	done.usage = usage{
		known:    !slices.ContainsFunc(rounds, func(s step) bool { return !s.usage.known }),
		backends: perCall(func(u usage) float64 { return u.backends }),
		writers:  perCall(func(u usage) float64 { return u.writers }),
		clients:  perCall(func(u usage) float64 { return u.clients }),
		machine:  perCall(func(u usage) float64 { return u.machine }),
	}
	return done
}

// best is the load under which a workload did most, and what it did.
func (r *results) best(workload int) (best load, done step) {
	for _, l := range r.settings.loads {
		if s := r.at(workload, l); s.perSecond > done.perSecond {
			best, done = l, s
		}
	}
	return best, done
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	if n == 0 {
		return 0
	}
	return (values[(n-1)/2] + values[n/2]) / 2
}
