package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

// key names an operation that is timed.
type key struct {
	where  string // a store, or empty if there is none
	what   string
	tokens int // 0 if their number makes no difference
	cores  int // 0 means one
}

func (k key) String() string {
	parts := []string{k.what}
	if k.where != "" {
		parts = append(parts, k.where)
	}
	if k.tokens > 0 {
		parts = append(parts, report.Count(k.tokens)+" tokens")
	}
	if k.cores > 0 {
		parts = append(parts, report.Plural(k.cores, "core"))
	}
	return strings.Join(parts, ", ")
}

// sample is a number of operations and the time that they took.
type sample struct {
	operations int
	spent      time.Duration
}

func (s *sample) add(more sample) {
	s.operations += more.operations
	s.spent += more.spent
}

func (s sample) perOperation() float64 { return float64(s.spent) / float64(s.operations) }

// series is an operation that gets turns, or several that alternate call by call.
type series interface {
	keys() []key
	measure(time.Duration) ([]sample, error) // one sample for each key
	allocations() ([]float64, error)         // per operation, for each key
}

// repeated repeats one operation in each of its workers.
type repeated struct {
	key     key
	workers []*worker
}

// worker calls an operation in batches that are long enough to hide the clock.
type worker struct {
	operations func(n int) error
	batch      int
}

// newRepeated returns a series with one worker for each core of its key.
func newRepeated(k key, newOperations func() func(n int) error) *repeated {
	s := &repeated{key: k}
	for range max(1, k.cores) {
		s.workers = append(s.workers, &worker{newOperations(), 1})
	}
	return s
}

// newCheck returns a series of checks of the secrets, one after the other and from the start again.
func newCheck(k key, secrets []string, want bool, newCheck func() func(secret string) bool) *repeated {
	return newRepeated(k, func() func(n int) error {
		check, next := newCheck(), 0
		return func(n int) error {
			for range n {
				if check(secrets[next]) != want {
					return fmt.Errorf("%v: wrong answer", k)
				}
				if next++; next == len(secrets) {
					next = 0
				}
			}
			return nil
		}
	})
}

func (s *repeated) keys() []key { return []key{s.key} }

func (s *repeated) measure(d time.Duration) ([]sample, error) {
	if s.key.cores > 0 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(s.key.cores))
	}
	samples, errs := make([]sample, len(s.workers)), make([]error, len(s.workers))
	var done sync.WaitGroup
	begin := time.Now()
	for i, w := range s.workers {
		done.Go(func() { samples[i], errs[i] = w.work(begin, d) })
	}
	done.Wait()
	var total sample
	for i, one := range samples {
		if errs[i] != nil {
			return nil, errs[i]
		}
		total.operations += one.operations
		total.spent = max(total.spent, one.spent)
	}
	return []sample{total}, nil
}

func (w *worker) work(begin time.Time, d time.Duration) (sample, error) {
	var total sample
	for total.spent < d {
		before := total.spent
		if err := w.operations(w.batch); err != nil {
			return sample{}, err
		}
		total.operations += w.batch
		total.spent = time.Since(begin)
		if total.spent-before < d/100 {
			w.batch *= 2
		}
	}
	return total, nil
}

func (s *repeated) allocations() ([]float64, error) {
	w := s.workers[0]
	n := min(max(w.batch, 10), 100)
	counted, err := countAllocations(n, func() error { return w.operations(n) })
	return []float64{counted / float64(n)}, err
}

func countAllocations(runs int, call func() error) (float64, error) {
	var failed error
	counted := testing.AllocsPerRun(runs, func() {
		if failed == nil {
			failed = call()
		}
	})
	return counted, failed
}

// alternating calls two operations one after the other and times each.
type alternating struct {
	pair [2]key
	call [2]func() error
}

func (a *alternating) keys() []key { return a.pair[:] }

func (a *alternating) measure(d time.Duration) ([]sample, error) {
	samples := make([]sample, len(a.call))
	for samples[0].spent+samples[1].spent < 2*d {
		for i, call := range a.call {
			begin := time.Now()
			if err := call(); err != nil {
				return nil, fmt.Errorf("%v: %w", a.pair[i], err)
			}
			samples[i].add(sample{1, time.Since(begin)})
		}
	}
	return samples, nil
}

func (a *alternating) allocations() ([]float64, error) {
	all := make([]float64, len(a.call))
	for i, call := range a.call {
		var err error
		if all[i], err = countAllocations(100, call); err != nil {
			return nil, err
		}
	}
	return all, nil
}
