package tokentest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

func TestClockOfAServiceStandsStillUntilItIsMoved(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	began := svc.Clock.Now()
	require.WithinDuration(t, time.Now(), began, time.Hour)
	issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
	require.Equal(t, began, issued.Token.CreatedAt)

	authorize := func() error {
		_, err := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
		return err
	}
	svc.Clock.Advance(7*24*time.Hour - time.Nanosecond)
	require.NoError(t, authorize())
	svc.Clock.Advance(time.Nanosecond)
	require.Equal(t, transfertoken.ErrExpired, authorize())
	svc.Clock.Set(began)
	require.NoError(t, authorize())
	svc.Expire(t, issued.Token.ID)
	require.Equal(t, issued.Token.ExpiresAt, svc.Clock.Now())
	svc.Clock.Advance(time.Hour)
	svc.Expire(t, issued.Token.ID)
	require.Equal(t, issued.Token.ExpiresAt.Add(time.Hour), svc.Clock.Now(), "time does not go back")
}

func TestIssuedTokensEndWithTheirTest(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	for name, then := range map[string]func(t *testing.T, token transfertoken.Token){
		"there":         func(*testing.T, transfertoken.Token) {},
		"gone":          func(t *testing.T, token transfertoken.Token) { svc.Revoke(t, token.ID) },
		"store failing": func(*testing.T, transfertoken.Token) { svc.Fail(errors.New("disk on fire")) },
	} {
		t.Run(name, func(t *testing.T) {
			then(t, svc.Issue(t, transfertoken.Push, transfertoken.Unlimited).Token)
		})
		svc.Fail(nil)
		tokens, err := svc.List(t.Context(), transfertoken.ListOptions{})
		require.NoError(t, err)
		require.Empty(t, tokens)
	}
}

func TestEveryKindOfTokenCanBeIssuedManyTimes(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	for range 3 {
		for _, p := range []transfertoken.Permissions{transfertoken.Push, transfertoken.Pull, transfertoken.FullAccess} {
			for _, l := range []transfertoken.Lifespan{transfertoken.Days7, transfertoken.Days30, transfertoken.Days90,
				transfertoken.Unlimited} {
				issued := svc.Issue(t, p, l)
				require.Equal(t, p, issued.Token.Permissions)
				require.Equal(t, l, issued.Token.Lifespan)
			}
		}
	}
}

func TestFailMakesEveryCallFail(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
	failure := errors.New("disk on fire")
	svc.Fail(failure)
	name := "renamed"
	_, create := svc.Create(t.Context(), transfertoken.NewToken{Name: name, Permissions: transfertoken.Push,
		Lifespan: transfertoken.Days7})
	_, get := svc.Get(t.Context(), issued.Token.ID)
	_, list := svc.List(t.Context(), transfertoken.ListOptions{})
	_, authorize := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
	_, update := svc.Update(t.Context(), issued.Token.ID, transfertoken.Changes{Name: &name})
	remove := svc.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision)
	for _, err := range []error{create, get, list, authorize, update, remove} {
		require.ErrorIs(t, err, failure)
	}
	svc.Fail(nil)
	_, err := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
	require.NoError(t, err)
}

func TestServiceTakesTheOptionsOfNew(t *testing.T) {
	kinds := []transfertoken.EventKind{}
	opts := &transfertoken.Options{
		Prefix:  "acme",
		Now:     func() time.Time { return time.Time{} },
		OnEvent: func(_ context.Context, e transfertoken.Event) { kinds = append(kinds, e.Kind) },
	}
	svc := tokentest.NewService(t, opts)
	issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
	require.Regexp(t, "^acme_", issued.Secret.Reveal())
	require.Equal(t, svc.Clock.Now(), issued.Token.CreatedAt)
	require.True(t, opts.Now().IsZero(), "the options of the caller stay as they are")
	require.Equal(t, []transfertoken.EventKind{transfertoken.EventCreated}, kinds)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", svc, svc, svc), string(tokentest.Salt))
}

// fatalTB notes what it was told and ends its goroutine, as *testing.T does.
type fatalTB struct {
	*testing.T
	fatal string
}

func (tb *fatalTB) Fatalf(format string, args ...any) {
	tb.fatal = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestWhatCannotBeDoneEndsTheTest(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	unlimited := svc.Issue(t, transfertoken.Push, transfertoken.Unlimited).Token
	gone := svc.Issue(t, transfertoken.Push, transfertoken.Days7).Token
	svc.Revoke(t, gone.ID)
	for want, do := range map[string]func(tb tokentest.TB){
		"tokentest: expire token: its lifespan is unlimited":       func(tb tokentest.TB) { svc.Expire(tb, unlimited.ID) },
		"tokentest: expire token: transfertoken: token not found":  func(tb tokentest.TB) { svc.Expire(tb, gone.ID) },
		"tokentest: revoke token: transfertoken: token not found":  func(tb tokentest.TB) { svc.Revoke(tb, gone.ID) },
		"tokentest: suspend token: transfertoken: token not found": func(tb tokentest.TB) { svc.Suspend(tb, gone.ID) },
		"tokentest: narrow token: transfertoken: token not found": func(tb tokentest.TB) {
			svc.Narrow(tb, gone.ID,
				transfertoken.Push)
		},
		"tokentest: issue token: transfertoken: invalid: permissions": func(tb tokentest.TB) {
			svc.Issue(tb, 0,
				transfertoken.Days7)
		},
		"tokentest: new service: transfertoken: invalid: prefix must": func(tb tokentest.TB) {
			tokentest.NewService(tb,
				&transfertoken.Options{Prefix: "A"})
		},
	} {
		tb := &fatalTB{T: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			do(tb)
		}()
		<-done
		require.Contains(t, tb.fatal, want)
	}
}

func TestFailuresHoldAtAnyEndpoint(t *testing.T) {
	for _, need := range []transfertoken.Permissions{transfertoken.Push, transfertoken.Pull, transfertoken.FullAccess} {
		names := map[string]bool{}
		for _, f := range tokentest.Failures(need) {
			require.False(t, names[f.Name], f.Name)
			names[f.Name] = true
			srv := tokentest.NewServer(t, nil)
			secret := f.Arrange(t, srv)
			if f.Status == http.StatusNotImplemented {
				continue // it is the server that is disabled
			}
			r := httptest.NewRequest("POST", "/", nil)
			r.Header.Set("Authorization", "Bearer "+secret)
			w := httptest.NewRecorder()
			httpauth.Require(srv.Service.TokenService, need, nil)(http.NotFoundHandler()).ServeHTTP(w, r)
			require.Equal(t, f.Status, w.Code, f.Name)
			require.Equal(t, f.Challenge, w.Header().Get("WWW-Authenticate"), f.Name)
		}
	}
	require.Panics(t, func() { tokentest.Failures(0) })
}

func TestFailuresCanShareAServer(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	for _, need := range []transfertoken.Permissions{transfertoken.Push, transfertoken.Pull} {
		for _, f := range tokentest.Failures(need) {
			secret := f.Arrange(t, srv)
			err := directions[need](&client{srv.Client(), srv.URL, secret}, t.Context())
			require.Equal(t, &refusal{f.Status, f.Challenge}, err, f.Name)
			srv.Enable()
			srv.Service.Fail(nil)
		}
	}
}
