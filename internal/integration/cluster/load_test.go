//go:build linux

package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// load makes and revokes tokens on some instances, uses them on all, and counts what
// must not happen.
type load struct {
	writers []*transfertoken.TokenService                 // take all calls
	readers atomic.Pointer[[]*transfertoken.TokenService] // take Authorize

	stop context.CancelFunc
	wait sync.WaitGroup

	calls, failures  atomic.Int64
	stale, early     atomic.Int64 // revoked and accepted; good and refused
	created, deleted atomic.Int64

	mu      sync.Mutex
	kept    map[uuid.UUID]string // acknowledged and not revoked
	revoked map[uuid.UUID]string
	wrong   []error // refusals that no call deserved
	texts   map[string]int
	slowest time.Duration
}

// startLoad starts goroutines that go on until finish is called.
func startLoad(writers []*transfertoken.TokenService, goroutines int, readers ...*transfertoken.TokenService) *load {
	ctx, stop := context.WithCancel(context.Background())
	l := &load{writers: writers, stop: stop,
		kept: make(map[uuid.UUID]string), revoked: make(map[uuid.UUID]string), texts: make(map[string]int)}
	l.read(readers...)
	for i := range goroutines {
		l.wait.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				l.round(ctx, i, n)
			}
		})
	}
	return l
}

// read replaces the instances that only take Authorize.
func (l *load) read(readers ...*transfertoken.TokenService) { l.readers.Store(&readers) }

// call makes a call with a deadline, as a request has, and notes how it went. It
// reports whether it was done.
func (l *load) call(make func(context.Context) error) (done bool, err error) {
	// A call under way when the load ends comes to its own end.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	start := time.Now()
	err = make(ctx)
	took := time.Since(start)
	l.calls.Add(1)
	l.mu.Lock()
	l.slowest = max(l.slowest, took)
	failed := err != nil && !isRefusal(err)
	if failed {
		l.failures.Add(1)
		text, _, _ := strings.Cut(err.Error(), "\n")
		l.texts[text]++
	}
	l.mu.Unlock()
	if failed {
		<-time.After(backOff)
	}
	return err == nil, err
}

// backOff is how long a caller lets the database be after a failure.
const backOff = 10 * time.Millisecond

// round makes a token, uses it on every instance, and revokes most of them.
func (l *load) round(ctx context.Context, i, n int) {
	home := l.writers[(i+n)%len(l.writers)]
	var issued transfertoken.Issued
	created, err := l.call(func(ctx context.Context) (err error) {
		issued, err = home.Create(ctx, newPushToken(fmt.Sprintf("%d-%d-%s", i, n, uuid.NewString())))
		return err
	})
	if !created {
		l.require(err, nil)
		return
	}
	l.created.Add(1)
	id, secret := issued.Token.ID, issued.Secret.Reveal()
	l.use(secret, &l.early, nil)
	if n%4 == 0 {
		l.mu.Lock()
		l.kept[id] = secret
		l.mu.Unlock()
		return
	}
	for try := 1; ; try++ {
		home := l.writers[(i+n+try)%len(l.writers)]
		done, err := l.call(func(ctx context.Context) error { return home.Delete(ctx, id, transfertoken.AnyRevision) })
		if done || errors.Is(err, transfertoken.ErrNotFound) {
			break
		}
		l.require(err, nil)
		if ctx.Err() != nil {
			return // nobody knows what became of it
		}
	}
	l.deleted.Add(1)
	l.use(secret, &l.stale, transfertoken.ErrUnauthorized)
	l.mu.Lock()
	l.revoked[id] = secret
	l.mu.Unlock()
}

// use presents a secret to every instance. It counts answers other than want.
func (l *load) use(secret string, wrong *atomic.Int64, want error) {
	for i := 0; ; i++ {
		services := slices.Concat(l.writers, *l.readers.Load())
		if i >= len(services) {
			return
		}
		svc := services[i]
		_, err := l.call(func(ctx context.Context) error {
			_, err := svc.Authorize(ctx, secret, transfertoken.Push)
			return err
		})
		if (err == nil || isRefusal(err)) && !errors.Is(err, want) {
			wrong.Add(1)
		}
	}
}

