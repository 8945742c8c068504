package transfertoken_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestAuthorizeFollowsTheScope(t *testing.T) {
	const push, pull, full = transfertoken.Push, transfertoken.Pull, transfertoken.FullAccess
	f := newFixture(t, nil)
	secrets := map[transfertoken.Permissions]string{}
	for _, p := range []transfertoken.Permissions{push, pull, full} {
		_, secrets[p] = f.issue(t, p.String(), p, transfertoken.Days7)
	}
	allow := func(p, need transfertoken.Permissions) {
		require.NoError(t, f.authorize(t, secrets[p], need), "%v for %v", p, need)
	}
	deny := func(p, need transfertoken.Permissions) {
		require.ErrorIs(t, f.authorize(t, secrets[p], need), transfertoken.ErrForbidden, "%v for %v", p, need)
	}
	allow(push, push)
	deny(push, pull)
	deny(push, full)
	deny(pull, push)
	allow(pull, pull)
	deny(pull, full)
	allow(full, push)
	allow(full, pull)
	allow(full, full)
}

func TestAnUnknownNeedIsWrongUseBeforeTheSecretIsLookedAt(t *testing.T) {
	f := newFixture(t, nil)
	_, secret := f.issue(t, "n", transfertoken.FullAccess, transfertoken.Days7)
	f.spy.takeCalls()
	f.takeEvents()
	for need := range 256 {
		if need >= 1 && need <= 3 {
			continue
		}
		for _, text := range []string{secret, "", "nonsense"} {
			require.Equal(t, []string{"need"}, fieldsOf(t, f.authorize(t, text, transfertoken.Permissions(need))))
		}
	}
	require.Empty(t, f.spy.takeCalls())
	require.Empty(t, f.takeEvents())
}

func TestUnknownBitsFromAStoreGrantNothing(t *testing.T) {
	f := newFixture(t, nil)
	for i, p := range []transfertoken.Permissions{0, 4, transfertoken.Push | 4, transfertoken.FullAccess | 128, 255} {
		text := wellFormed[0][:5] + fmt.Sprintf("%043d", i)
		text += checksumOf(text)
		require.NoError(t, f.spy.Create(t.Context(), transfertoken.Record{
			Token: transfertoken.Token{
				ID:          uuid.New(),
				Name:        strconv.Itoa(i),
				Permissions: p,
				Lifespan:    transfertoken.Unlimited,
				Revision:    1,
			},
			Digest: testSalt.Digest(text),
		}))
		for _, need := range []transfertoken.Permissions{
			transfertoken.Push, transfertoken.Pull, transfertoken.FullAccess,
		} {
			require.ErrorIs(t, f.authorize(t, text, need), transfertoken.ErrForbidden)
		}
	}
}

// Harbor, NetBox and Grafana compared with ==, and a revoked token was answered
// sooner than an unknown one (GHSA-g474-2xxh-f747).
func TestEveryPresentedSecretTakesTheSameSteps(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt, thirdSalt}})
	_, good := f.issue(t, "good", transfertoken.Push, transfertoken.Days30)
	deleted, deletedSecret := f.issue(t, "deleted", transfertoken.Push, transfertoken.Days30)
	regenerated, replaced := f.issue(t, "regenerated", transfertoken.Push, transfertoken.Days30)
	_, expired := f.issue(t, "expired", transfertoken.Push, transfertoken.Days7)
	_, pullOnly := f.issue(t, "pull", transfertoken.Pull, transfertoken.Days30)
	suspended, suspendedSecret := f.issue(t, "suspended", transfertoken.Push, transfertoken.Days30)
	f.suspend(t, suspended.ID, true)
	require.NoError(t, f.Delete(t.Context(), deleted.ID, transfertoken.AnyRevision))
	_, err := f.Regenerate(t.Context(), regenerated.ID, transfertoken.AnyRevision)
	require.NoError(t, err)
	f.clock.Advance(8 * 24 * time.Hour)
	require.NoError(t, f.authorize(t, good, transfertoken.Push))

	for name, row := range map[string]struct {
		secret string
		err    error
	}{
		"good":        {good, nil},
		"unknown":     {wellFormed[0], transfertoken.ErrUnauthorized},
		"deleted":     {deletedSecret, transfertoken.ErrUnauthorized},
		"replaced":    {replaced, transfertoken.ErrUnauthorized},
		"expired":     {expired, transfertoken.ErrExpired},
		"suspended":   {suspendedSecret, transfertoken.ErrSuspended},
		"wrong scope": {pullOnly, transfertoken.ErrForbidden},
	} {
		f.spy.takeCalls()
		f.spy.digests = nil
		require.Equal(t, row.err, f.authorize(t, row.secret, transfertoken.Push), name)
		require.Equal(t, []string{"FindByDigest"}, f.spy.takeCalls(), "one look-up: "+name)
		require.Equal(t, [][]transfertoken.Digest{
			{testSalt.Digest(row.secret), otherSalt.Digest(row.secret), thirdSalt.Digest(row.secret)},
		},
			f.spy.digests,
			"one HMAC for each salt: "+name,
		)
	}
	require.ErrorIs(t, transfertoken.ErrExpired, transfertoken.ErrUnauthorized)
	require.ErrorIs(t, transfertoken.ErrSuspended, transfertoken.ErrUnauthorized)
}

