package transfertoken_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestCreateStoresOnlyADigestOfTheSecret(t *testing.T) {
	f := newFixture(t, nil)
	issued, err := f.Create(t.Context(), transfertoken.NewToken{
		Name: " nightly ", Description: "pushes the night's data\r\n", Permissions: transfertoken.Push,
		Lifespan: transfertoken.Days30, CreatedBy: "ada",
	})
	require.NoError(t, err)
	secret := issued.Secret.Reveal()
	token := issued.Token
	require.Equal(t, uuid.Version(7), token.ID.Version())
	require.Equal(t, transfertoken.Token{
		ID: token.ID, Name: "nightly", Description: "pushes the night's data",
		Permissions: transfertoken.Push, Lifespan: transfertoken.Days30,
		CreatedBy: "ada", Hint: secret[len(secret)-6:], CreatedAt: start, UpdatedAt: start,
		ExpiresAt: start.AddDate(0, 0, 30), Revision: 1,
	}, token)

	record, err := f.spy.Get(t.Context(), token.ID)
	require.NoError(t, err)
	require.Equal(t, transfertoken.Record{Token: token, Digest: testSalt.Digest(secret), SaltID: "5ac6a125"}, record)
	require.Equal(t, []transfertoken.EventKind{transfertoken.EventCreated}, f.kinds())
}

func TestCreateRefusesUnknownPermissions(t *testing.T) {
	f := newFixture(t, nil)
	for _, p := range []transfertoken.Permissions{0, 4, 8, transfertoken.FullAccess | 4, 255} {
		_, err := f.Create(t.Context(),
			transfertoken.NewToken{Name: "n", Permissions: p, Lifespan: transfertoken.Days7})
		require.Equal(t, []string{"permissions"}, fieldsOf(t, err))
		_, err = f.Update(t.Context(), uuid.New(), transfertoken.Changes{Permissions: &p})
		require.Equal(t, []string{"permissions"}, fieldsOf(t, err))
	}
	for _, l := range notLifespans {
		_, err := f.Create(t.Context(),
			transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Lifespan(l)})
		require.Equal(t, []string{"lifespan"}, fieldsOf(t, err), l)
	}
	require.Empty(t, f.spy.takeCalls())
}

