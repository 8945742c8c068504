package transfertoken_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestNewChecksStoreAndOptionsAlsoWhenDisabled(t *testing.T) {
	for _, salt := range []transfertoken.Salt{testSalt, ""} {
		_, err := transfertoken.New(nil, salt, nil)
		require.Equal(t, []string{"store"}, fieldsOf(t, err))

		var forgotten *transfertoken.MemoryStore
		_, err = transfertoken.New(forgotten, salt, &transfertoken.Options{Prefix: "No_"})
		require.Equal(t, []string{"store", "prefix"}, fieldsOf(t, err), "all that is wrong at once")

		for _, allowed := range [][]transfertoken.Lifespan{
			{}, {""}, {"365 days"}, {transfertoken.Days7, "Unlimited"}, {transfertoken.Days7, "7 days "},
		} {
			opts := &transfertoken.Options{AllowedLifespans: allowed}
			_, err := transfertoken.New(transfertoken.NewMemoryStore(), salt, opts)
			require.Equal(t, []string{"allowedLifespans"}, fieldsOf(t, err), "%q", allowed)
		}

		for _, prefix := range []string{
			"A", "xfeR", "0x", "a_b", "a-b", "é", " ", "a ", "a\x00", "abcdefghijklmnopq",
			strings.Repeat("a", 1<<20),
		} {
			_, err := transfertoken.New(transfertoken.NewMemoryStore(), salt, &transfertoken.Options{Prefix: prefix})
			require.Equal(t, []string{"prefix"}, fieldsOf(t, err), "%.20q", prefix)
		}
	}
}