// A store that returns the wrong record must not let anyone in.
func TestTheDigestThatCameBackIsCompared(t *testing.T) {
	f := newFixture(t, nil)
	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	record, err := f.spy.FindByDigest(t.Context(), []transfertoken.Digest{testSalt.Digest(secret)})
	require.NoError(t, err)
	for _, flip := range []int{0, 31, 63} {
		wrong := record
		wrong.Digest[flip] ^= 1
		svc, err := transfertoken.New(answering{transfertoken.NewMemoryStore(), wrong, nil}, testSalt,
			&transfertoken.Options{Now: f.clock.Now})
		require.NoError(t, err)
		_, err = svc.Authorize(t.Context(), secret, transfertoken.Push)
		require.Equal(t, transfertoken.ErrUnauthorized, err)
	}
	zero := record
	zero.Digest = transfertoken.Digest{}
	svc, err := transfertoken.New(answering{transfertoken.NewMemoryStore(), zero, nil}, testSalt,
		&transfertoken.Options{Now: f.clock.Now})
	require.NoError(t, err)
	_, err = svc.Authorize(t.Context(), secret, transfertoken.Push)
	require.Equal(t, transfertoken.ErrUnauthorized, err)
}

func TestARecordThatComesWithNotFoundLetsNobodyIn(t *testing.T) {
	f := newFixture(t, nil)
	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	record, err := f.spy.FindByDigest(t.Context(), []transfertoken.Digest{testSalt.Digest(secret)})
	require.NoError(t, err)
	confused := answering{transfertoken.NewMemoryStore(), record, transfertoken.ErrNotFound}
	svc, err := transfertoken.New(confused, testSalt, &transfertoken.Options{Now: f.clock.Now})
	require.NoError(t, err)
	_, err = svc.Authorize(t.Context(), secret, transfertoken.Push)
	require.Equal(t, transfertoken.ErrUnauthorized, err)
}

// answering is a store whose FindByDigest always returns record and err.
type answering struct {
	transfertoken.Store
	record transfertoken.Record
	err    error
}

func (a answering) FindByDigest(context.Context, []transfertoken.Digest) (transfertoken.Record, error) {
	return a.record, a.err
}

func TestExpiryCountsBeforeScope(t *testing.T) {
	f := newFixture(t, nil)
	token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.clock.Set(token.ExpiresAt.Add(-1))
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	require.ErrorIs(t, f.authorize(t, secret, transfertoken.Pull), transfertoken.ErrForbidden)
	f.clock.Set(token.ExpiresAt)
	require.ErrorIs(t, f.authorize(t, secret, transfertoken.Push), transfertoken.ErrExpired)
	require.ErrorIs(t, f.authorize(t, secret, transfertoken.Pull), transfertoken.ErrExpired)
}

