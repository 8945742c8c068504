package httpauth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// transfer runs a handler that needs Push, with the context of a request.
func transfer(ctx context.Context, svc *transfertoken.TokenService, secret transfertoken.Secret, opts *httpauth.Options,
	handler func(ctx context.Context)) {
	r := httptest.NewRequestWithContext(ctx, "POST", "/", nil)
	r.Header.Set("Authorization", "Bearer "+secret.Reveal())
	guard := httpauth.Require(svc, transfertoken.Push, opts)
	guard(http.HandlerFunc(func(w http.ResponseWriter,
		r *http.Request) {
		handler(r.Context())
	})).ServeHTTP(httptest.NewRecorder(), r)
}

var everyMinute = &httpauth.Options{RecheckEvery: time.Minute}

func TestContextEndsWithTheToken(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(t *testing.T, svc *tokentest.Service, token transfertoken.Token)
		want error
	}{
		"deleted": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token) {
			svc.Revoke(t, token.ID)
		}, transfertoken.ErrUnauthorized},
		"regenerated": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token) {
			_, err := svc.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision)
			require.NoError(t, err)
		}, transfertoken.ErrUnauthorized},
		"narrowed": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token) {
			svc.Narrow(t, token.ID, transfertoken.Pull)
		}, transfertoken.ErrForbidden},
		"suspended": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token) {
			svc.Suspend(t, token.ID)
		}, transfertoken.ErrSuspended},
		"expired by the service's clock": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token) {
			svc.Expire(t, token.ID)
		}, transfertoken.ErrExpired},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := tokentest.NewService(t, nil)
				issued := svc.Issue(t, transfertoken.FullAccess, transfertoken.Days7)
				transfer(t.Context(), svc.TokenService, issued.Secret, everyMinute, func(ctx context.Context) {
					<-time.After(90 * time.Second)
					require.NoError(t, ctx.Err())
					test.end(t, svc, issued.Token)
					began := time.Now()
					<-ctx.Done()
					require.Equal(t, test.want, context.Cause(ctx))
					require.Equal(t, 30*time.Second, time.Since(began), "at the next recheck")
				})
			})
		})
	}
}

func TestRenamingAndWideningDoNotEndATransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := tokentest.NewService(t, nil)
		issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
		transfer(t.Context(), svc.TokenService, issued.Secret, everyMinute, func(ctx context.Context) {
			name, all := "renamed", transfertoken.FullAccess
			_, err := svc.Update(t.Context(), issued.Token.ID, transfertoken.Changes{Name: &name, Permissions: &all})
			require.NoError(t, err)
			<-time.After(time.Hour)
			require.NoError(t, ctx.Err())
		})
	})
}

func TestContextEndsAtExpiryBetweenRechecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, err := transfertoken.New(transfertoken.NewMemoryStore(), tokentest.Salt, nil)
		require.NoError(t, err)
		issued, err := svc.Create(t.Context(), transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push,
			Lifespan: transfertoken.Days7})
		require.NoError(t, err)
		opts := &httpauth.Options{RecheckEvery: 5 * 24 * time.Hour}
		transfer(t.Context(), svc, issued.Secret, opts, func(ctx context.Context) {
			<-ctx.Done()
			require.Equal(t, transfertoken.ErrExpired, context.Cause(ctx))
			require.Equal(t, issued.Token.ExpiresAt, time.Now().UTC())
		})
	})
}

// The service's clock says what time it is, not that of the process.
func TestExpiryByTheProcessAloneDoesNotEndATransfer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := tokentest.NewService(t, nil)
		issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
		transfer(t.Context(), svc.TokenService, issued.Secret, &httpauth.Options{RecheckEvery: time.Hour},
			func(ctx context.Context) {
				<-time.After(30 * 24 * time.Hour)
				require.NoError(t, ctx.Err())
			})
	})
}

func TestStoreFailureEndsATransferAfterTenRechecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := tokentest.NewService(t, nil)
		issued := svc.Issue(t, transfertoken.Push, transfertoken.Unlimited)
		failure := errors.New("connection refused")
		var log bytes.Buffer
		opts := &httpauth.Options{RecheckEvery: time.Minute, Logger: logTo(&log)}
		transfer(t.Context(), svc.TokenService, issued.Secret, opts, func(ctx context.Context) {
			<-time.After(30 * time.Second)
			svc.Fail(failure)
			<-time.After(9 * time.Minute)
			svc.Fail(nil)
			<-time.After(time.Minute)
			require.NoError(t, ctx.Err(), "nine in a row")
			svc.Fail(failure)
			<-time.After(9 * time.Minute)
			require.NoError(t, ctx.Err(), "again nine in a row")
			<-ctx.Done()
			require.ErrorIs(t, context.Cause(ctx), failure)
			require.NotErrorIs(t, context.Cause(ctx), transfertoken.ErrUnauthorized)
		})
		require.Equal(t, 19, strings.Count(log.String(), `"recheck failed"`))
		require.Equal(t, 1, strings.Count(log.String(), `"transfer ended by recheck"`))
		requireNoSecret(t, log.String(), issued.Secret.Reveal())
	})
}

func TestStoreFailureDoesNotOutliveTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := tokentest.NewService(t, nil)
		issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
		transfer(t.Context(), svc.TokenService, issued.Secret, &httpauth.Options{RecheckEvery: 24 * time.Hour},
			func(ctx context.Context) {
				svc.Fail(errors.New("connection refused"))
				<-ctx.Done()
				require.Equal(t, transfertoken.ErrExpired, context.Cause(ctx))
				require.Equal(t, issued.Token.ExpiresAt, time.Now().UTC())
			})
	})
}