// Headscale's condition dropped ID 0 and answered with the first row.
func TestZeroAndUnknownIDsAreNotFound(t *testing.T) {
	f := newFixture(t, nil)
	f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	before, err := f.List(t.Context(), transfertoken.ListOptions{})
	require.NoError(t, err)
	for _, id := range []uuid.UUID{uuid.Nil, uuid.Max, uuid.New()} {
		for _, revision := range []int64{transfertoken.AnyRevision, 1, -1} {
			_, err := f.Get(t.Context(), id)
			require.ErrorIs(t, err, transfertoken.ErrNotFound)
			_, err = f.Update(t.Context(), id, transfertoken.Changes{Name: ptr("m"), Revision: revision})
			require.ErrorIs(t, err, transfertoken.ErrNotFound)
			issued, err := f.Regenerate(t.Context(), id, revision)
			require.ErrorIs(t, err, transfertoken.ErrNotFound)
			require.Zero(t, issued)
			require.ErrorIs(t, f.Delete(t.Context(), id, revision), transfertoken.ErrNotFound)
		}
	}
	after, err := f.List(t.Context(), transfertoken.ListOptions{})
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestUpdateChangesTheFieldsThatItIsGiven(t *testing.T) {
	f := newFixture(t, nil)
	token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.takeEvents()
	for _, row := range []struct {
		changes transfertoken.Changes
		apply   func(*transfertoken.Token)
	}{
		{transfertoken.Changes{Name: ptr(" m ")}, func(t *transfertoken.Token) { t.Name = "m" }},
		{transfertoken.Changes{Description: ptr("d")}, func(t *transfertoken.Token) { t.Description = "d" }},
		{transfertoken.Changes{Description: ptr("")}, func(t *transfertoken.Token) { t.Description = "" }},
		{
			transfertoken.Changes{Permissions: ptr(transfertoken.FullAccess)},
			func(t *transfertoken.Token) { t.Permissions = transfertoken.FullAccess },
		},
		{transfertoken.Changes{Suspended: ptr(true)}, func(t *transfertoken.Token) { t.Suspended = true }},
		{transfertoken.Changes{Name: ptr("o")}, func(t *transfertoken.Token) { t.Name = "o" }},
		{transfertoken.Changes{Suspended: ptr(false)}, func(t *transfertoken.Token) { t.Suspended = false }},
		{
			transfertoken.Changes{
				Name: ptr("o"), Description: ptr("e"), Permissions: ptr(transfertoken.Pull), Revision: 8,
			},
			func(t *transfertoken.Token) { t.Name, t.Description, t.Permissions = "o", "e", transfertoken.Pull },
		},
	} {
		f.clock.Advance(time.Hour)
		want := token
		row.apply(&want)
		want.UpdatedAt = f.clock.Now()
		want.Revision++
		got, err := f.Update(t.Context(), token.ID, row.changes)
		require.NoError(t, err)
		require.Equal(t, want, got)
		stored, err := f.Get(t.Context(), token.ID)
		require.NoError(t, err)
		require.Equal(t, want, stored)
		require.Equal(t,
			[]transfertoken.Event{{Kind: transfertoken.EventUpdated, At: f.clock.Now(), Token: want, Before: &token}},
			f.takeEvents())
		token = want
	}
	require.NoError(t, f.authorize(t, secret, transfertoken.Pull), "the secret stays good")
}

func TestUpdateThatChangesNothingWritesNothing(t *testing.T) {
	f := newFixture(t, nil)
	token, _ := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.clock.Advance(time.Hour)
	f.takeEvents()
	for _, changes := range []transfertoken.Changes{
		{}, {Revision: 1}, {Name: ptr("n")}, {Name: ptr(" n "),
			Description: ptr(""),
			Permissions: ptr(transfertoken.Push),
			Suspended:   ptr(false),
			Revision:    1,
		},
	} {
		f.spy.takeCalls()
		got, err := f.Update(t.Context(), token.ID, changes)
		require.NoError(t, err)
		require.Equal(t, token, got)
		require.Equal(t, []string{"Get"}, f.spy.takeCalls())
	}
	require.Empty(t, f.takeEvents())
}

func TestAnotherRevisionIsAConflict(t *testing.T) {
	f := newFixture(t, nil)
	token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	token, err := f.Update(t.Context(), token.ID, transfertoken.Changes{Description: ptr("by somebody else")})
	require.NoError(t, err)
	f.takeEvents()
	for _, revision := range []int64{1, 3, -1, -2} {
		_, err = f.Update(t.Context(), token.ID, transfertoken.Changes{Name: ptr("m"), Revision: revision})
		require.ErrorIs(t, err, transfertoken.ErrConflict)
		_, err = f.Update(t.Context(), token.ID, transfertoken.Changes{Revision: revision})
		require.ErrorIs(t, err, transfertoken.ErrConflict, "also when nothing would change")
		issued, err := f.Regenerate(t.Context(), token.ID, revision)
		require.ErrorIs(t, err, transfertoken.ErrConflict)
		require.Zero(t, issued)
		require.ErrorIs(t, f.Delete(t.Context(), token.ID, revision), transfertoken.ErrConflict)
	}
	got, err := f.Get(t.Context(), token.ID)
	require.NoError(t, err)
	require.Equal(t, token, got)
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	require.Equal(t, []transfertoken.EventKind{transfertoken.EventAuthorized}, f.kinds())

	require.NoError(t, f.Delete(t.Context(), token.ID, token.Revision))
}

func TestUpdateOfAnyRevisionTriesAgainThreeTimes(t *testing.T) {
	for losses := range 6 {
		t.Run(strconv.Itoa(losses), func(t *testing.T) {
			f := newFixture(t, nil)
			token, _ := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
			other := newFixtureOn(t, f.spy.Store, testSalt, nil)
			left := losses
			f.spy.hook(func(call string) error {
				if call != "Update" || left == 0 {
					return nil
				}
				left--
				_, err := other.Update(t.Context(), token.ID,
					transfertoken.Changes{Description: ptr(fmt.Sprint("loss ", left))})
				return err
			}, nil)
			f.spy.takeCalls()
			got, err := f.Update(t.Context(), token.ID, transfertoken.Changes{Name: ptr("m")})
			tries := 0
			for _, call := range f.spy.takeCalls() {
				if call == "Update" {
					tries++
				}
			}
			require.Equal(t, min(losses+1, 4), tries)
			if losses > 3 {
				require.ErrorIs(t, err, transfertoken.ErrConflict)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "m", got.Name)
			require.Equal(t, int64(2+losses), got.Revision)
			if losses > 0 {
				require.Equal(t, "loss 0", got.Description, "the other change is not lost")
			}
		})
	}
}

func TestRegenerateReplacesTheSecretAndStartsTheLifespanAgain(t *testing.T) {
	f := newFixture(t, nil)
	token, old := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	require.NoError(t, f.authorize(t, old, transfertoken.Push))
	f.clock.Advance(8 * 24 * time.Hour)
	require.ErrorIs(t, f.authorize(t, old, transfertoken.Push), transfertoken.ErrExpired)
	before, err := f.Get(t.Context(), token.ID)
	require.NoError(t, err)
	f.takeEvents()

	issued, err := f.Regenerate(t.Context(), token.ID, token.Revision)
	require.NoError(t, err)
	secret := issued.Secret.Reveal()
	require.NotEqual(t, old, secret)
	want := before
	want.Hint = secret[len(secret)-6:]
	want.UpdatedAt = f.clock.Now()
	want.ExpiresAt = f.clock.Now().AddDate(0, 0, 7)
	want.Revision = 2
	want.LastUsedAt = time.Time{} // the new secret was never used
	require.Equal(t, want, issued.Token)
	require.Equal(t, start, before.LastUsedAt)
	stored, err := f.Get(t.Context(), token.ID)
	require.NoError(t, err)
	require.Equal(t, want, stored)
	require.Equal(t,
		[]transfertoken.Event{{Kind: transfertoken.EventRegenerated, At: f.clock.Now(), Token: want, Before: &before}},
		f.takeEvents())

	require.NoError(t, f.authorize(t, secret, transfertoken.Push), "an expired token works again")
	require.ErrorIs(t, f.authorize(t, old, transfertoken.Push), transfertoken.ErrUnauthorized)
}

func TestRegenerateLiftsNoSuspension(t *testing.T) {
	f := newFixture(t, nil)
	token, _ := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.suspend(t, token.ID, true)
	issued, err := f.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision)
	require.NoError(t, err)
	require.True(t, issued.Token.Suspended)
	secret := issued.Secret.Reveal()
	require.Equal(t, transfertoken.ErrSuspended, f.authorize(t, secret, transfertoken.Push))
	f.suspend(t, token.ID, false)
	require.NoError(t, f.authorize(t, secret, transfertoken.Push), "the secret stays good")
}