func TestSuspensionCountsAfterExpiryAndBeforeScope(t *testing.T) {
	f := newFixture(t, nil)
	token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.suspend(t, token.ID, true)
	require.Equal(t, transfertoken.ErrSuspended, f.authorize(t, secret, transfertoken.Push))
	require.Equal(t, transfertoken.ErrSuspended, f.authorize(t, secret, transfertoken.Pull))
	f.clock.Set(token.ExpiresAt)
	require.Equal(t, transfertoken.ErrExpired, f.authorize(t, secret, transfertoken.Push))
}

func TestMalformedSecretsNeverReachTheStore(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}})
	for _, text := range malformed {
		require.Equal(t, transfertoken.ErrUnauthorized, f.authorize(t, text, transfertoken.Push), "%.80q", text)
	}
	require.Empty(t, f.spy.takeCalls())
}

func TestWellFormedSecretsWithAnyPrefixAreLookedUp(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{Prefix: "mine"})
	for _, text := range wellFormed {
		require.ErrorIs(t, f.authorize(t, text, transfertoken.Push), transfertoken.ErrUnauthorized)
		require.Equal(t, []string{"FindByDigest"}, f.spy.takeCalls())
	}
	store := transfertoken.NewMemoryStore()
	_, secret := newFixtureOn(t, store, testSalt,
		&transfertoken.Options{Prefix: "theirs"}).issue(t, "n", transfertoken.Push, transfertoken.Days7)
	mine := newFixtureOn(t, store, testSalt, &transfertoken.Options{Prefix: "mine"})
	require.NoError(t, mine.authorize(t, secret, transfertoken.Push))
}

func TestAStoreFailureIsNotARefusal(t *testing.T) {
	f := newFixture(t, nil)
	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.takeEvents()
	for _, failure := range []error{
		errStore,
		fmt.Errorf("%w: over another service", transfertoken.ErrUnauthorized),
		transfertoken.ErrExpired, transfertoken.ErrSuspended, transfertoken.ErrForbidden, transfertoken.ErrDisabled,
		&transfertoken.ValidationError{Fields: []transfertoken.FieldError{{Field: "limit", Problem: "must be lower"}}},
	} {
		f.spy.hook(func(string) error { return failure }, nil)
		err := f.authorize(t, secret, transfertoken.Push)
		require.ErrorContains(t, err, failure.Error())
		for _, verdict := range []error{
			transfertoken.ErrUnauthorized, transfertoken.ErrExpired, transfertoken.ErrSuspended,
			transfertoken.ErrForbidden, transfertoken.ErrDisabled, transfertoken.ErrInvalid,
		} {
			require.NotErrorIs(t, err, verdict)
		}
	}
	require.Empty(t, f.takeEvents())
}

