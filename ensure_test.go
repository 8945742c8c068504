package transfertoken_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// nightly returns a token of a configuration.
func nightly() transfertoken.NewToken {
	return transfertoken.NewToken{
		Name: "nightly", Description: "backs up", Permissions: transfertoken.Pull, Lifespan: transfertoken.Days30,
	}
}

func newSecret(t testing.TB) transfertoken.Secret {
	t.Helper()
	secret, err := transfertoken.GenerateSecret("")
	require.NoError(t, err)
	return secret
}

// ensure returns the token that Ensure returns, which is the stored one.
func (f *fixture) ensure(t testing.TB, want transfertoken.NewToken, secret transfertoken.Secret) transfertoken.Token {
	t.Helper()
	token, err := f.Ensure(t.Context(), want, secret)
	require.NoError(t, err)
	stored, err := f.Get(t.Context(), token.ID)
	require.NoError(t, err)
	require.Equal(t, stored, token)
	return token
}

func TestEnsureMakesATokenOnce(t *testing.T) {
	f := newFixture(t, nil)
	secret := newSecret(t)
	token := f.ensure(t, nightly(), secret)
	require.Equal(t, transfertoken.Token{
		ID: token.ID, Name: "nightly", Description: "backs up", Permissions: transfertoken.Pull,
		Lifespan: transfertoken.Days30, CreatedBy: "configuration", Hint: secret.Reveal()[len(secret.Reveal())-6:],
		CreatedAt: start, UpdatedAt: start, ExpiresAt: start.AddDate(0, 0, 30), Revision: 1,
	}, token)
	require.Equal(t, []transfertoken.Event{{Kind: transfertoken.EventCreated, At: start, Token: token}}, f.takeEvents())
	require.NoError(t, f.authorize(t, secret.Reveal(), transfertoken.Pull))

	f.clock.Advance(time.Hour)
	f.spy.takeCalls()
	f.takeEvents()
	again, err := f.Ensure(t.Context(), nightly(), secret)
	require.NoError(t, err)
	require.Equal(t, []string{"FindByDigest"}, f.spy.takeCalls())
	require.Empty(t, f.takeEvents())
	token.LastUsedAt = start
	require.Equal(t, token, again)
}

func TestEnsureBringsATokenToTheConfiguration(t *testing.T) {
	for name, drift := range map[string]struct {
		by   transfertoken.Changes
		want func(*transfertoken.NewToken)
	}{
		"description":           {by: transfertoken.Changes{Description: ptr("changed")}},
		"permissions":           {by: transfertoken.Changes{Permissions: ptr(transfertoken.FullAccess)}},
		"suspended by a person": {by: transfertoken.Changes{Suspended: ptr(true)}},
		"suspended by the configuration": {want: func(want *transfertoken.NewToken) {
			want.Suspended = true
		}},
		"all at once": {want: func(want *transfertoken.NewToken) {
			want.Description, want.Permissions, want.Suspended = "", transfertoken.Push, true
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			secret, want := newSecret(t), nightly()
			first := f.ensure(t, want, secret)
			require.NoError(t, f.authorize(t, secret.Reveal(), transfertoken.Pull))
			before, err := f.Update(t.Context(), first.ID, drift.by)
			require.NoError(t, err)
			if drift.want != nil {
				drift.want(&want)
			}
			f.clock.Advance(time.Hour)
			f.takeEvents()

			token := f.ensure(t, want, secret)
			expected := before
			expected.Description, expected.Permissions = want.Description, want.Permissions
			expected.Suspended = want.Suspended
			expected.UpdatedAt, expected.Revision = f.clock.Now(), before.Revision+1
			require.Equal(t, expected, token, "the lifespan does not start again, and the last use stays")
			require.Equal(t, []transfertoken.Event{
				{Kind: transfertoken.EventUpdated, At: f.clock.Now(), Token: token, Before: &before},
			}, f.takeEvents())
		})
	}
}