// hangingStore does not answer a Get before its context ends.
type hangingStore struct {
	transfertoken.Store
	begun, ended atomic.Int64
}

func (s *hangingStore) Get(ctx context.Context, _ uuid.UUID) (transfertoken.Record, error) {
	s.begun.Add(1)
	defer s.ended.Add(1)
	<-ctx.Done()
	return transfertoken.Record{}, ctx.Err()
}

func hangingService(t *testing.T) (*transfertoken.TokenService, *hangingStore, transfertoken.Secret) {
	store := &hangingStore{Store: transfertoken.NewMemoryStore()}
	svc, err := transfertoken.New(store, tokentest.Salt, nil)
	require.NoError(t, err)
	issued, err := svc.Create(t.Context(), transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push,
		Lifespan: transfertoken.Unlimited})
	require.NoError(t, err)
	return svc, store, issued.Secret
}

func TestStoreThatHangsHasFailedWhenTheNextRecheckIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc, store, secret := hangingService(t)
		began := time.Now()
		transfer(t.Context(), svc, secret, everyMinute, func(ctx context.Context) {
			<-ctx.Done()
			require.ErrorIs(t, context.Cause(ctx), context.DeadlineExceeded)
		})
		require.Equal(t, 11*time.Minute, time.Since(began))
		require.EqualValues(t, 10, store.ended.Load())
	})
}

// A goroutine that is left also fails the other tests: synctest finds it.
func TestNothingIsLeftRunningWhenTheHandlerReturns(t *testing.T) {
	for name, leave := range map[string]func(){
		"return": func() {},
		"panic":  func() { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc, store, secret := hangingService(t)
				var after context.Context
				func() {
					defer func() { recover() }()
					transfer(t.Context(), svc, secret, everyMinute, func(ctx context.Context) {
						after = ctx
						<-time.After(90 * time.Second) // in the middle of a recheck
						leave()
					})
				}()
				require.EqualValues(t, 1, store.begun.Load())
				require.EqualValues(t, 1, store.ended.Load())
				require.Equal(t, context.Canceled, context.Cause(after))
			})
		})
	}
}

func TestClientThatHangsUpEndsTheContextWithItsCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := tokentest.NewService(t, nil)
		issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
		gone := errors.New("client gone")
		parent, hangUp := context.WithCancelCause(t.Context())
		var log bytes.Buffer
		opts := &httpauth.Options{RecheckEvery: time.Minute, Logger: logTo(&log)}
		transfer(parent, svc.TokenService, issued.Secret, opts, func(ctx context.Context) {
			time.AfterFunc(time.Minute, func() { hangUp(gone) }) // when a recheck is due
			<-ctx.Done()
			require.Equal(t, gone, context.Cause(ctx))
		})
		require.Empty(t, log.String())
	})
}

func TestWithoutRecheckEveryTheContextIsNotWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := tokentest.NewService(t, nil)
		issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
		transfer(t.Context(), svc.TokenService, issued.Secret, &httpauth.Options{Logger: slog.Default()},
			func(ctx context.Context) {
				svc.Revoke(t, issued.Token.ID)
				<-time.After(365 * 24 * time.Hour)
				require.NoError(t, ctx.Err())
			})
	})
}

// net/http contains a panic of a handler, and of what the host gave to the service
// as long as the handler calls it.
func TestPanicInARecheckComesUpInTheHandlersGoroutine(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":           func() { panic("broken hook") },
		"abort":           func() { panic(http.ErrAbortHandler) },
		"end of the test": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rechecked := false
				svc := tokentest.NewService(t, &transfertoken.Options{OnEvent: func(_ context.Context, e transfertoken.Event) {
					if e.Kind == transfertoken.EventRefused {
						rechecked = true
						end()
					}
				}})
				issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
				var handled bool
				panicked := panicOf(func() {
					transfer(t.Context(), svc.TokenService, issued.Secret, everyMinute, func(ctx context.Context) {
						svc.Revoke(t, issued.Token.ID)
						<-ctx.Done()
						require.ErrorContains(t, context.Cause(ctx), "panicked")
						require.NotErrorIs(t, context.Cause(ctx), transfertoken.ErrUnauthorized)
						handled = true
					})
				})
				require.True(t, rechecked)
				require.True(t, handled, "the handler returns first")
				if name == "end of the test" {
					require.Nil(t, panicked)
					return
				}
				require.Equal(t, panicOf(end), panicked)
			})
		})
	}
}

func TestPanicOfTheHandlerComesBeforeThatOfARecheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := tokentest.NewService(t, &transfertoken.Options{OnEvent: func(_ context.Context, e transfertoken.Event) {
			if e.Kind == transfertoken.EventRefused {
				panic("broken hook")
			}
		}})
		issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
		require.Equal(t, http.ErrAbortHandler, panicOf(func() {
			transfer(t.Context(), svc.TokenService, issued.Secret, everyMinute, func(ctx context.Context) {
				svc.Revoke(t, issued.Token.ID)
				<-ctx.Done()
				panic(http.ErrAbortHandler)
			})
		}))
	})
}

func panicOf(do func()) (panicked any) {
	defer func() { panicked = recover() }()
	do()
	return nil
}