func TestNewCopiesItsOptions(t *testing.T) {
	opts := &transfertoken.Options{OtherSalts: []transfertoken.Salt{otherSalt}, Prefix: "mine",
		AllowedLifespans: []transfertoken.Lifespan{transfertoken.Days7}}
	store := transfertoken.NewMemoryStore()
	svc, err := transfertoken.New(store, testSalt, opts)
	require.NoError(t, err)
	_, secret := newFixtureOn(t, store, otherSalt, nil).issue(t, "n", transfertoken.Push, transfertoken.Unlimited)

	opts.OtherSalts[0] = thirdSalt
	opts.Prefix = "theirs"
	opts.AllowedLifespans[0] = transfertoken.Days30
	_, err = svc.Authorize(t.Context(), secret, transfertoken.Push)
	require.NoError(t, err)
	issued, err := svc.Create(t.Context(),
		transfertoken.NewToken{Name: "other", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(issued.Secret.Reveal(), "mine_"))
}

// operations returns a call of every method of a service, with good arguments.
func operations(ctx context.Context, id uuid.UUID, secret string) map[string]func(*transfertoken.TokenService) error {
	return map[string]func(*transfertoken.TokenService) error{
		"Create": func(s *transfertoken.TokenService) error {
			issued, err := s.Create(ctx,
				transfertoken.NewToken{Name: "another", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
			return zeroOnError(issued, err)
		},
		"Adopt": func(s *transfertoken.TokenService) error {
			token, err := s.Adopt(ctx, transfertoken.AdoptedToken{
				Name: "adopted", Permissions: transfertoken.Push, Lifespan: transfertoken.Unlimited,
				Digest: testSalt.Digest("a secret from elsewhere, in its format"),
			})
			return zeroOnError(token, err)
		},
		"Get": func(s *transfertoken.TokenService) error {
			token, err := s.Get(ctx, id)
			return zeroOnError(token, err)
		},
		"List": func(s *transfertoken.TokenService) error {
			tokens, err := s.List(ctx, transfertoken.ListOptions{})
			if err != nil && tokens != nil {
				return errNotZero
			}
			return err
		},
		"All": func(s *transfertoken.TokenService) error {
			var last error
			for token, err := range s.All(ctx) {
				if last != nil {
					return errNotZero
				}
				last = zeroOnError(token, err)
			}
			return last
		},
		"Ensure": func(s *transfertoken.TokenService) error {
			secret, err := transfertoken.GenerateSecret("")
			if err != nil {
				return err
			}
			token, err := s.Ensure(ctx, transfertoken.NewToken{
				Name: "ensured", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
			}, secret)
			return zeroOnError(token, err)
		},
		"Update": func(s *transfertoken.TokenService) error {
			token, err := s.Update(ctx, id, transfertoken.Changes{Name: ptr("renamed")})
			return zeroOnError(token, err)
		},
		"Regenerate": func(s *transfertoken.TokenService) error {
			issued, err := s.Regenerate(ctx, id, transfertoken.AnyRevision)
			return zeroOnError(issued, err)
		},
		"Delete": func(s *transfertoken.TokenService) error {
			return s.Delete(ctx, id, transfertoken.AnyRevision)
		},
		"PurgeExpired": func(s *transfertoken.TokenService) error {
			n, err := s.PurgeExpired(ctx, 0)
			return zeroOnError(n, err)
		},
		"Authorize": func(s *transfertoken.TokenService) error {
			grant, err := s.Authorize(ctx, secret, transfertoken.Push)
			if err != nil && grant.Recheck(ctx) == nil {
				return errNotZero
			}
			return err
		},
		"Salts": func(s *transfertoken.TokenService) error {
			usage, err := s.Salts(ctx)
			if err != nil && usage != nil {
				return errNotZero
			}
			return err
		},
	}
}

var errNotZero = errors.New("an error came with a result")

func zeroOnError[T comparable](result T, err error) error {
	var zero T
	if err != nil && result != zero {
		return errNotZero
	}
	return err
}

func TestWithoutSaltEverythingIsDisabledAndTheStoreIsNotTouched(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	token, secret := newFixtureOn(t, store, testSalt, nil).issue(t, "n", transfertoken.Push, transfertoken.Days7)
	disabled := newFixtureOn(t, store, "",
		&transfertoken.Options{OtherSalts: []transfertoken.Salt{testSalt}, AcceptForeign: true})

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, ctx := range []context.Context{t.Context(), cancelled} {
		for _, presented := range []string{secret, "", "nonsense"} {
			for name, do := range operations(ctx, token.ID, presented) {
				for _, svc := range []*transfertoken.TokenService{disabled.TokenService, {}, nil} {
					require.False(t, svc.Enabled())
					err := do(svc)
					require.ErrorIs(t, err, transfertoken.ErrDisabled, name)
					require.Contains(t, err.Error(), "TRANSFER_TOKEN_SALT", "the text says how to enable it")
				}
			}
		}
	}
	require.Empty(t, disabled.spy.takeCalls())
	require.Empty(t, disabled.takeEvents())
}

func TestTokenIsCamelCaseJSONWithoutZeroTimes(t *testing.T) {
	f := newFixture(t, nil)
	token, _ := f.issue(t, "n", transfertoken.FullAccess, transfertoken.Unlimited)
	data, err := json.Marshal(token)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"id": "`+token.ID.String()+`", "name": "n", "description": "",
		"permissions": ["push","pull"], "suspended": false, "lifespan": "unlimited",
		"createdBy": "", "hint": "`+token.Hint+`",
		"createdAt": "2026-11-21T12:00:00Z", "updatedAt": "2026-11-21T12:00:00Z", "revision": 1
	}`, string(data))

	token, secret := f.issue(t, "m", transfertoken.Push, transfertoken.Days7)
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	token, err = f.Get(t.Context(), token.ID)
	require.NoError(t, err)
	data, err = json.Marshal(token)
	require.NoError(t, err)
	require.Contains(t, string(data), `"expiresAt":"2026-11-28T12:00:00Z","lastUsedAt":"2026-11-21T12:00:00Z"`)
	var back transfertoken.Token
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, token, back)
}

func TestTimesAreUTCAndCutToMilliseconds(t *testing.T) {
	at := time.Date(2026, 11, 21, 13, 0, 0, 123_999_999, time.FixedZone("Vienna", 3600))
	f := newFixture(t, &transfertoken.Options{Now: func() time.Time { return at }})
	want := time.Date(2026, 11, 21, 12, 0, 0, 123_000_000, time.UTC)

	token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	require.Equal(t, want, token.CreatedAt)
	require.Equal(t, want, token.UpdatedAt)
	require.Equal(t, want.AddDate(0, 0, 7), token.ExpiresAt)
	require.NoError(t, f.authorize(t, secret, transfertoken.Push))
	token, err := f.Get(t.Context(), token.ID)
	require.NoError(t, err)
	require.Equal(t, want, token.LastUsedAt)
	for _, e := range f.takeEvents() {
		require.Equal(t, want, e.At)
	}
}