func TestARefusalWritesNothing(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}})
	old := newFixtureOn(t, f.spy.Store, otherSalt, nil)
	_, secret := old.issue(t, "to be re-digested", transfertoken.Push, transfertoken.Days7)
	token, suspended := old.issue(t, "suspended", transfertoken.Push, transfertoken.Days7)
	old.suspend(t, token.ID, true)
	before, err := f.spy.Store.List(t.Context(), transfertoken.ListOptions{Limit: 10})
	require.NoError(t, err)

	require.ErrorIs(t, f.authorize(t, secret, transfertoken.Pull), transfertoken.ErrForbidden)
	require.ErrorIs(t, f.authorize(t, suspended, transfertoken.Push), transfertoken.ErrSuspended)
	f.clock.Advance(7 * 24 * time.Hour)
	require.ErrorIs(t, f.authorize(t, secret, transfertoken.Push), transfertoken.ErrExpired)
	require.ErrorIs(t, f.authorize(t, wellFormed[0], transfertoken.Push), transfertoken.ErrUnauthorized)
	require.Equal(t, []string{"FindByDigest", "FindByDigest", "FindByDigest", "FindByDigest"}, f.spy.takeCalls())
	after, err := f.spy.Store.List(t.Context(), transfertoken.ListOptions{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestLastUse(t *testing.T) {
	lastUsed := func(f *fixture, id uuid.UUID) time.Time {
		tokens, err := f.List(t.Context(), transfertoken.ListOptions{})
		require.NoError(t, err)
		for _, token := range tokens {
			if token.ID == id {
				require.Equal(t, int64(1), token.Revision)
				require.Equal(t, start, token.UpdatedAt)
				return token.LastUsedAt
			}
		}
		panic("not listed")
	}

	t.Run("is recorded at once, then at most once a minute, and of this token only", func(t *testing.T) {
		f := newFixture(t, nil)
		token, secret := f.issue(t, "used", transfertoken.Push, transfertoken.Days7)
		other, _ := f.issue(t, "not used", transfertoken.Push, transfertoken.Days7)
		require.Zero(t, lastUsed(f, token.ID))

		use := func(after time.Duration) time.Time {
			f.clock.Set(start.Add(after))
			require.NoError(t, f.authorize(t, secret, transfertoken.Push))
			return lastUsed(f, token.ID)
		}
		require.Equal(t, start, use(0))
		require.Equal(t, start, use(time.Second))
		require.Equal(t, start, use(time.Minute-time.Millisecond))
		require.Equal(t, start.Add(time.Minute), use(time.Minute))
		require.Equal(t, start.Add(time.Minute), use(2*time.Minute-1))
		require.Equal(t, start.Add(time.Hour), use(time.Hour))
		require.Equal(t, start.Add(time.Hour), use(time.Hour-time.Minute), "never backwards")
		require.Zero(t, lastUsed(f, other.ID))
	})

	t.Run("that a wrong clock recorded in the future is replaced", func(t *testing.T) {
		f := newFixture(t, nil)
		token, secret := f.issue(t, "used", transfertoken.Push, transfertoken.Unlimited)
		f.clock.Set(start.AddDate(1, 0, 0))
		require.NoError(t, f.authorize(t, secret, transfertoken.Push))
		require.Equal(t, start.AddDate(1, 0, 0), lastUsed(f, token.ID))

		f.clock.Set(start)
		grant, err := f.Authorize(t.Context(), secret, transfertoken.Push)
		require.NoError(t, err)
		require.Equal(t, start, grant.Token.LastUsedAt)
		require.Equal(t, start, lastUsed(f, token.ID))
		f.spy.takeCalls()
		require.NoError(t, f.authorize(t, secret, transfertoken.Push))
		require.Equal(t, []string{"FindByDigest"}, f.spy.takeCalls(), "and throttled again")
	})

	t.Run("follows TouchInterval", func(t *testing.T) {
		f := newFixture(t, &transfertoken.Options{TouchInterval: time.Hour})
		token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
		for range 59 {
			require.NoError(t, f.authorize(t, secret, transfertoken.Push))
			f.clock.Advance(time.Minute)
		}
		require.Equal(t, start, lastUsed(f, token.ID))

		never := newFixture(t, &transfertoken.Options{TouchInterval: -1})
		token, secret = never.issue(t, "n", transfertoken.Push, transfertoken.Days7)
		require.NoError(t, never.authorize(t, secret, transfertoken.Push))
		require.NotContains(t, never.spy.takeCalls(), "Touch")
		require.Zero(t, lastUsed(never, token.ID))
	})

	t.Run("is recorded at first also when the clock is at the beginning of time", func(t *testing.T) {
		f := newFixture(t, &transfertoken.Options{TouchInterval: 24 * time.Hour})
		f.clock.Set(time.Time{}.Add(time.Hour))
		token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
		require.NoError(t, f.authorize(t, secret, transfertoken.Push))
		token, err := f.Get(t.Context(), token.ID)
		require.NoError(t, err)
		require.Equal(t, f.clock.Now(), token.LastUsedAt)
	})

	t.Run("is in the Grant", func(t *testing.T) {
		f := newFixture(t, nil)
		_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
		grant, err := f.Authorize(t.Context(), secret, transfertoken.Push)
		require.NoError(t, err)
		require.Equal(t, start, grant.Token.LastUsedAt)
	})

	t.Run("that cannot be written is a warning, not a refusal", func(t *testing.T) {
		f := newFixture(t, nil)
		token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
		f.takeEvents()
		f.spy.hook(func(call string) error {
			if call == "Touch" {
				return errStore
			}
			return nil
		}, nil)
		require.NoError(t, f.authorize(t, secret, transfertoken.Push))
		events := f.takeEvents()
		require.Len(t, events, 2)
		require.Equal(t, transfertoken.EventWarning, events[0].Kind)
		require.Equal(t, token, events[0].Token)
		require.ErrorIs(t, events[0].Err, errStore)
		require.Equal(t, transfertoken.EventAuthorized, events[1].Kind)

		f.spy.hook(nil, nil)
		require.NoError(t, f.authorize(t, secret, transfertoken.Push))
		require.Equal(t, start, lastUsed(f, token.ID), "the next use tries again")
	})
}

// hangingStore waits in the writes of Authorize until their context ends.
type hangingStore struct{ transfertoken.Store }

func (s hangingStore) Touch(ctx context.Context, _ uuid.UUID, _ time.Time) error {
	<-ctx.Done()
	return ctx.Err()
}

func (s hangingStore) Rekey(ctx context.Context, _ uuid.UUID, _, _ transfertoken.Digest, _ string) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestAuthorizeWaitsShortlyForWritesThatHang(t *testing.T) {
	memory := transfertoken.NewMemoryStore()
	_, secret := newFixtureOn(t, memory, otherSalt, nil).issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f := newFixtureOn(t, hangingStore{memory}, testSalt,
		&transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}})
	synctest.Test(t, func(t *testing.T) {
		for _, timeout := range []time.Duration{time.Hour, time.Millisecond} {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			began := time.Now()
			grant, err := f.Authorize(ctx, secret, transfertoken.Push)
			require.NoError(t, err)
			require.Equal(t, 250*time.Millisecond, time.Since(began), "both writes together")
			require.Zero(t, grant.Token.LastUsedAt)
			cancel()

			events := f.takeEvents()
			require.Len(t, events, 3)
			for _, e := range events[:2] {
				require.Equal(t, transfertoken.EventWarning, e.Kind)
				require.ErrorIs(t, e.Err, context.DeadlineExceeded)
			}
			require.Equal(t, transfertoken.EventAuthorized, events[2].Kind)
		}
	})
}