func TestTheLifespanOfASuspendedTokenGoesOn(t *testing.T) {
	f := newFixture(t, nil)
	token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.suspend(t, token.ID, true)
	f.clock.Advance(7 * 24 * time.Hour)
	f.suspend(t, token.ID, false)
	require.Equal(t, transfertoken.ErrExpired, f.authorize(t, secret, transfertoken.Push))
}

func TestATokenCanBeMadeSuspended(t *testing.T) {
	f := newFixture(t, nil)
	issued, err := f.Create(t.Context(), transfertoken.NewToken{
		Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7, Suspended: true,
	})
	require.NoError(t, err)
	require.True(t, issued.Token.Suspended)
	require.Equal(t, transfertoken.ErrSuspended, f.authorize(t, issued.Secret.Reveal(), transfertoken.Push))
	f.suspend(t, issued.Token.ID, false)
	require.NoError(t, f.authorize(t, issued.Secret.Reveal(), transfertoken.Push))
}

func TestRegenerateSucceedsAlthoughTheLastUseCannotBeCleared(t *testing.T) {
	f := newFixture(t, nil)
	token, old := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	require.NoError(t, f.authorize(t, old, transfertoken.Push))
	f.takeEvents()
	f.spy.hook(func(call string) error {
		if call == "Touch" {
			return errStore
		}
		return nil
	}, nil)
	issued, err := f.Regenerate(t.Context(), token.ID, token.Revision)
	require.NoError(t, err)
	require.Equal(t, start, issued.Token.LastUsedAt)
	events := f.takeEvents()
	require.Len(t, events, 2)
	require.Equal(t, transfertoken.EventRegenerated, events[0].Kind)
	require.Equal(t, issued.Token, events[0].Token)
	require.Equal(t, transfertoken.EventWarning, events[1].Kind)
	require.Equal(t, issued.Token, events[1].Token)
	require.ErrorIs(t, events[1].Err, errStore)

	f.spy.hook(nil, nil)
	require.NoError(t, f.authorize(t, issued.Secret.Reveal(), transfertoken.Push))
	require.ErrorIs(t, f.authorize(t, old, transfertoken.Push), transfertoken.ErrUnauthorized)
}

func TestUpdateKeepsTheDigestThatARekeyWroteMeanwhile(t *testing.T) {
	f := newFixture(t, nil)
	token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	rotated := newFixtureOn(t, f.spy.Store, otherSalt,
		&transfertoken.Options{OtherSalts: []transfertoken.Salt{testSalt}})
	f.spy.hook(func(call string) error {
		if call == "Update" {
			return rotated.authorize(t, secret, transfertoken.Push)
		}
		return nil
	}, nil)
	_, err := f.Update(t.Context(), token.ID, transfertoken.Changes{Name: ptr("renamed")})
	require.NoError(t, err)

	withoutFormerSalt := newFixtureOn(t, f.spy.Store, otherSalt, nil)
	require.NoError(t, withoutFormerSalt.authorize(t, secret, transfertoken.Push))
}

// lawlessStore returns records with a revision that another writer set.
type lawlessStore struct {
	transfertoken.Store
	revision int64
}

func (s lawlessStore) Get(ctx context.Context, id uuid.UUID) (transfertoken.Record, error) {
	r, err := s.Store.Get(ctx, id)
	r.Revision = s.revision
	return r, err
}

func (s lawlessStore) List(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	page, err := s.Store.List(ctx, opts)
	for i := range page {
		page[i].Revision = s.revision
	}
	return page, err
}

