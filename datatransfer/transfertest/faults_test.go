package transfertest_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// A fault is planted in a MemoryInstance and must be caught by the check that names it.
type fault struct {
	caughtBy string
	fault    string // what the instance does
	instance func(t testing.TB) transfertest.Instance
}

var faults = slices.Concat(dataFaults, scopeFaults, failureFaults, lifecycleFaults, isolationFaults, sourceFaults)

func TestFaultsAreCaught(t *testing.T) {
	transfertest.WaitForGoroutines(t, time.Second)
	for _, f := range faults {
		t.Run(f.caughtBy+"/"+strings.ReplaceAll(f.fault, " ", "_"), func(t *testing.T) {
			r := &recorder{TB: t}
			r.watch(func() { transfertest.Try(r, f.caughtBy, f.instance) })
			require.NotEmpty(t, r.failures, "an instance that %s", f.fault)
			require.True(t, strings.HasPrefix(r.failures[0], "rule: "), r.failures[0])
			require.Contains(t, r.failures[0], "\nseen: ")
			t.Log(r.failures[0])
		})
	}
}

func TestEveryCheckCatchesAFault(t *testing.T) {
	var catching []string
	for _, f := range faults {
		if !slices.Contains(catching, f.caughtBy) {
			catching = append(catching, f.caughtBy)
		}
	}
	require.ElementsMatch(t, transfertest.CheckNames(), catching)
}

func TestChecksHaveDistinctNames(t *testing.T) {
	names := transfertest.CheckNames()
	for i, name := range names {
		require.Regexp(t, `^[a-z]+(-[a-z]+)*$`, name)
		require.Equal(t, i, slices.Index(names, name), name)
	}
}

// recorder is a testing.TB that keeps what it is told.
type recorder struct {
	testing.TB
	ctx      context.Context // nil: that of TB
	failures []string
	skipped  bool
}

// watch calls f in a goroutine, which Fatalf ends.
func (r *recorder) watch(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

func (r *recorder) Helper() {}

func (r *recorder) Context() context.Context {
	if r.ctx != nil {
		return r.ctx
	}
	return r.TB.Context()
}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skip(...any) {
	r.skipped = true
	runtime.Goexit()
}

// changingData returns an instance that yields something else than it was given.
func changingData(change func(*transfertest.Snapshot)) func(testing.TB) transfertest.Instance {
	return withSource(func(b *mutant, _ *source) datatransfer.Source {
		data := b.Snapshot()
		change(data)
		return data.Source()
	})
}

// withSource returns an instance whose sources are broken.
func withSource(plant func(*mutant, *source) datatransfer.Source) func(testing.TB) transfertest.Instance {
	return func(testing.TB) transfertest.Instance { return &mutant{source: plant} }
}

// withDestination returns an instance whose destinations are broken.
func withDestination(plant func(*mutant, *destination)) func(testing.TB) transfertest.Instance {
	return func(testing.TB) transfertest.Instance {
		return &mutant{destination: func(b *mutant, d *destination) datatransfer.Destination {
			plant(b, d)
			return d
		}}
	}
}

// changingStart returns an instance that takes a transfer for another one.
func changingStart(change func(*datatransfer.Start)) func(testing.TB) transfertest.Instance {
	return withDestination(func(_ *mutant, d *destination) {
		d.begin = func(ctx context.Context, start datatransfer.Start) error {
			change(&start)
			return d.Destination.Begin(ctx, start)
		}
	})
}