func TestEnsureReplacesASecretThatChanged(t *testing.T) {
	f := newFixture(t, nil)
	old, secret, want := newSecret(t), newSecret(t), nightly()
	first := f.ensure(t, want, old)
	require.NoError(t, f.authorize(t, old.Reveal(), transfertoken.Pull))
	f.clock.Advance(31 * 24 * time.Hour)
	expired := f.ensure(t, want, old)
	require.Equal(t, first.ExpiresAt, expired.ExpiresAt)
	require.ErrorIs(t, f.authorize(t, old.Reveal(), transfertoken.Pull), transfertoken.ErrExpired, "the same secret")
	f.takeEvents()

	want.Lifespan, want.Description = transfertoken.Days7, "backs up, with a new secret"
	token := f.ensure(t, want, secret)
	expected := first
	expected.Description, expected.Lifespan = want.Description, want.Lifespan
	expected.Hint = secret.Reveal()[len(secret.Reveal())-6:]
	expected.UpdatedAt, expected.ExpiresAt = f.clock.Now(), f.clock.Now().AddDate(0, 0, 7)
	expected.Revision = 2
	require.Equal(t, expected, token, "the new secret was never used")
	require.Equal(t, []transfertoken.Event{
		{Kind: transfertoken.EventRegenerated, At: f.clock.Now(), Token: token, Before: &expired},
	}, f.takeEvents())
	require.NoError(t, f.authorize(t, secret.Reveal(), transfertoken.Pull))
	require.Equal(t, transfertoken.ErrUnauthorized, f.authorize(t, old.Reveal(), transfertoken.Pull))
}

// The lifespan is fixed until it starts again.
func TestALifespanThatChangedCountsFromTheNextSecretOn(t *testing.T) {
	f := newFixture(t, nil)
	secret, want := newSecret(t), nightly()
	first := f.ensure(t, want, secret)
	want.Lifespan = transfertoken.Unlimited
	require.Equal(t, first, f.ensure(t, want, secret))
	token := f.ensure(t, want, newSecret(t))
	require.Equal(t, transfertoken.Unlimited, token.Lifespan)
	require.Zero(t, token.ExpiresAt)
}

func TestEnsureTakesOverNoTokenOfAnotherMaker(t *testing.T) {
	for _, row := range []struct{ maker, configured string }{
		{"", ""}, {"ann", ""}, {"configuration", "deploy"}, {"deploy", ""}, {"Deploy", "deploy"},
	} {
		for _, sameSecret := range []bool{false, true} {
			f := newFixture(t, nil)
			theirs := nightly()
			theirs.CreatedBy, theirs.Description = row.maker, "theirs"
			issued, err := f.Create(t.Context(), theirs)
			require.NoError(t, err)
			f.takeEvents()
			secret := newSecret(t)
			if sameSecret {
				secret = issued.Secret
			}
			ours := nightly()
			ours.CreatedBy = row.configured
			token, err := f.Ensure(t.Context(), ours, secret)
			require.Equal(t, transfertoken.ErrNameTaken, err, "%+v", row)
			require.Zero(t, token)
			stored, err := f.Get(t.Context(), issued.Token.ID)
			require.NoError(t, err)
			require.Equal(t, issued.Token, stored)
			require.Empty(t, f.takeEvents())
		}
	}
}

func TestASecretOfATokenWithAnotherNameIsTaken(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}})
	secret := newSecret(t)
	newFixtureOn(t, f.spy.Store, otherSalt, nil).ensure(t, nightly(), secret)
	other := nightly()
	other.Name = "weekly"
	_, err := f.Ensure(t.Context(), other, secret)
	require.Equal(t, transfertoken.ErrSecretTaken, err, "also if its digest was made under another salt")
}

func TestEnsureLeavesADigestUnderAnyConfiguredSalt(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	secret := newSecret(t)
	first := newFixtureOn(t, store, testSalt, nil).ensure(t, nightly(), secret)
	for name, opts := range map[string]*transfertoken.Options{
		"former": {OtherSalts: []transfertoken.Salt{thirdSalt, testSalt}},
		"next":   {NextSalt: testSalt},
	} {
		f := newFixtureOn(t, store, otherSalt, opts)
		f.clock.Advance(time.Hour)
		require.Equal(t, first, f.ensure(t, nightly(), secret), name)
	}
	f := newFixtureOn(t, store, otherSalt, nil)
	f.clock.Advance(time.Hour)
	token := f.ensure(t, nightly(), secret)
	require.Equal(t, f.clock.Now().AddDate(0, 0, 30), token.ExpiresAt, "under a salt that nobody configures it is dead")
	require.NoError(t, f.authorize(t, secret.Reveal(), transfertoken.Pull))
}