func TestRegenerateWaitsShortlyForTheLastUseToBeCleared(t *testing.T) {
	memory := transfertoken.NewMemoryStore()
	token, _ := newFixtureOn(t, memory, testSalt, nil).issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f := newFixtureOn(t, hangingStore{memory}, testSalt, nil)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		issued, err := f.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision)
		require.NoError(t, err)
		require.Equal(t, 250*time.Millisecond, time.Since(began))
		require.NoError(t, f.authorize(t, issued.Secret.Reveal(), transfertoken.Push))
	})
}

// A client that closes its side right after the request still gets its data.
func TestAClientThatHangsUpDoesNotHideItsUse(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	token, secret := newFixtureOn(t, store, otherSalt, nil).issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f := newFixtureOn(t, store, testSalt, &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}})
	ctx, cancel := context.WithCancel(t.Context())
	f.spy.hook(nil, func(call string) error {
		if call == "FindByDigest" {
			cancel()
		}
		return nil
	})
	grant, err := f.Authorize(ctx, secret, transfertoken.Push)
	require.NoError(t, err)
	require.Equal(t, start, grant.Token.LastUsedAt)
	record, err := store.Get(t.Context(), token.ID)
	require.NoError(t, err)
	require.Equal(t, start, record.LastUsedAt)
	require.Equal(t, testSalt.Digest(secret), record.Digest)
	require.Equal(t, []transfertoken.EventKind{transfertoken.EventAuthorized}, f.kinds())

	ctx, cancel = context.WithCancel(t.Context())
	f.spy.hook(nil, func(call string) error {
		if call == "Update" {
			cancel()
		}
		return nil
	})
	issued, err := f.Regenerate(ctx, token.ID, transfertoken.AnyRevision)
	require.NoError(t, err)
	require.Zero(t, issued.Token.LastUsedAt)
	require.Equal(t, []transfertoken.EventKind{transfertoken.EventRegenerated}, f.kinds())
}