func TestAStoredRevisionBelowOneIsAConflict(t *testing.T) {
	for _, stored := range []int64{0, -1, -1 << 63} {
		memory := transfertoken.NewMemoryStore()
		token, secret := newFixtureOn(t, memory, testSalt, nil).issue(t, "n", transfertoken.Push, transfertoken.Days7)
		f := newFixtureOn(t, lawlessStore{memory, stored}, testSalt, nil)
		for _, revision := range []int64{transfertoken.AnyRevision, 1, stored} {
			_, err := f.Update(t.Context(), token.ID, transfertoken.Changes{Name: ptr("m"), Revision: revision})
			require.Equal(t, transfertoken.ErrConflict, err)
			_, err = f.Regenerate(t.Context(), token.ID, revision)
			require.Equal(t, transfertoken.ErrConflict, err)
			if revision != transfertoken.AnyRevision {
				require.Equal(t, transfertoken.ErrConflict, f.Delete(t.Context(), token.ID, revision))
			}
		}
		f.clock.Set(token.ExpiresAt)
		n, err := f.PurgeExpired(t.Context(), 0)
		require.NoError(t, err)
		require.Zero(t, n)
		f.clock.Set(start)
		require.NoError(t, f.authorize(t, secret, transfertoken.Push))
		require.NoError(t, f.Delete(t.Context(), token.ID, transfertoken.AnyRevision), "a person can remove it")
	}
}

func TestRegenerateRefusesALifespanThatCannotStartAgain(t *testing.T) {
	f := newFixture(t, nil)
	for i, broken := range []transfertoken.Token{
		{Lifespan: ""},
		{Lifespan: "365 days", ExpiresAt: start.AddDate(1, 0, 0)},
		{Lifespan: transfertoken.Unlimited, ExpiresAt: start},
	} {
		id := uuid.UUID{15: byte(i + 1)}
		broken.ID, broken.Name, broken.Permissions, broken.Revision = id, strconv.Itoa(i), transfertoken.Push, 1
		require.NoError(t,
			f.spy.Create(t.Context(), transfertoken.Record{Token: broken, Digest: testSalt.Digest(strconv.Itoa(i))}))
		issued, err := f.Regenerate(t.Context(), id, transfertoken.AnyRevision)
		require.Equal(t, []string{"lifespan"}, fieldsOf(t, err))
		require.Zero(t, issued, "no secret that could not be used")
		got, err := f.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, broken, got)
	}
}

func TestAWriteAgainstARevisionHoldsBetweenLookAndWrite(t *testing.T) {
	for _, row := range []struct {
		write string // the call of the store before which another writer is faster
		do    func(f *fixture, token transfertoken.Token) error
	}{
		{"Delete", func(f *fixture, token transfertoken.Token) error {
			return f.Delete(t.Context(), token.ID, token.Revision)
		}},
		{"Update", func(f *fixture, token transfertoken.Token) error {
			_, err := f.Update(t.Context(), token.ID,
				transfertoken.Changes{Name: ptr("mine"), Revision: token.Revision})
			return err
		}},
		{"Update", func(f *fixture, token transfertoken.Token) error {
			_, err := f.Regenerate(t.Context(), token.ID, token.Revision)
			return err
		}},
	} {
		f := newFixture(t, nil)
		token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
		other := newFixtureOn(t, f.spy.Store, testSalt, nil)
		var theirs transfertoken.Token
		f.spy.hook(func(call string) (err error) {
			if call == row.write && theirs.ID == uuid.Nil {
				theirs, err = other.Update(t.Context(), token.ID, transfertoken.Changes{Name: ptr("theirs")})
			}
			return err
		}, nil)
		require.Equal(t, transfertoken.ErrConflict, row.do(f, token))
		f.spy.hook(nil, nil)
		stored, err := f.Get(t.Context(), token.ID)
		require.NoError(t, err)
		require.Equal(t, theirs, stored)
		require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	}
}

// Argo CD's deleted accounts came back to life with their tokens when an account
// of the same name was made (#17584).
func TestDeleteAndCreateAgainDoesNotReviveTheSecret(t *testing.T) {
	f := newFixture(t, nil)
	token, old := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.takeEvents()
	require.NoError(t, f.Delete(t.Context(), token.ID, transfertoken.AnyRevision))
	require.Equal(t, []transfertoken.Event{{Kind: transfertoken.EventDeleted, At: start, Token: token}}, f.takeEvents())
	require.ErrorIs(t, f.Delete(t.Context(), token.ID, transfertoken.AnyRevision), transfertoken.ErrNotFound)

	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	require.ErrorIs(t, f.authorize(t, old, transfertoken.Push), transfertoken.ErrUnauthorized)
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
}

func TestListPagesInOrderOfCreation(t *testing.T) {
	f := newFixture(t, nil)
	var created []transfertoken.Token
	for i := range 2100 {
		token, _ := f.issue(t, strconv.Itoa(i), transfertoken.Push, transfertoken.Days7)
		created = append(created, token)
	}
	page := func(opts transfertoken.ListOptions) []transfertoken.Token {
		tokens, err := f.List(t.Context(), opts)
		require.NoError(t, err)
		return tokens
	}
	require.Equal(t, created[:100], page(transfertoken.ListOptions{}))
	require.Equal(t, created[:1], page(transfertoken.ListOptions{Limit: 1}))
	require.Equal(t, created[5:1005], page(transfertoken.ListOptions{After: created[4].ID, Limit: 1000}))
	require.Equal(t, created[2099:], page(transfertoken.ListOptions{After: created[2098].ID}))
	require.Equal(t, []transfertoken.Token{}, page(transfertoken.ListOptions{After: uuid.Max}), "empty, not nil")

	require.NoError(t, f.Delete(t.Context(), created[1000].ID, transfertoken.AnyRevision))
	require.Equal(t, created[1001:1101], page(transfertoken.ListOptions{After: created[1000].ID}),
		"the ID need not exist")

	var all []transfertoken.Token
	for token, err := range f.All(t.Context()) {
		require.NoError(t, err)
		all = append(all, token)
	}
	require.Equal(t, append(slices.Clone(created[:1000]), created[1001:]...), all)

	for _, limit := range []int{-1, 1001, math.MaxInt, math.MinInt} {
		f.spy.takeCalls()
		tokens, err := f.List(t.Context(), transfertoken.ListOptions{Limit: limit})
		require.Equal(t, []string{"limit"}, fieldsOf(t, err))
		require.Nil(t, tokens)
		require.Empty(t, f.spy.takeCalls())
	}
}