func TestEnsureNamesEveryFieldAtFaultAndAsksNoStore(t *testing.T) {
	f := newFixture(t, nil)
	_, err := f.Ensure(t.Context(), transfertoken.NewToken{Description: "\x00", CreatedBy: "\x00"}, transfertoken.Secret{})
	require.Equal(t, []string{"name", "description", "permissions", "lifespan", "createdBy", "secret"}, fieldsOf(t, err))
	require.Empty(t, f.spy.takeCalls())
}

// ParseSecret is the only way from a text to a Secret.
func TestNobodyConfiguresAPassword(t *testing.T) {
	for _, text := range []string{"", "password", "hunter2hunter2hunter2hunter2hunter2hunter2"} {
		secret, err := transfertoken.ParseSecret(text)
		require.ErrorIs(t, err, transfertoken.ErrInvalid)
		_, err = newFixture(t, nil).Ensure(t.Context(), nightly(), secret)
		require.Equal(t, []string{"secret"}, fieldsOf(t, err))
	}
}

func TestEnsureMakesADeletedTokenAgain(t *testing.T) {
	f := newFixture(t, nil)
	secret := newSecret(t)
	first := f.ensure(t, nightly(), secret)
	require.NoError(t, f.Delete(t.Context(), first.ID, transfertoken.AnyRevision))
	f.clock.Advance(time.Hour)
	token := f.ensure(t, nightly(), secret)
	require.NotEqual(t, first.ID, token.ID)
	require.Equal(t, f.clock.Now().AddDate(0, 0, 30), token.ExpiresAt)
}

func TestOfManyInstancesThatEnsureOneWrites(t *testing.T) {
	const instances = 16
	store := transfertoken.NewMemoryStore()
	f := make([]*fixture, instances)
	for i := range f {
		f[i] = newFixtureOn(t, swappedErrors{store}, testSalt, nil)
	}
	ensureAll := func(want transfertoken.NewToken, secret transfertoken.Secret) (kinds []transfertoken.EventKind) {
		var wg sync.WaitGroup
		errs := make([]error, instances)
		for i := range f {
			wg.Go(func() { _, errs[i] = f[i].Ensure(t.Context(), want, secret) })
		}
		wg.Wait()
		for i := range f {
			require.NoError(t, errs[i])
			kinds = append(kinds, f[i].kinds()...)
		}
		return kinds
	}
	for range 20 {
		want, secret := nightly(), newSecret(t)
		want.Name = uuid.NewString()
		require.Equal(t, []transfertoken.EventKind{transfertoken.EventCreated}, ensureAll(want, secret))
		want.Description = "changed"
		require.Equal(t, []transfertoken.EventKind{transfertoken.EventUpdated}, ensureAll(want, secret))
		want.Suspended, secret = true, newSecret(t)
		require.Equal(t, []transfertoken.EventKind{transfertoken.EventRegenerated}, ensureAll(want, secret))
		require.Empty(t, ensureAll(want, secret))
	}
}

// swappedErrors is a store that looks at the digest before the name, as it may.
type swappedErrors struct{ transfertoken.Store }

func (s swappedErrors) Create(ctx context.Context, r transfertoken.Record) error {
	if _, err := s.FindByDigest(ctx, []transfertoken.Digest{r.Digest}); err == nil {
		return transfertoken.ErrSecretTaken
	}
	return s.Store.Create(ctx, r)
}