func TestASecretUnderAnotherSaltIsReDigestedOnUse(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	old := newFixtureOn(t, store, otherSalt, nil)
	token, secret := old.issue(t, "n", transfertoken.Push, transfertoken.Days7)

	f := newFixtureOn(t, store, testSalt,
		&transfertoken.Options{OtherSalts: []transfertoken.Salt{thirdSalt, otherSalt}})
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	require.Equal(t, []string{"FindByDigest", "Touch", "Rekey"}, f.spy.takeCalls())
	record, err := f.spy.Store.Get(t.Context(), token.ID)
	require.NoError(t, err)
	require.Equal(t, testSalt.Digest(secret), record.Digest)
	require.Equal(t, "5ac6a125", record.SaltID)
	require.Equal(t, token.Revision, record.Revision)
	require.Equal(t, token.UpdatedAt, record.UpdatedAt)

	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	require.Equal(t, []string{"FindByDigest"}, f.spy.takeCalls(), "once")
	require.ErrorIs(t, old.authorize(t, secret, transfertoken.Push), transfertoken.ErrUnauthorized,
		"who has the former salt only refuses it")
}

func TestARolloutOfANewSaltRefusesNobody(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	before := newFixtureOn(t, store, testSalt, nil)
	_, secret := before.issue(t, "n", transfertoken.Push, transfertoken.Days7)

	announced := newFixtureOn(t, store, testSalt, &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}})
	current := newFixtureOn(t, store, otherSalt, &transfertoken.Options{OtherSalts: []transfertoken.Salt{testSalt}})
	for range 3 {
		require.NoError(t, announced.authorize(t, secret, transfertoken.Push))
		require.NoError(t, current.authorize(t, secret, transfertoken.Push))
	}
	_, made := current.issue(t, "m", transfertoken.Push, transfertoken.Days7)
	require.NoError(t, announced.authorize(t, made, transfertoken.Push))
}

func TestARolloutOfANewSaltWritesEachTokenOnce(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	first := newFixtureOn(t, store, testSalt, &transfertoken.Options{NextSalt: otherSalt})
	second := newFixtureOn(t, store, otherSalt, &transfertoken.Options{OtherSalts: []transfertoken.Salt{testSalt}})
	const tokens = 5
	var secrets []string
	for i := range tokens {
		_, secret := first.issue(t, strconv.Itoa(i), transfertoken.Push, transfertoken.Days7)
		secrets = append(secrets, secret)
	}
	_, made := second.issue(t, "made under the new salt", transfertoken.Push, transfertoken.Days7)
	for range 20 {
		for _, secret := range append(secrets, made) {
			require.NoError(t, first.authorize(t, secret, transfertoken.Push))
			require.NoError(t, second.authorize(t, secret, transfertoken.Push))
		}
	}
	rekeys := func(f *fixture) int {
		n := 0
		for _, call := range f.spy.takeCalls() {
			if call == "Rekey" {
				n++
			}
		}
		return n
	}
	require.Equal(t, 0, rekeys(first))
	require.Equal(t, tokens, rekeys(second))

	finished := newFixtureOn(t, store, otherSalt, nil)
	for _, secret := range append(secrets, made) {
		require.NoError(t, finished.authorize(t, secret, transfertoken.Push))
	}
}

