package transfertoken_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
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
	refused(grant.Token, transfertoken.Push, transfertoken.ErrUnauthorized)
}

// An audit log must be able to say whose transfer ended.
func TestARecheckThatIsRefusedIsReportedWithTheTokenOfTheGrant(t *testing.T) {
	for name, revoke := range map[string]func(f *fixture, id uuid.UUID) error{
		"delete": func(f *fixture, id uuid.UUID) error { return f.Delete(t.Context(), id, transfertoken.AnyRevision) },
		"regenerate": func(f *fixture, id uuid.UUID) error {
			_, err := f.Regenerate(t.Context(), id, transfertoken.AnyRevision)
			return err
		},
	} {
		f := newFixture(t, nil)
		token, secret := f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
		grant, err := f.Authorize(t.Context(), secret, transfertoken.Push)
		require.NoError(t, err)
		require.NoError(t, revoke(f, token.ID))
		f.takeEvents()
		require.Equal(t, transfertoken.ErrUnauthorized, grant.Recheck(t.Context()))
		require.Equal(t, []transfertoken.Event{
			{
				Kind:  transfertoken.EventRefused,
				At:    start,
				Token: grant.Token,
				Need:  transfertoken.Push,
				Err:   transfertoken.ErrUnauthorized,
			},
		}, f.takeEvents(), name)
	}
}

func TestAPanicOfTheHostReachesTheCallerAndBreaksNothing(t *testing.T) {
	panicking := "nothing"
	panicIn := func(what string) {
		if panicking == what {
			panic(what)
		}
	}
	spy := &spyStore{
		Store:  transfertoken.NewMemoryStore(),
		before: func(call string) error { panicIn(call); return nil },
	}
	svc, err := transfertoken.New(spy, testSalt, &transfertoken.Options{
		Now:     func() time.Time { panicIn("Now"); return start },
		OnEvent: func(_ context.Context, e transfertoken.Event) { panicIn(string(e.Kind)) },
	})
	require.NoError(t, err)
	issued, err := svc.Create(t.Context(),
		transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	secret := issued.Secret.Reveal()
	for _, what := range []string{"Now", "FindByDigest", "Touch", "authorized"} {
		panicking = what
		require.PanicsWithValue(t, what, func() { svc.Authorize(t.Context(), secret, transfertoken.Push) })
	}
	panicking = "nothing"
	grant, err := svc.Authorize(t.Context(), secret, transfertoken.Push)
	require.NoError(t, err)
	for _, what := range []string{"Now", "Get"} {
		panicking = what
		require.PanicsWithValue(t, what, func() { grant.Recheck(t.Context()) })
	}
	panicking = "nothing"
	require.NoError(t, grant.Recheck(t.Context()))

	panicking = "deleted"
	require.PanicsWithValue(t, "deleted",
		func() { svc.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision) })
	_, err = svc.Authorize(t.Context(), secret, transfertoken.Push)
	require.ErrorIs(t, err, transfertoken.ErrUnauthorized, "the delete stays")
}

func TestAuthorizationsAreReported(t *testing.T) {
	f := newFixture(t, nil)
	token, secret := f.issue(t, "n", transfertoken.FullAccess, transfertoken.Days7)
	f.takeEvents()
	require.NoError(t, f.authorize(t, secret, transfertoken.Pull))
	token.LastUsedAt = start
	require.Equal(t,
		[]transfertoken.Event{{Kind: transfertoken.EventAuthorized, At: start, Token: token, Need: transfertoken.Pull}},
		f.takeEvents())
}

func TestACallThatChangesNothingIsNotReported(t *testing.T) {
	f := newFixture(t, nil)
	f.issue(t, "n", transfertoken.Push, transfertoken.Days7)
	f.takeEvents()
	_, err := f.Create(t.Context(), transfertoken.NewToken{})
	require.ErrorIs(t, err, transfertoken.ErrInvalid)
	_, err = f.Create(t.Context(),
		transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	require.ErrorIs(t, err, transfertoken.ErrNameTaken)
	require.Empty(t, f.takeEvents())
}

// OnEvent gets the context of the call, in which a host keeps who makes it.
func TestTheEventOfASuspensionHasBothTokensAndItsCaller(t *testing.T) {
	var events []transfertoken.Event
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), testSalt, &transfertoken.Options{
		OnEvent: func(ctx context.Context, e transfertoken.Event) {
			require.Equal(t, "ann", ctx.Value(contextKey{}))
			events = append(events, e)
		},
	})
	require.NoError(t, err)
	ctx := context.WithValue(t.Context(), contextKey{}, "ann")
	issued, err := svc.Create(ctx, transfertoken.NewToken{
		Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
	})
	require.NoError(t, err)
	for _, suspended := range []bool{true, false} {
		events = nil
		_, err = svc.Update(ctx, issued.Token.ID, transfertoken.Changes{Suspended: &suspended})
		require.NoError(t, err)
		require.Len(t, events, 1)
		require.Equal(t, transfertoken.EventUpdated, events[0].Kind)
		require.Equal(t, !suspended, events[0].Before.Suspended)
		require.Equal(t, suspended, events[0].Token.Suspended)
	}
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
	_, err = svc.Create(ctx,
		transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	require.Error(t, ctx.Err())
	require.Equal(t, 1, reported)
}