func TestAllYieldsAnErrorOnceAndLast(t *testing.T) {
	f := newFixture(t, nil)
	for i := range 1001 {
		f.issue(t, strconv.Itoa(i), transfertoken.Push, transfertoken.Days7)
	}
	lists := 0
	f.spy.hook(func(call string) error {
		if lists++; lists == 2 {
			return errStore
		}
		return nil
	}, nil)
	seen, failures := 0, 0
	for token, err := range f.All(t.Context()) {
		require.Zero(t, failures)
		if err != nil {
			require.ErrorIs(t, err, errStore)
			require.Zero(t, token)
			failures++
			continue
		}
		seen++
	}
	require.Equal(t, [2]int{1000, 1}, [2]int{seen, failures})

	f.spy.hook(nil, nil)
	f.spy.takeCalls()
	for range f.All(t.Context()) {
		break
	}
	require.Len(t, f.spy.takeCalls(), 1, "a loop that ends early reads no further page")
}

// pagingStore is a store with another List.
type pagingStore struct {
	transfertoken.Store
	list func(opts transfertoken.ListOptions) ([]transfertoken.Record, error)
}

func (s pagingStore) List(_ context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	return s.list(opts)
}

func TestAPageThatDoesNotAdvanceOrIsTooLongIsAStoreFailure(t *testing.T) {
	memory := transfertoken.NewMemoryStore()
	filled := newFixtureOn(t, memory, testSalt, nil)
	for i := range 5 {
		filled.issue(t, strconv.Itoa(i), transfertoken.Push, transfertoken.Days7)
	}
	all, err := memory.List(t.Context(), transfertoken.ListOptions{Limit: 10})
	require.NoError(t, err)
	for name, list := range map[string]func(transfertoken.ListOptions) ([]transfertoken.Record, error){
		"the first page again": func(transfertoken.ListOptions) ([]transfertoken.Record, error) { return all[:3], nil },
		"starts at After": func(opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
			low := opts.After[8:]
			binary.BigEndian.PutUint64(low, binary.BigEndian.Uint64(low)-1)
			return memory.List(t.Context(), opts)
		},
		"backwards": func(transfertoken.ListOptions) ([]transfertoken.Record, error) {
			return []transfertoken.Record{all[2], all[1]}, nil
		},
		"twice": func(transfertoken.ListOptions) ([]transfertoken.Record, error) {
			return []transfertoken.Record{all[2], all[2]}, nil
		},
		"a zero ID": func(transfertoken.ListOptions) ([]transfertoken.Record, error) {
			return make([]transfertoken.Record, 1), nil
		},
		"too long": func(opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
			var page []transfertoken.Record
			for i := range opts.Limit + 1 {
				page = append(page, numbered(i, i))
			}
			return page, nil
		},
	} {
		f := newFixtureOn(t, pagingStore{memory, list}, testSalt, nil)
		seen, failures := 0, 0
		for token, err := range f.All(t.Context()) {
			if err != nil {
				require.Zero(t, token)
				require.ErrorContains(t, err, "the store returned", name)
				failures++
				continue
			}
			seen++
			require.LessOrEqual(t, seen, len(all), name)
		}
		require.Equal(t, 1, failures, name)
		_, err := f.Salts(t.Context())
		require.ErrorContains(t, err, "the store returned", name)
		if name != "the first page again" { // which may be the first page
			_, err = f.List(t.Context(), transfertoken.ListOptions{After: all[2].ID, Limit: 2})
			require.ErrorContains(t, err, "the store returned", name)
		}
	}
}

func TestAllGoesOnUntilAPageIsEmpty(t *testing.T) {
	memory := transfertoken.NewMemoryStore()
	filled := newFixtureOn(t, memory, testSalt, nil)
	var created []transfertoken.Token
	for i := range 700 {
		token, _ := filled.issue(t, strconv.Itoa(i), transfertoken.Push, transfertoken.Days7)
		created = append(created, token)
	}
	capped := pagingStore{memory, func(opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
		opts.Limit = min(opts.Limit, 500)
		return memory.List(t.Context(), opts)
	}}
	var seen []transfertoken.Token
	for token, err := range newFixtureOn(t, capped, testSalt, nil).All(t.Context()) {
		require.NoError(t, err)
		seen = append(seen, token)
	}
	require.Equal(t, created, seen)
}

