package transfertoken_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// readOnly fails the writes of Authorize as the store of a standby does.
func (f *fixture) readOnly() {
	f.spy.hook(func(call string) error {
		if call == "Touch" || call == "Rekey" {
			return fmt.Errorf("a standby: %w", transfertoken.ErrReadOnly)
		}
		return nil
	}, nil)
}

// warnings returns how many warnings there were since the last call.
func (f *fixture) warnings() int {
	n := 0
	for _, e := range f.takeEvents() {
		if e.Kind == transfertoken.EventWarning {
			n++
		}
	}
	return n
}

func TestReadOnlyStoreIsAskedToWriteOncePerTouchIntervalAndToken(t *testing.T) {
	for _, test := range []struct {
		name     string
		interval time.Duration // of Options
		every    time.Duration
		salt     transfertoken.Salt
		writes   []string // of the first use
	}{
		{"last use", 0, time.Minute, testSalt, []string{"Touch"}},
		{"last use, seldom", time.Hour, time.Hour, testSalt, []string{"Touch"}},
		{"new digest", -1, time.Minute, otherSalt, []string{"Rekey"}},
		{"both", time.Hour, time.Hour, otherSalt, []string{"Touch", "Rekey"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := transfertoken.NewMemoryStore()
			_, a := newFixtureOn(t, store, test.salt, nil).issue(t, "a", transfertoken.Push, transfertoken.Days7)
			_, b := newFixtureOn(t, store, test.salt, nil).issue(t, "b", transfertoken.Push, transfertoken.Days7)
			opts := &transfertoken.Options{TouchInterval: test.interval}
			if test.salt != testSalt {
				opts.OtherSalts = []transfertoken.Salt{test.salt}
			}
			f := newFixtureOn(t, store, testSalt, opts)
			f.readOnly()
			use := func(secret string, want []string, when string) {
				t.Helper()
				require.NoError(t, f.authorize(t, secret, transfertoken.Push))
				require.Equal(t, want, f.spy.takeCalls()[1:], when)
				require.Equal(t, len(want), f.warnings(), when)
			}
			use(a, test.writes, "first")
			use(a, []string{}, "at once")
			use(b, test.writes, "another token")
			f.clock.Advance(test.every - time.Millisecond)
			use(a, []string{}, "just before the interval ends")
			f.clock.Advance(time.Millisecond)
			use(a, test.writes, "when the interval has ended")

			f.spy.hook(nil, nil) // the standby becomes the primary
			use(a, []string{}, "at once")
			f.clock.Advance(test.every)
			require.NoError(t, f.authorize(t, a, transfertoken.Push))
			require.Equal(t, test.writes, f.spy.takeCalls()[1:])
			require.Zero(t, f.warnings())
		})
	}
}

func TestReadOnlyStoreIsAskedAgainAfterAClockWasAhead(t *testing.T) {
	f := newFixture(t, nil)
	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.readOnly()
	f.clock.Set(start.AddDate(0, 0, 6))
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	f.clock.Set(start)
	f.spy.takeCalls()
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	require.Equal(t, []string{"FindByDigest", "Touch"}, f.spy.takeCalls())
}

// A lock is over sooner than TouchInterval.
func TestWritesThatFailForAnotherReasonAreTriedAtTheNextUse(t *testing.T) {
	f := newFixture(t, nil)
	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.spy.hook(func(call string) error {
		if call == "Touch" {
			return errors.New("lock timeout")
		}
		return nil
	}, nil)
	for range 3 {
		f.spy.takeCalls()
		require.NoError(t, f.authorize(t, secret, transfertoken.Push))
		require.Equal(t, []string{"FindByDigest", "Touch"}, f.spy.takeCalls())
	}
}

func TestDeleteOfAMissingTokenAsksTheStoreToConfirmIt(t *testing.T) {
	f := newFixture(t, nil)
	token, _ := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	require.NoError(t, f.Delete(t.Context(), token.ID, transfertoken.AnyRevision))
	f.takeEvents()
	for _, revision := range []int64{transfertoken.AnyRevision, 1, -1} {
		f.spy.takeCalls()
		require.Equal(t, transfertoken.ErrNotFound, f.Delete(t.Context(), token.ID, revision))
		require.Equal(t, []string{"Get", "Delete"}, f.spy.takeCalls())
	}
	require.Empty(t, f.takeEvents())
	f.spy.hook(func(call string) error {
		if call == "Delete" {
			return errStore
		}
		return nil
	}, nil)
	require.ErrorIs(t, f.Delete(t.Context(), token.ID, transfertoken.AnyRevision), errStore)
}
