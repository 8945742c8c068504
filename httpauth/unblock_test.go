package httpauth_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// guardedServer serves handler behind Require with frequent rechecks.
func guardedServer(t *testing.T, svc *tokentest.Service, need transfertoken.Permissions, http2 bool,
	handler http.HandlerFunc) *httptest.Server {
	guard := httpauth.Require(svc.TokenService, need, &httpauth.Options{RecheckEvery: 5 * time.Millisecond})
	srv := httptest.NewUnstartedServer(guard(handler))
	srv.EnableHTTP2 = http2
	if http2 {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return srv
}

func bearerRequest(t *testing.T, method, url string, secret transfertoken.Secret, body io.Reader) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+secret.Reveal())
	return r
}

var versions = map[string]bool{"HTTP/1": false, "HTTP/2": true}

// The client of this push never sends the end of it.
func TestBlockedReadEndsWithTheTokenAndIsAnswered(t *testing.T) {
	for version, http2 := range versions {
		t.Run(version, func(t *testing.T) {
			svc := tokentest.NewService(t, nil)
			issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
			read := make(chan error, 1)
			srv := guardedServer(t, svc, transfertoken.Push, http2, func(w http.ResponseWriter, r *http.Request) {
				half := make([]byte, 4)
				_, err := io.ReadFull(r.Body, half)
				require.NoError(t, err)
				svc.Revoke(t, issued.Token.ID)
				_, err = io.Copy(io.Discard, r.Body)
				read <- err
				httpauth.Refuse(w, r, transfertoken.Push, err)
			})
			body, feed := io.Pipe()
			defer feed.Close()
			go io.WriteString(feed, "half")
			res, err := srv.Client().Do(bearerRequest(t, "POST", srv.URL, issued.Secret, body))
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusUnauthorized, res.StatusCode)
			require.Equal(t, transfertoken.ErrUnauthorized, <-read)
		})
	}
}

// The client of this pull never reads on.
func TestBlockedWriteEndsWithTheToken(t *testing.T) {
	for version, http2 := range versions {
		t.Run(version, func(t *testing.T) {
			svc := tokentest.NewService(t, nil)
			issued := svc.Issue(t, transfertoken.Pull, transfertoken.Days7)
			written := make(chan error, 1)
			srv := guardedServer(t, svc, transfertoken.Pull, http2, func(w http.ResponseWriter, r *http.Request) {
				svc.Revoke(t, issued.Token.ID)
				chunk := make([]byte, 1<<20)
				for {
					if _, err := w.Write(chunk); err != nil {
						written <- err
						panic(http.ErrAbortHandler)
					}
				}
			})
			res, err := srv.Client().Do(bearerRequest(t, "GET", srv.URL, issued.Secret, nil))
			require.NoError(t, err)
			defer res.Body.Close()
			require.Error(t, <-written)
			_, err = io.Copy(io.Discard, res.Body)
			require.Error(t, err)
		})
	}
}

func TestBlockedReadEndsAlsoIfTheRecheckPanics(t *testing.T) {
	svc := tokentest.NewService(t, &transfertoken.Options{OnEvent: func(_ context.Context, e transfertoken.Event) {
		if e.Kind == transfertoken.EventRefused {
			panic(http.ErrAbortHandler)
		}
	}})
	issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
	read := make(chan error, 1)
	srv := guardedServer(t, svc, transfertoken.Push, false, func(_ http.ResponseWriter, r *http.Request) {
		svc.Revoke(t, issued.Token.ID)
		_, err := io.Copy(io.Discard, r.Body)
		read <- err
	})
	body, feed := io.Pipe()
	answered := make(chan error, 1)
	go func() {
		_, err := srv.Client().Do(bearerRequest(t, "POST", srv.URL, issued.Secret, body))
		answered <- err
	}()
	require.ErrorContains(t, <-read, "panicked")
	require.NoError(t, feed.Close()) // the client waits for it
	require.Error(t, <-answered)
}