func TestNextSaltIsAcceptedAndTheDigestStaysUnderIt(t *testing.T) {
	for name, opts := range map[string]transfertoken.Options{
		"alone":                      {NextSalt: otherSalt},
		"beside former salts":        {NextSalt: otherSalt, OtherSalts: []transfertoken.Salt{thirdSalt}},
		"named as a former one, too": {NextSalt: otherSalt, OtherSalts: []transfertoken.Salt{otherSalt, thirdSalt}},
	} {
		store := transfertoken.NewMemoryStore()
		token, secret := newFixtureOn(t, store, otherSalt, nil).issue(t, "n", transfertoken.Push, transfertoken.Days7)
		f := newFixtureOn(t, store, testSalt, &opts)
		grant, err := f.Authorize(t.Context(), secret, transfertoken.Push)
		require.NoError(t, err, name)
		require.NoError(t, grant.Recheck(t.Context()), name)
		record, err := store.Get(t.Context(), token.ID)
		require.NoError(t, err)
		require.Equal(t, otherSalt.Digest(secret), record.Digest, name)

		_, made := f.issue(t, "m", transfertoken.Push, transfertoken.Days7)
		require.NoError(t, newFixtureOn(t, store, testSalt, nil).authorize(t, made, transfertoken.Push),
			"new digests are made under the current salt")
		usage, err := f.Salts(t.Context())
		require.NoError(t, err)
		require.Equal(t, transfertoken.SaltUsage{SaltID: record.SaltID, Configured: true, Tokens: 1}, usage[1], name)
	}
}

func TestNextSaltThatIsTheCurrentOneIsSkipped(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{NextSalt: testSalt, OtherSalts: []transfertoken.Salt{otherSalt}})
	_, secret := newFixtureOn(t, f.spy.Store, otherSalt, nil).issue(t, "n", transfertoken.Push, transfertoken.Days7)
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	require.Contains(t, f.spy.takeCalls(), "Rekey", "the former salt is still a former one")
	usage, err := f.Salts(t.Context())
	require.NoError(t, err)
	require.Len(t, usage, 2)
}

func TestAFailedReDigestIsAWarning(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	_, secret := newFixtureOn(t, store, otherSalt, nil).issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f := newFixtureOn(t, store, testSalt, &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}})
	f.spy.hook(func(call string) error {
		if call == "Rekey" {
			return errStore
		}
		return nil
	}, nil)
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	require.Equal(t, []transfertoken.EventKind{transfertoken.EventWarning, transfertoken.EventAuthorized}, f.kinds())
}

// Unkey's rerolled keys and NocoDB's deleted tokens (CVE-2026-46554) went on
// working out of a cache.
func TestRevocationIsSeenByEveryInstanceAtItsNextCall(t *testing.T) {
	for name, revoke := range map[string]struct {
		do   func(t *testing.T, f *fixture, id uuid.UUID) error
		want error
	}{
		"delete": {func(t *testing.T, f *fixture, id uuid.UUID) error {
			return f.Delete(t.Context(), id, transfertoken.AnyRevision)
		}, transfertoken.ErrUnauthorized},
		"regenerate": {func(t *testing.T, f *fixture, id uuid.UUID) error {
			_, err := f.Regenerate(t.Context(), id, transfertoken.AnyRevision)
			return err
		}, transfertoken.ErrUnauthorized},
		"narrow": {func(t *testing.T, f *fixture, id uuid.UUID) error {
			_, err := f.Update(t.Context(), id, transfertoken.Changes{Permissions: ptr(transfertoken.Pull)})
			return err
		}, transfertoken.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			store := transfertoken.NewMemoryStore()
			a, b := newFixtureOn(t, store, testSalt, nil), newFixtureOn(t, store, testSalt, nil)
			token, secret := a.issue(t, "n", transfertoken.FullAccess, transfertoken.Days7)
			require.NoError(t, a.authorize(t, secret, transfertoken.Push))
			require.NoError(t, b.authorize(t, secret, transfertoken.Push))
			require.NoError(t, revoke.do(t, a, token.ID))
			require.Equal(t, revoke.want, a.authorize(t, secret, transfertoken.Push))
			require.Equal(t, revoke.want, b.authorize(t, secret, transfertoken.Push))
		})
	}
}

func TestAReDigestThatLosesToRegenerateRevivesNothing(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	token, old := newFixtureOn(t, store, otherSalt, nil).issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f := newFixtureOn(t, store, testSalt, &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}})
	admin := newFixtureOn(t, store, testSalt, nil)
	var secret string
	f.spy.hook(func(call string) error {
		if call == "Rekey" {
			issued, err := admin.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision)
			require.NoError(t, err)
			secret = issued.Secret.Reveal()
		}
		return nil
	}, nil)
	require.NoError(t, f.authorize(t, old, transfertoken.Push), "it was good when it was looked up")
	require.ErrorIs(t, f.authorize(t, old, transfertoken.Push), transfertoken.ErrUnauthorized)
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
}