// undeletingPurger returns the same records again and again.
type undeletingPurger struct {
	transfertoken.Store
	batch []transfertoken.Record
}

func (s undeletingPurger) PurgeExpired(context.Context, time.Time, int) ([]transfertoken.Record, error) {
	return s.batch, nil
}

func TestPurgeExpiredEndsWithAStoreThatDoesNotDelete(t *testing.T) {
	for size, want := range map[int]int{1: 1, 1000: 1000, 1001: 0} {
		var batch []transfertoken.Record
		for i := range size {
			batch = append(batch, numbered(i, i))
		}
		svc, err := transfertoken.New(undeletingPurger{transfertoken.NewMemoryStore(), batch}, testSalt, nil)
		require.NoError(t, err)
		n, err := svc.PurgeExpired(t.Context(), 0)
		require.ErrorContains(t, err, "the store returned")
		require.Equal(t, want, n)
	}
}

func TestPurgeExpiredDeletesTokensThatExpiredLongEnoughAgo(t *testing.T) {
	f := newFixture(t, nil)
	week, _ := f.issue(t, "week", transfertoken.Push, transfertoken.Days7)
	month, _ := f.issue(t, "month", transfertoken.Push, transfertoken.Days30)
	forever, _ := f.issue(t, "forever", transfertoken.Push, transfertoken.Unlimited)
	odd := transfertoken.Record{
		Token:  transfertoken.Token{ID: uuid.Max, Name: "odd", Lifespan: transfertoken.Days7, Revision: 1},
		Digest: testSalt.Digest("odd"),
	}
	require.NoError(t, f.spy.Create(t.Context(), odd))
	f.takeEvents()

	purge := func(now time.Time, grace time.Duration) int {
		f.clock.Set(now)
		n, err := f.PurgeExpired(t.Context(), grace)
		require.NoError(t, err)
		return n
	}
	const grace = 48 * time.Hour
	require.Zero(t, purge(week.ExpiresAt.Add(-time.Millisecond), 0))
	require.Zero(t, purge(week.ExpiresAt.Add(grace-time.Millisecond), grace))
	require.Empty(t, f.takeEvents())
	require.Equal(t, 1, purge(week.ExpiresAt.Add(grace), grace))
	require.Equal(t,
		[]transfertoken.Event{{Kind: transfertoken.EventPurged, At: week.ExpiresAt.Add(grace), Token: week}},
		f.takeEvents())
	require.Zero(t, purge(month.ExpiresAt.AddDate(200, 0, 0), 1<<63-1))
	require.Equal(t, 1, purge(month.ExpiresAt, 0))

	left, err := f.List(t.Context(), transfertoken.ListOptions{})
	require.NoError(t, err)
	require.Equal(t, []transfertoken.Token{forever, odd.Token}, left)

	f.spy.takeCalls()
	for _, negative := range []time.Duration{-1, -time.Hour, -1 << 63} {
		_, err := f.PurgeExpired(t.Context(), negative)
		require.Equal(t, []string{"grace"}, fieldsOf(t, err))
	}
	require.Empty(t, f.spy.takeCalls())
}

func TestPurgeExpiredDeletesInBatchesWhereTheStoreCan(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	now := start
	var purged []transfertoken.Token
	svc, err := transfertoken.New(store, testSalt, &transfertoken.Options{
		Now: func() time.Time { return now },
		OnEvent: func(_ context.Context, e transfertoken.Event) {
			if e.Kind == transfertoken.EventPurged {
				require.Equal(t, now, e.At)
				purged = append(purged, e.Token)
			}
		},
	})
	require.NoError(t, err)
	const n = 2*transfertoken.MaxPageSize + 1
	var expired, stay []transfertoken.Token
	for i := range n {
		week, err := svc.Create(
			t.Context(),
			transfertoken.NewToken{
				Name:        fmt.Sprint("week ", i),
				Permissions: transfertoken.Push,
				Lifespan:    transfertoken.Days7,
			},
		)
		require.NoError(t, err)
		expired = append(expired, week.Token)
		if i%1000 == 0 {
			month, err := svc.Create(
				t.Context(),
				transfertoken.NewToken{
					Name:        fmt.Sprint("month ", i),
					Permissions: transfertoken.Push,
					Lifespan:    transfertoken.Days30,
				},
			)
			require.NoError(t, err)
			stay = append(stay, month.Token)
		}
	}
	now = expired[0].ExpiresAt.Add(time.Hour - time.Millisecond)
	count, err := svc.PurgeExpired(t.Context(), time.Hour)
	require.NoError(t, err)
	require.Zero(t, count)
	now = now.Add(time.Millisecond)
	count, err = svc.PurgeExpired(t.Context(), time.Hour)
	require.NoError(t, err)
	require.Equal(t, n, count)
	require.Equal(t, sortedIDs(expired), sortedIDs(purged))
	left, err := svc.List(t.Context(), transfertoken.ListOptions{})
	require.NoError(t, err)
	require.Equal(t, stay, left)
}