// deadlines is a ResponseWriter that records its deadlines.
type deadlines struct {
	http.ResponseWriter
	read, write []time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error  { d.read = append(d.read, at); return nil }
func (d *deadlines) SetWriteDeadline(at time.Time) error { d.write = append(d.write, at); return nil }

// A deadline of a transfer that ended must not end the next request on its
// connection. A server with a WriteTimeout sets a deadline for each request.
func TestDeadlinesOfATransfer(t *testing.T) {
	shutdown := errors.New("the server shuts down")
	for name, row := range map[string]struct {
		end    func(t *testing.T, svc *tokentest.Service, token transfertoken.Token, endParent context.CancelCauseFunc)
		server *http.Server
		proto  int
		want   []time.Duration // of writes, from when the context ended; -1: none any more
	}{
		"goes on": {nil, &http.Server{}, 1, nil},
		"token is deleted": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token,
			_ context.CancelCauseFunc) {
			svc.Revoke(t, token.ID)
		}, &http.Server{}, 1, []time.Duration{time.Second, -1}},
		"server has a WriteTimeout": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token,
			_ context.CancelCauseFunc) {
			svc.Revoke(t, token.ID)
		}, &http.Server{WriteTimeout: time.Hour}, 1, []time.Duration{time.Second}},
		"HTTP/2": {func(t *testing.T, svc *tokentest.Service, token transfertoken.Token, _ context.CancelCauseFunc) {
			svc.Revoke(t, token.ID)
		}, &http.Server{}, 2, []time.Duration{time.Second}},
		"server shuts down": {func(_ *testing.T, _ *tokentest.Service, _ transfertoken.Token,
			endParent context.CancelCauseFunc) {
			endParent(shutdown)
		}, &http.Server{}, 1, []time.Duration{time.Second, -1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				svc := tokentest.NewService(t, nil)
				issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
				parent, endParent := context.WithCancelCause(context.WithValue(t.Context(), http.ServerContextKey, row.server))
				r := httptest.NewRequestWithContext(parent, "POST", "/", strings.NewReader("data"))
				r.ProtoMajor = row.proto
				r.Header.Set("Authorization", "Bearer "+issued.Secret.Reveal())
				w := &deadlines{ResponseWriter: httptest.NewRecorder()}
				var ended time.Time
				guard := httpauth.Require(svc.TokenService, transfertoken.Push, everyMinute)
				guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					if row.end == nil {
						<-time.After(time.Hour)
						return
					}
					row.end(t, svc, issued.Token, endParent)
					<-r.Context().Done()
					ended = time.Now()
					synctest.Wait()
					require.Equal(t, []time.Time{ended}, w.read)
					_, err := io.ReadAll(r.Body)
					require.Equal(t, context.Cause(r.Context()), err, "even if all of it has come")
				})).ServeHTTP(w, r)
				var want []time.Time
				for _, after := range row.want {
					if after < 0 {
						want = append(want, time.Time{})
						continue
					}
					want = append(want, ended.Add(after))
				}
				require.Equal(t, want, w.write)
			})
		})
	}
}

// What an application reads of a hijacked connection ends with the token without
// its doing.
func TestBlockedReadOfAHijackedConnectionEndsWithTheToken(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	issued := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
	read := make(chan error, 1)
	srv := guardedServer(t, svc, transfertoken.Push, false, func(w http.ResponseWriter, r *http.Request) {
		conn, in, err := w.(http.Hijacker).Hijack()
		require.NoError(t, err)
		defer conn.Close()
		svc.Revoke(t, issued.Token.ID)
		_, err = in.ReadByte()
		read <- err
	})
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, bearerRequest(t, "GET", srv.URL, issued.Secret, nil).Write(conn))
	require.ErrorIs(t, <-read, os.ErrDeadlineExceeded)
}
