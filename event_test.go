package transfertoken_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestRefusalsAreReportedWithTheirReason(t *testing.T) {
	f := newFixture(t, nil)
	token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	grant, err := f.Authorize(t.Context(), secret, transfertoken.Push)
	require.NoError(t, err)
	token.LastUsedAt = start
	f.takeEvents()

	refused := func(token transfertoken.Token, need transfertoken.Permissions, reason error) {
		t.Helper()
		require.Equal(t, []transfertoken.Event{
			{Kind: transfertoken.EventRefused, At: f.clock.Now(), Token: token, Need: need, Err: reason},
		}, f.takeEvents())
	}
	_ = f.authorize(t, "malformed", transfertoken.Push)
	refused(transfertoken.Token{}, transfertoken.Push, transfertoken.ErrUnauthorized)
	_ = f.authorize(t, wellFormed[0], transfertoken.Pull)
	refused(transfertoken.Token{}, transfertoken.Pull, transfertoken.ErrUnauthorized)
	_ = f.authorize(t, secret, transfertoken.Pull)
	refused(token, transfertoken.Pull, transfertoken.ErrForbidden)

	require.NoError(t, grant.Recheck(t.Context()))
	require.Empty(t, f.takeEvents(), "a Recheck that says yes is no news")
	f.clock.Advance(7 * 24 * time.Hour)
	_ = grant.Recheck(t.Context())
	refused(token, transfertoken.Push, transfertoken.ErrExpired)
	require.NoError(t, f.Delete(t.Context(), token.ID, transfertoken.AnyRevision))
	f.takeEvents()
	_ = grant.Recheck(t.Context())
	refused(transfertoken.Token{}, transfertoken.Push, transfertoken.ErrUnauthorized)
}

func TestAuthorizationsAreReported(t *testing.T) {
	f := newFixture(t, nil)
	token, secret := f.issue(t, "n", transfertoken.FullAccess, transfertoken.Days7)
	f.takeEvents()
	require.NoError(t, f.authorize(t, secret, transfertoken.Pull))
	token.LastUsedAt = start
	require.Equal(t, []transfertoken.Event{{Kind: transfertoken.EventAuthorized, At: start, Token: token, Need: transfertoken.Pull}}, f.takeEvents())
}

func TestWhatChangedNothingIsNotReported(t *testing.T) {
	f := newFixture(t, nil)
	f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.takeEvents()
	_, err := f.Create(t.Context(), transfertoken.NewToken{})
	require.ErrorIs(t, err, transfertoken.ErrInvalid)
	_, err = f.Create(t.Context(), transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	require.ErrorIs(t, err, transfertoken.ErrNameTaken)
	require.Empty(t, f.takeEvents())
}

type contextKey struct{}

func TestAClientThatHangsUpDoesNotEraseTheRecord(t *testing.T) {
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), contextKey{}, "request 7"))
	var reported int
	store := transfertoken.NewMemoryStore()
	spy := &spyStore{Store: store}
	var svc *transfertoken.TokenService
	svc, err := transfertoken.New(spy, testSalt, &transfertoken.Options{
		OnEvent: func(got context.Context, e transfertoken.Event) {
			reported++
			require.NoError(t, got.Err())
			require.Equal(t, "request 7", got.Value(contextKey{}), "its values stay")
			_, err := svc.Get(got, e.Token.ID)
			require.NoError(t, err, "no lock is held, and the write is done")
		},
	})
	require.NoError(t, err)
	spy.hook(nil, func(string) error { cancel(); return nil })
	_, err = svc.Create(ctx, transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	require.Error(t, ctx.Err())
	require.Equal(t, 1, reported)
}