// require notes a refusal that the call did not deserve.
func (l *load) require(err, want error) {
	if isRefusal(err) && !errors.Is(err, want) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.wrong = append(l.wrong, err)
	}
}

// progress waits until n more tokens were created and revoked.
func (l *load) progress(t testing.TB, n int64) {
	t.Helper()
	before := l.deleted.Load()
	require.NoError(t, poll(func() error {
		if l.deleted.Load() < before+n {
			return fmt.Errorf("%d tokens were revoked and not %d", l.deleted.Load()-before, n)
		}
		return nil
	}))
}

// finish ends the load and fails the test if anything was lost, accepted or refused
// that should not have been, here or now on any of the instances.
func (l *load) finish(t *testing.T, everywhere ...*transfertoken.TokenService) {
	t.Helper()
	l.stop()
	l.wait.Wait()
	t.Logf("%d calls, %d created, %d revoked; %d failed; %d stale, %d early; slowest %v",
		l.calls.Load(), l.created.Load(), l.deleted.Load(), l.failures.Load(), l.stale.Load(), l.early.Load(),
		l.slowest.Round(time.Millisecond))
	for text, n := range l.texts {
		t.Logf("%6d × %s", n, text)
	}
	require.Empty(t, l.wrong)
	require.Zero(t, l.stale.Load(), "revoked tokens were accepted")
	require.Zero(t, l.early.Load(), "good tokens were refused")
	for _, svc := range everywhere {
		there := make(map[uuid.UUID]bool)
		for token, err := range svc.All(t.Context()) {
			require.NoError(t, err)
			there[token.ID] = true
		}
		for id := range l.kept {
			require.True(t, there[id], "an acknowledged token is lost")
		}
		for id := range l.revoked {
			require.False(t, there[id], "a revoked token is back")
		}
		requireAll(t, svc, l.kept, nil)
		requireAll(t, svc, l.revoked, transfertoken.ErrUnauthorized)
	}
}

// requireAll presents some hundred of the secrets.
func requireAll(t *testing.T, svc *transfertoken.TokenService, secrets map[uuid.UUID]string, want error) {
	t.Helper()
	n := 0
	for _, secret := range secrets {
		_, err := svc.Authorize(t.Context(), secret, transfertoken.Push)
		require.ErrorIs(t, err, want)
		if n++; n == 200 {
			return
		}
	}
}

// revoke makes tokens on the writers in turn, revokes them in every way, and presents
// them to the readers at once. It returns how many calls of Authorize and Recheck
// accepted what was revoked, and how many there were.
func revoke(t *testing.T, writers, readers []*transfertoken.TokenService, rounds int) (stale, calls int) {
	t.Helper()
	for i := range rounds {
		here := writers[i%len(writers)]
		issued, err := here.Create(t.Context(), newPushToken(uuid.NewString()))
		require.NoError(t, err)
		secret := issued.Secret.Reveal()
		var grants []transfertoken.Grant
		for _, svc := range readers {
			grant, err := svc.Authorize(t.Context(), secret, transfertoken.Push)
			for err != nil { // without causal reads it may not be there yet
				require.ErrorIs(t, err, transfertoken.ErrUnauthorized)
				grant, err = svc.Authorize(t.Context(), secret, transfertoken.Push)
			}
			grants = append(grants, grant)
		}
		want := transfertoken.ErrUnauthorized
		switch i % 3 {
		case 0:
			require.NoError(t, here.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision))
		case 1:
			_, err = here.Regenerate(t.Context(), issued.Token.ID, transfertoken.AnyRevision)
			require.NoError(t, err)
		case 2:
			narrowed := transfertoken.Pull
			_, err = here.Update(t.Context(), issued.Token.ID, transfertoken.Changes{Permissions: &narrowed})
			require.NoError(t, err)
			want = transfertoken.ErrForbidden
		}
		for k := range readers {
			// The node after the one that wrote is asked first.
			n := (i + 1 + k) % len(readers)
			_, err := readers[n].Authorize(t.Context(), secret, transfertoken.Push)
			for _, err := range []error{err, grants[n].Recheck(t.Context())} {
				calls++
				if err == nil {
					stale++
					continue
				}
				require.ErrorIs(t, err, want)
			}
		}
	}
	return stale, calls
}