func sortedIDs(tokens []transfertoken.Token) []uuid.UUID {
	var ids []uuid.UUID
	for _, t := range tokens {
		ids = append(ids, t.ID)
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

// failingPurger fails at its second batch.
type failingPurger struct {
	*transfertoken.MemoryStore
	calls int
}

func (s *failingPurger) PurgeExpired(ctx context.Context, end time.Time, limit int) ([]transfertoken.Record, error) {
	if s.calls++; s.calls == 2 {
		return nil, errStore
	}
	return s.MemoryStore.PurgeExpired(ctx, end, min(limit, 3))
}

func TestPurgeExpiredCountsTheDeletedTokensWhenABatchFails(t *testing.T) {
	now := start
	svc, err := transfertoken.New(&failingPurger{MemoryStore: transfertoken.NewMemoryStore()}, testSalt,
		&transfertoken.Options{Now: func() time.Time { return now }})
	require.NoError(t, err)
	for i := range 8 {
		_, err := svc.Create(
			t.Context(),
			transfertoken.NewToken{
				Name:        strconv.Itoa(i),
				Permissions: transfertoken.Push,
				Lifespan:    transfertoken.Days7,
			},
		)
		require.NoError(t, err)
	}
	now = start.AddDate(0, 0, 7)
	n, err := svc.PurgeExpired(t.Context(), 0)
	require.ErrorIs(t, err, errStore)
	require.Equal(t, 3, n)
	n, err = svc.PurgeExpired(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, 5, n)
}

func TestPurgeExpiredSparesATokenThatIsRegeneratedMeanwhile(t *testing.T) {
	f := newFixture(t, nil)
	saved, _ := f.issue(t, "saved", transfertoken.Push, transfertoken.Days7)
	gone, _ := f.issue(t, "gone", transfertoken.Push, transfertoken.Days7)
	f.issue(t, "purged", transfertoken.Push, transfertoken.Days7)
	f.clock.Advance(7 * 24 * time.Hour)

	other := newFixtureOn(t, f.spy.Store, testSalt, &transfertoken.Options{Now: f.clock.Now})
	var secret string
	f.spy.hook(func(call string) error {
		if call == "Delete" && secret == "" {
			issued, err := other.Regenerate(t.Context(), saved.ID, transfertoken.AnyRevision)
			require.NoError(t, err)
			secret = issued.Secret.Reveal()
			require.NoError(t, other.Delete(t.Context(), gone.ID, transfertoken.AnyRevision))
		}
		return nil
	}, nil)
	n, err := f.PurgeExpired(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
}

func TestOnlyOneOfConcurrentCreatesAndRenamesWins(t *testing.T) {
	f := newFixture(t, nil)
	var ids []uuid.UUID
	for i := range 32 {
		token, _ := f.issue(t, strconv.Itoa(i), transfertoken.Push, transfertoken.Days7)
		ids = append(ids, token.ID)
	}
	requireOneWinner := func(do func(i int) error) {
		errs := concurrently(32, do)
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				require.ErrorIs(t, err, transfertoken.ErrNameTaken)
			}
		}
		require.Equal(t, 1, won)
	}
	requireOneWinner(func(i int) error {
		_, err := f.Create(t.Context(),
			transfertoken.NewToken{Name: "created", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
		return err
	})
	requireOneWinner(func(i int) error {
		_, err := f.Update(t.Context(), ids[i], transfertoken.Changes{Name: ptr("renamed")})
		return err
	})
}

func TestConcurrentUpdatesLoseNoneOrConflict(t *testing.T) {
	f := newFixture(t, nil)
	token, _ := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	errs := concurrently(32, func(i int) error {
		_, err := f.Update(t.Context(), token.ID, transfertoken.Changes{Description: ptr(strconv.Itoa(i))})
		return err
	})
	written := int64(0)
	for _, err := range errs {
		if err == nil {
			written++
		} else {
			require.ErrorIs(t, err, transfertoken.ErrConflict)
		}
	}
	got, err := f.Get(t.Context(), token.ID)
	require.NoError(t, err)
	require.Equal(t, token.Revision+written, got.Revision)
}

func TestConcurrentRegeneratesLeaveOneLiveSecret(t *testing.T) {
	for range 20 {
		f := newFixture(t, nil)
		token, old := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
		var mu sync.Mutex
		secrets := []string{old}
		errs := concurrently(8, func(int) error {
			issued, err := f.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision)
			if err == nil {
				mu.Lock()
				secrets = append(secrets, issued.Secret.Reveal())
				mu.Unlock()
			}
			return err
		})
		for _, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, transfertoken.ErrConflict)
			}
		}
		live := 0
		for _, secret := range secrets {
			if f.authorize(t, secret, transfertoken.Push) == nil {
				live++
			}
		}
		require.Equal(t, 1, live, "of %d secrets", len(secrets))
		require.Error(t, f.authorize(t, old, transfertoken.Push))
	}
}

// concurrently calls do n times at once and returns the errors.
func concurrently(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			errs[i] = do(i)
		})
	}
	done.Wait()
	return errs
}

