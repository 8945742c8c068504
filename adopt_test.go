package transfertoken_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// foreignSecret is in a format that another system might use.
const foreignSecret = "other-system.0123456789~abcdefghij+/=="

func TestASecretThatStrapiIssuedIsAuthorizedOnceItsDigestWasAdopted(t *testing.T) {
	created := start.AddDate(0, 0, -3)
	f := newFixture(t, &transfertoken.Options{AcceptForeign: true, OtherSalts: []transfertoken.Salt{strapiSalt}})
	require.ErrorIs(t, f.authorize(t, strapiKey, transfertoken.Pull), transfertoken.ErrUnauthorized)
	f.takeEvents()

	token, err := f.Adopt(t.Context(), transfertoken.AdoptedToken{
		Name: "from Strapi", Description: "d", Permissions: transfertoken.Pull,
		Lifespan: transfertoken.Days7, CreatedBy: "migration",
		Digest: strapiDigest(t), Salt: strapiSalt, CreatedAt: created,
		ExpiresAt: created.AddDate(0, 0, 7), LastUsedAt: created.Add(time.Hour),
	})
	require.NoError(t, err)
	require.Equal(t, transfertoken.Token{
		ID: token.ID, Name: "from Strapi", Description: "d", Permissions: transfertoken.Pull,
		Lifespan: transfertoken.Days7, CreatedBy: "migration",
		CreatedAt: created, UpdatedAt: start, ExpiresAt: created.AddDate(0, 0, 7),
		LastUsedAt: created.Add(time.Hour), Revision: 1,
	}, token)
	require.Equal(t, []transfertoken.Event{{Kind: transfertoken.EventAdopted, At: start, Token: token}}, f.takeEvents())

	require.NoError(t, f.authorize(t, strapiKey, transfertoken.Pull))
	require.ErrorIs(t, f.authorize(t, strapiKey, transfertoken.Push), transfertoken.ErrForbidden)
	require.ErrorIs(t, f.authorize(t, strings.ToUpper(strapiKey), transfertoken.Pull), transfertoken.ErrUnauthorized)
	require.ErrorIs(t, f.authorize(t, strapiHash, transfertoken.Pull), transfertoken.ErrUnauthorized,
		"the stored hash is no secret")
	record, err := f.spy.Get(t.Context(), token.ID)
	require.NoError(t, err)
	require.Equal(t, testSalt.Digest(strapiKey), record.Digest, "its first use moved it under the current salt")

	f.clock.Advance(4 * 24 * time.Hour)
	require.ErrorIs(t, f.authorize(t, strapiKey, transfertoken.Pull), transfertoken.ErrExpired)
	issued, err := f.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision)
	require.NoError(t, err)
	require.NotEmpty(t, issued.Token.Hint)
	require.NoError(t, f.authorize(t, issued.Secret.Reveal(), transfertoken.Pull))
	require.ErrorIs(t, f.authorize(t, strapiKey, transfertoken.Pull), transfertoken.ErrUnauthorized)
}

