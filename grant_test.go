package transfertoken_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// Argo CD's web terminal stayed open after the account was gone
// (CVE-2024-41666), and Strapi goes on with the copy of the token that it made
// when the connection began.
func TestRecheckAnswersAsAuthorizeWould(t *testing.T) {
	type scene struct {
		*fixture
		id     uuid.UUID
		secret string
	}
	for _, row := range []struct {
		name string
		do   func(s scene) error
		want error // nil if the transfer goes on
	}{
		{"nothing happened", func(s scene) error { return nil }, nil},
		{
			"deleted",
			func(s scene) error { return s.Delete(t.Context(), s.id, transfertoken.AnyRevision) },
			transfertoken.ErrUnauthorized,
		},
		{"regenerated", func(s scene) error {
			_, err := s.Regenerate(t.Context(), s.id, transfertoken.AnyRevision)
			return err
		}, transfertoken.ErrUnauthorized},
		{"deleted and made again", func(s scene) error {
			if err := s.Delete(t.Context(), s.id, transfertoken.AnyRevision); err != nil {
				return err
			}
			_, err := s.Create(t.Context(),
				transfertoken.NewToken{Name: "n", Permissions: transfertoken.FullAccess, Lifespan: transfertoken.Days7})
			return err
		}, transfertoken.ErrUnauthorized},
		{"narrowed to less than is needed", func(s scene) error {
			_, err := s.Update(t.Context(), s.id, transfertoken.Changes{Permissions: ptr(transfertoken.Pull)})
			return err
		}, transfertoken.ErrForbidden},
		{"narrowed to the need", func(s scene) error {
			_, err := s.Update(t.Context(), s.id, transfertoken.Changes{Permissions: ptr(transfertoken.Push)})
			return err
		}, nil},
		{"renamed", func(s scene) error {
			_, err := s.Update(t.Context(), s.id, transfertoken.Changes{Name: ptr("m")})
			return err
		}, nil},
		{"suspended", func(s scene) error {
			_, err := s.Update(t.Context(), s.id, transfertoken.Changes{Suspended: ptr(true)})
			return err
		}, transfertoken.ErrSuspended},
		{"suspended, and that was lifted", func(s scene) error {
			if _, err := s.Update(t.Context(), s.id, transfertoken.Changes{Suspended: ptr(true)}); err != nil {
				return err
			}
			_, err := s.Update(t.Context(), s.id, transfertoken.Changes{Suspended: ptr(false)})
			return err
		}, nil},
		{"expired", func(s scene) error { s.clock.Advance(7 * 24 * time.Hour); return nil }, transfertoken.ErrExpired},
		{"nearly expired", func(s scene) error { s.clock.Advance(7*24*time.Hour - 1); return nil }, nil},
		{"re-digested by an instance with a new current salt", func(s scene) error {
			opts := &transfertoken.Options{OtherSalts: []transfertoken.Salt{testSalt}}
			other := newFixtureOn(t, s.spy.Store, otherSalt, opts)
			return other.authorize(t, s.secret, transfertoken.Push)
		}, nil},
		{"re-digested and renamed", func(s scene) error {
			opts := &transfertoken.Options{OtherSalts: []transfertoken.Salt{testSalt}}
			other := newFixtureOn(t, s.spy.Store, otherSalt, opts)
			if err := other.authorize(t, s.secret, transfertoken.Push); err != nil {
				return err
			}
			_, err := other.Update(t.Context(), s.id, transfertoken.Changes{Name: ptr("m")})
			return err
		}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFixture(t, &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}})
			token, secret := f.issue(t, "n", transfertoken.FullAccess, transfertoken.Days7)
			grant, err := f.Authorize(t.Context(), secret, transfertoken.Push)
			require.NoError(t, err)
			require.NoError(t, row.do(scene{f, token.ID, secret}))

			f.spy.takeCalls()
			require.Equal(t, row.want, grant.Recheck(t.Context()))
			require.Equal(t, []string{"Get"}, f.spy.takeCalls(), "it writes nothing")
			require.Equal(t, row.want, f.authorize(t, secret, transfertoken.Push))
		})
	}
}

func TestRecheckComparesTheWholeDigestUnderEverySalt(t *testing.T) {
	salts := []transfertoken.Salt{
		testSalt,
		otherSalt,
		thirdSalt,
		"a fourth salt of these tests",
		"a fifth salt of these tests",
	}
	for n := 1; n <= len(salts); n++ {
		f := newFixture(t, &transfertoken.Options{OtherSalts: salts[1:n]})
		token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
		grant, err := f.Authorize(t.Context(), secret, transfertoken.Push)
		require.NoError(t, err)
		from := testSalt.Digest(secret)
		rekey := func(to transfertoken.Digest) error {
			require.NoError(t, f.spy.Store.Rekey(t.Context(), token.ID, from, to, "00000000"))
			from = to
			return grant.Recheck(t.Context())
		}
		for i, salt := range salts {
			digest := salt.Digest(secret)
			for _, flip := range []int{0, 32, 63} {
				wrong := digest
				wrong[flip] ^= 0x80
				require.Equal(t, transfertoken.ErrUnauthorized, rekey(wrong))
			}
			if i < n {
				require.NoError(t, rekey(digest), "salt %d of %d", i, n)
			} else {
				require.Equal(t, transfertoken.ErrUnauthorized, rekey(digest), "salt %d of %d", i, n)
			}
		}
	}
}

func TestTheZeroGrantGrantsNothing(t *testing.T) {
	require.Equal(t, transfertoken.ErrUnauthorized, transfertoken.Grant{}.Recheck(t.Context()))

	f := newFixture(t, nil)
	token, _ := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	require.Equal(t, transfertoken.ErrUnauthorized, transfertoken.Grant{Token: token}.Recheck(t.Context()))
}

func TestAGrantIsForItsOwnToken(t *testing.T) {
	f := newFixture(t, nil)
	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	other, _ := f.issue(t, "other", transfertoken.Push, transfertoken.Days7)
	grant, err := f.Authorize(t.Context(), secret, transfertoken.Push)
	require.NoError(t, err)
	grant.Token = other
	require.Equal(t, transfertoken.ErrUnauthorized, grant.Recheck(t.Context()))
}

func TestAStoreFailureDuringRecheckIsNotARefusal(t *testing.T) {
	f := newFixture(t, nil)
	_, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	grant, err := f.Authorize(t.Context(), secret, transfertoken.Push)
	require.NoError(t, err)

	f.spy.hook(func(string) error { return errStore }, nil)
	err = grant.Recheck(t.Context())
	require.ErrorIs(t, err, errStore)
	require.NotErrorIs(t, err, transfertoken.ErrUnauthorized)

	f.spy.hook(nil, nil)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, grant.Recheck(cancelled), context.Canceled)
	require.NoError(t, grant.Recheck(t.Context()))
}