// A store may fail at any call, before or after it did its work.
func TestAFailingStoreLeavesNothingHalfDone(t *testing.T) {
	const secretFromElsewhere = "a-secret-from-elsewhere-in-a-foreign-format"
	type world struct {
		*fixture
		token  transfertoken.Token
		secret string
	}
	ensured, err := transfertoken.GenerateSecret("")
	require.NoError(t, err)
	operations := map[string]func(w world) (secret string, err error){
		"Create": func(w world) (string, error) {
			issued, err := w.Create(t.Context(),
				transfertoken.NewToken{Name: "new", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
			return issued.Secret.Reveal(), err
		},
		"Ensure": func(w world) (string, error) {
			token, err := w.Ensure(t.Context(), transfertoken.NewToken{
				Name: "new", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
			}, ensured)
			if err != nil && token != (transfertoken.Token{}) {
				return "a token with an error", err
			}
			return "", err
		},
		"Adopt": func(w world) (string, error) {
			token, err := w.Adopt(t.Context(), transfertoken.AdoptedToken{
				Name: "new", Permissions: transfertoken.Push, Lifespan: transfertoken.Unlimited,
				Digest: testSalt.Digest(secretFromElsewhere),
			})
			if err != nil && token != (transfertoken.Token{}) {
				return "a token with an error", err
			}
			return "", err
		},
		"Update": func(w world) (string, error) {
			_, err := w.Update(t.Context(), w.token.ID,
				transfertoken.Changes{Name: ptr("renamed"), Permissions: ptr(transfertoken.Pull)})
			return "", err
		},
		"Regenerate": func(w world) (string, error) {
			issued, err := w.Regenerate(t.Context(), w.token.ID, transfertoken.AnyRevision)
			return issued.Secret.Reveal(), err
		},
		"Delete": func(w world) (string, error) {
			return "", w.Delete(t.Context(), w.token.ID, transfertoken.AnyRevision)
		},
		"PurgeExpired": func(w world) (string, error) {
			w.clock.Advance(365 * 24 * time.Hour)
			_, err := w.PurgeExpired(t.Context(), 0)
			return "", err
		},
	}
	for name, do := range operations {
		for _, side := range []string{"before", "after"} {
			for failing := 0; ; failing++ {
				f := newFixture(t, &transfertoken.Options{AcceptForeign: true})
				w := world{fixture: f}
				w.token, w.secret = f.issue(t, "old", transfertoken.Push, transfertoken.Days7)
				f.takeEvents()
				calls := 0
				fail := func(call string) error {
					if call == "Touch" { // a failure to clear LastUsedAt is only a warning
						return nil
					}
					calls++
					if calls-1 == failing {
						return fmt.Errorf("it failed: %w", errStore)
					}
					return nil
				}
				if side == "before" {
					f.spy.hook(fail, nil)
				} else {
					f.spy.hook(nil, fail)
				}
				secret, err := do(w)
				if calls <= failing {
					require.NoError(t, err, name)
					break
				}
				label := fmt.Sprintf("%s, failing %s call %d", name, side, failing)
				require.ErrorIs(t, err, errStore, label)
				require.Empty(t, secret, label)
				if name == "PurgeExpired" && failing == 2 { // the List after the only Delete
					require.Equal(t, []transfertoken.EventKind{transfertoken.EventPurged}, f.kinds(), label)
				} else {
					require.Empty(t, f.kinds(), "nothing is reported that may not have happened: "+label)
				}

				f.spy.hook(nil, nil)
				for token, err := range f.All(t.Context()) {
					require.NoError(t, err, label)
					whole := token == w.token || token.Name == "new" && token.Revision == 1 ||
						token.ID == w.token.ID && token.Revision == 2 &&
							(token.Name == "renamed") == (token.Permissions == transfertoken.Pull)
					require.True(t, whole, "%s left %+v", label, token)
				}
				if _, err := f.Get(t.Context(), w.token.ID); err != nil {
					require.ErrorIs(t, err, transfertoken.ErrNotFound, label)
					require.ErrorIs(t, f.authorize(t, w.secret, transfertoken.Push), transfertoken.ErrUnauthorized,
						label)
				}
				_, err = do(w)
				if side == "before" {
					require.NoError(t, err, "it can be repeated: "+label)
				}
			}
		}
	}
}

func TestACancelledContextChangesNothing(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{AcceptForeign: true})
	token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	before, err := f.spy.Get(t.Context(), token.ID)
	require.NoError(t, err)
	f.takeEvents()

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for _, ctx := range []context.Context{cancelled, late} {
		for name, do := range operations(ctx, token.ID, secret) {
			err := do(f.TokenService)
			require.ErrorIs(t, err, ctx.Err(), name)
			require.False(t, errors.Is(err, transfertoken.ErrUnauthorized), name)
		}
	}
	after, err := f.spy.Store.List(t.Context(), transfertoken.ListOptions{Limit: 1000})
	require.NoError(t, err)
	require.Equal(t, []transfertoken.Record{before}, after)
	require.Empty(t, f.takeEvents())
}