func TestEnsureTriesAgainThreeTimes(t *testing.T) {
	for losses, want := range []error{nil, nil, nil, nil, transfertoken.ErrConflict} {
		for call, fault := range map[string]error{
			"Update": transfertoken.ErrConflict,
			"Create": transfertoken.ErrSecretTaken,
		} {
			f := newFixture(t, nil)
			if call == "Update" {
				f.ensure(t, nightly(), newSecret(t))
			}
			left := losses
			f.spy.hook(func(c string) error {
				if c == call && left > 0 {
					left--
					return fault
				}
				return nil
			}, nil)
			_, err := f.Ensure(t.Context(), nightly(), newSecret(t))
			require.Equal(t, want, err, "%s: %d losses", call, losses)
		}
	}
}

// A token with the name was deleted while its name was looked for.
func TestEnsureMakesATokenWhoseNameIsFreeAgain(t *testing.T) {
	f := newFixture(t, nil)
	first := f.ensure(t, nightly(), newSecret(t))
	f.spy.hook(func(call string) error {
		if call != "List" {
			return nil
		}
		err := f.spy.Store.Delete(t.Context(), first.ID, transfertoken.AnyRevision)
		if errors.Is(err, transfertoken.ErrNotFound) {
			return nil
		}
		return err
	}, nil)
	require.NotEqual(t, first.ID, f.ensure(t, nightly(), newSecret(t)).ID)
}

func TestEnsureFindsANameAmongMany(t *testing.T) {
	f := newFixture(t, nil)
	for i := range transfertoken.MaxPageSize + 1 {
		f.issue(t, fmt.Sprint("token ", i), transfertoken.Push, transfertoken.Days7)
	}
	first := f.ensure(t, nightly(), newSecret(t))
	secret := newSecret(t)
	require.Equal(t, first.ID, f.ensure(t, nightly(), secret).ID)
	require.NoError(t, f.authorize(t, secret.Reveal(), transfertoken.Pull))
}

func TestEnsureThatFailsCanBeRepeated(t *testing.T) {
	for _, side := range []string{"before", "after"} {
		for failing := 0; ; failing++ {
			f := newFixture(t, nil)
			old, secret := newSecret(t), newSecret(t)
			first := f.ensure(t, nightly(), old)
			f.takeEvents()
			calls := 0
			fail := func(call string) error {
				if calls++; calls-1 == failing && call != "Touch" {
					return errStore
				}
				return nil
			}
			if side == "before" {
				f.spy.hook(fail, nil)
			} else {
				f.spy.hook(nil, fail)
			}
			_, err := f.Ensure(t.Context(), nightly(), secret)
			if err == nil {
				break
			}
			require.ErrorIs(t, err, errStore)
			require.Empty(t, f.takeEvents())
			f.spy.hook(nil, nil)
			require.NotEqual(t, f.authorize(t, old.Reveal(), transfertoken.Pull) == nil,
				f.authorize(t, secret.Reveal(), transfertoken.Pull) == nil, "one of the two is good")
			require.Equal(t, first.ID, f.ensure(t, nightly(), secret).ID)
			require.NoError(t, f.authorize(t, secret.Reveal(), transfertoken.Pull))
			require.Equal(t, transfertoken.ErrUnauthorized, f.authorize(t, old.Reveal(), transfertoken.Pull))
		}
	}
}

func TestGeneratedSecretsAreThoseOfTheFormat(t *testing.T) {
	for prefix, begins := range map[string]string{"": "xfer_", "a": "a_", "backup2": "backup2_"} {
		secret, err := transfertoken.GenerateSecret(prefix)
		require.NoError(t, err)
		require.Regexp(t, "^"+begins+"[0-9A-Za-z]{49}$", secret.Reveal())
		_, err = transfertoken.ParseSecret(secret.Reveal())
		require.NoError(t, err)
		other, err := transfertoken.GenerateSecret(prefix)
		require.NoError(t, err)
		require.NotEqual(t, secret.Reveal(), other.Reveal())
	}
	for _, prefix := range []string{"A", "1a", "a_b", "a b", " ", "ä", "abcdefghijklmnopq", "a\n"} {
		secret, err := transfertoken.GenerateSecret(prefix)
		require.Equal(t, []string{"prefix"}, fieldsOf(t, err))
		require.Empty(t, secret.Reveal())
	}
}