func TestAuthorizeRunningAtThatMomentNeverRevives(t *testing.T) {
	for round := range 50 {
		store := transfertoken.NewMemoryStore()
		old := newFixtureOn(t, store, otherSalt, nil)
		token, secret := old.issue(t, "n", transfertoken.Push, transfertoken.Days7)
		f := newFixtureOn(t, store, testSalt,
			&transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}, TouchInterval: 1})

		var stop atomic.Bool
		var running, begun sync.WaitGroup
		begun.Add(4)
		for range 4 {
			running.Go(func() {
				begun.Done()
				for !stop.Load() {
					f.clock.Advance(time.Millisecond)
					_, _ = f.Authorize(t.Context(), secret, transfertoken.Push)
				}
			})
		}
		begun.Wait()
		var err error
		if round%2 == 0 {
			_, err = f.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision)
		} else {
			err = f.Delete(t.Context(), token.ID, transfertoken.AnyRevision)
		}
		require.NoError(t, err)
		require.ErrorIs(t, f.authorize(t, secret, transfertoken.Push), transfertoken.ErrUnauthorized)
		stop.Store(true)
		running.Wait()
		require.ErrorIs(t, f.authorize(t, secret, transfertoken.Push), transfertoken.ErrUnauthorized)
		require.ErrorIs(t, old.authorize(t, secret, transfertoken.Push), transfertoken.ErrUnauthorized)
	}
}

// Gitea hashed once per candidate, Strapi scans its table.
func TestTheWorkOfAuthorizeDoesNotGrowWithTheTokens(t *testing.T) {
	f := newFixture(t, nil)
	for i := range 3000 {
		f.issue(t, strconv.Itoa(i), transfertoken.Push, transfertoken.Days7)
		if i == 0 || i == 2999 {
			f.spy.takeCalls()
			require.ErrorIs(t, f.authorize(t, wellFormed[0], transfertoken.Push), transfertoken.ErrUnauthorized)
			require.Equal(t, []string{"FindByDigest"}, f.spy.takeCalls())
			require.Len(t, f.spy.digests[len(f.spy.digests)-1], 1)
		}
	}
}

func FuzzAuthorize(f *testing.F) {
	for _, text := range wellFormed {
		f.Add(text, uint8(transfertoken.Push))
	}
	for _, text := range malformed {
		if len(text) < 1<<10 {
			f.Add(text, uint8(transfertoken.FullAccess))
		}
	}
	f.Add(strapiKey, uint8(transfertoken.Pull))
	f.Add(strings.ToUpper(strapiKey), uint8(0))
	f.Add(strings.Repeat("a", 31)+"=", uint8(4))
	f.Fuzz(func(t *testing.T, text string, need uint8) {
		for _, foreign := range []bool{false, true} {
			fx := newFixture(t,
				&transfertoken.Options{AcceptForeign: foreign, OtherSalts: []transfertoken.Salt{strapiSalt}})
			if foreign {
				_, err := fx.Adopt(t.Context(), transfertoken.AdoptedToken{
					Name: "adopted", Permissions: transfertoken.FullAccess,
					Lifespan: transfertoken.Unlimited, Digest: strapiDigest(t), Salt: strapiSalt,
				})
				require.NoError(t, err)
			}
			fx.spy.takeCalls()
			err := fx.authorize(t, text, transfertoken.Permissions(need))
			switch {
			case need < 1 || need > 3:
				require.ErrorIs(t, err, transfertoken.ErrInvalid)
				require.Empty(t, fx.spy.takeCalls())
			case foreign && text == strapiKey:
				require.NoError(t, err)
			default:
				require.Equal(t, transfertoken.ErrUnauthorized, err)
				if _, malformed := transfertoken.ParseSecret(text); malformed != nil && !foreign {
					require.Empty(t, fx.spy.takeCalls())
				}
			}
		}
	})
}
