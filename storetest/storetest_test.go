package storetest_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/storetest"
)

func TestMemoryStore(t *testing.T) {
	storetest.Run(t, func(testing.TB) transfertoken.Store { return transfertoken.NewMemoryStore() }, nil)
}

// The store in which faults are planted has none by itself.
func TestPlain(t *testing.T) {
	storetest.Run(t, func(testing.TB) transfertoken.Store { return newPlain() }, &storetest.Options{
		SecondHandle: func(_ testing.TB, first transfertoken.Store) transfertoken.Store {
			return &override{plain: first.(*plain)}
		},
	})
}

func TestFaultsAreCaught(t *testing.T) {
	for _, f := range faults {
		t.Run(f.caughtBy+"/"+strings.ReplaceAll(f.fault, " ", "_"), func(t *testing.T) {
			r := &recorder{TB: t}
			r.watch(func() {
				storetest.Try(r, f.caughtBy, func(testing.TB) transfertoken.Store { return f.store(newPlain()) },
					f.options())
			})
			require.NotEmpty(t, r.failures, "a store that %s", f.fault)
			require.True(t, strings.HasPrefix(r.failures[0], "rule: "), r.failures[0])
			require.Contains(t, r.failures[0], "\nseen: ")
			t.Log(r.failures[0])
		})
	}
}

func TestEveryCheckCatchesAFault(t *testing.T) {
	var catching []string
	seen := make(map[string]bool)
	for _, f := range faults {
		if !seen[f.caughtBy] {
			seen[f.caughtBy] = true
			catching = append(catching, f.caughtBy)
		}
	}
	require.ElementsMatch(t, storetest.CheckNames(), catching)
}

func TestChecksHaveDistinctNames(t *testing.T) {
	seen := make(map[string]bool)
	for _, name := range storetest.CheckNames() {
		require.Regexp(t, `^[a-z]+(-[a-z]+)*$`, name)
		require.False(t, seen[name], name)
		seen[name] = true
	}
}

func TestOptions(t *testing.T) {
	var made, opened []transfertoken.Store
	newStore := func(testing.TB) transfertoken.Store {
		made = append(made, newPlain())
		return made[len(made)-1]
	}
	opts := &storetest.Options{SecondHandle: func(_ testing.TB, first transfertoken.Store) transfertoken.Store {
		opened = append(opened, first)
		return first
	}}
	t.Run("suite", func(t *testing.T) { storetest.Run(t, newStore, opts) })
	require.Len(t, made, len(storetest.CheckNames()), "one store for each check")
	require.Equal(t, made, opened, "opened again, each once")
}

// The context of the calls ends with that of the test, so this does not take as
// long as patience.
func TestHangingStore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := &recorder{TB: t, ctx: ctx}
	r.watch(func() {
		storetest.Try(r, "touch-sets-last-used", func(testing.TB) transfertoken.Store {
			return &override{plain: newPlain(), create: func(ctx context.Context, _ record) error {
				cancel()
				<-ctx.Done()
				return ctx.Err()
			}}
		}, nil)
	})
	require.Len(t, r.failures, 1)
	require.Contains(t, r.failures[0], context.Canceled.Error())
}

// recorder is a testing.TB that keeps the failures.
type recorder struct {
	testing.TB
	ctx      context.Context // nil means that of TB
	failures []string
}

// watch calls f in a goroutine, because Fatalf ends it.
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