func TestAdoptChecksEveryField(t *testing.T) {
	week := 7 * 24 * time.Hour
	good := transfertoken.AdoptedToken{
		Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
		Digest:    testSalt.Digest(foreignSecret),
		CreatedAt: start.Add(-time.Hour), ExpiresAt: start.Add(-time.Hour + week),
	}
	for _, row := range []struct {
		name   string
		change func(*transfertoken.AdoptedToken)
		fields []string // at fault; nil if the token is adopted
	}{
		{"as it is", func(a *transfertoken.AdoptedToken) {}, nil},
		{
			"created now",
			func(a *transfertoken.AdoptedToken) { a.CreatedAt, a.ExpiresAt = time.Time{}, start.Add(week) },
			nil,
		},
		{
			"created at this millisecond",
			func(a *transfertoken.AdoptedToken) { a.CreatedAt = start.Add(time.Microsecond) },
			nil,
		},
		{
			"created in the future",
			func(a *transfertoken.AdoptedToken) { a.CreatedAt = start.Add(time.Millisecond) },
			[]string{"createdAt"},
		},
		{"created at the epoch, expired", func(a *transfertoken.AdoptedToken) {
			a.CreatedAt, a.ExpiresAt = time.UnixMilli(0), time.UnixMilli(0).Add(week)
		}, nil},
		{"expired already", func(a *transfertoken.AdoptedToken) { a.ExpiresAt = start.Add(-time.Minute) }, nil},
		{"one second late", func(a *transfertoken.AdoptedToken) { a.ExpiresAt = a.ExpiresAt.Add(time.Second) }, nil},
		{
			"more than one second late",
			func(a *transfertoken.AdoptedToken) { a.ExpiresAt = a.ExpiresAt.Add(time.Second + time.Millisecond) },
			[]string{"expiresAt"},
		},
		{
			"limited without end",
			func(a *transfertoken.AdoptedToken) { a.ExpiresAt = time.Time{} },
			[]string{"expiresAt"},
		},
		{"unlimited", func(a *transfertoken.AdoptedToken) {
			a.Lifespan, a.ExpiresAt = transfertoken.Unlimited, time.Time{}
		}, nil},
		{
			"unlimited with an end",
			func(a *transfertoken.AdoptedToken) { a.Lifespan = transfertoken.Unlimited },
			[]string{"expiresAt"},
		},
		{
			"used in the future",
			func(a *transfertoken.AdoptedToken) { a.LastUsedAt = start.Add(time.Second) },
			[]string{"lastUsedAt"},
		},
		{"zero digest", func(a *transfertoken.AdoptedToken) { a.Digest = transfertoken.Digest{} }, []string{"digest"}},
		{"current salt by name", func(a *transfertoken.AdoptedToken) { a.Salt = testSalt }, nil},
		{"another configured salt", func(a *transfertoken.AdoptedToken) {
			a.Salt, a.Digest = otherSalt, otherSalt.Digest(foreignSecret)
		}, nil},
		{"a salt that is not configured", func(a *transfertoken.AdoptedToken) { a.Salt = thirdSalt }, []string{"salt"}},
		{"nothing right", func(a *transfertoken.AdoptedToken) {
			later := start.Add(time.Hour)
			*a = transfertoken.AdoptedToken{Salt: thirdSalt, CreatedAt: later, LastUsedAt: later}
		}, []string{"name", "permissions", "lifespan", "digest", "salt", "createdAt", "lastUsedAt"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFixture(t, &transfertoken.Options{AcceptForeign: true, OtherSalts: []transfertoken.Salt{otherSalt}})
			request := good
			row.change(&request)
			token, err := f.Adopt(t.Context(), request)
			if row.fields != nil {
				require.Equal(t, row.fields, fieldsOf(t, err))
				require.Zero(t, token)
				require.Empty(t, f.spy.takeCalls())
				return
			}
			require.NoError(t, err)
			require.Empty(t, token.Hint)
			want := error(nil)
			if !token.ExpiresAt.IsZero() && !token.ExpiresAt.After(start) {
				want = transfertoken.ErrExpired
			}
			require.Equal(t, want, f.authorize(t, foreignSecret, transfertoken.Push))
		})
	}
}

func TestAdoptNeedsAcceptForeign(t *testing.T) {
	f := newFixture(t, nil)
	_, err := f.Adopt(t.Context(), transfertoken.AdoptedToken{
		Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Unlimited,
		Digest: testSalt.Digest(foreignSecret),
	})
	require.Equal(t, []string{"acceptForeign"}, fieldsOf(t, err))
	require.Empty(t, f.spy.takeCalls())
}

func TestAdoptingTwiceIsRefused(t *testing.T) {
	f := newFixture(t, &transfertoken.Options{AcceptForeign: true})
	request := transfertoken.AdoptedToken{
		Name:        "n",
		Permissions: transfertoken.Push,
		Lifespan:    transfertoken.Unlimited,
		Digest:      testSalt.Digest(foreignSecret),
	}
	first, err := f.Adopt(t.Context(), request)
	require.NoError(t, err)
	_, err = f.Adopt(t.Context(), request)
	require.Equal(t, transfertoken.ErrNameTaken, err)
	request.Name = "m"
	_, err = f.Adopt(t.Context(), request)
	require.Equal(t, transfertoken.ErrSecretTaken, err)
	tokens, err := f.List(t.Context(), transfertoken.ListOptions{})
	require.NoError(t, err)
	require.Equal(t, []transfertoken.Token{first}, tokens)
}
