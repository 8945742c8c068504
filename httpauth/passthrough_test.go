package httpauth_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

func TestHandlerGetsTheGrant(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	issued := svc.Issue(t, transfertoken.FullAccess, transfertoken.Days7)
	called := false
	handler := httpauth.Require(svc.TokenService, transfertoken.Push,
		nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called = true
		grant, ok := httpauth.GrantFrom(r.Context())
		require.True(t, ok)
		require.Equal(t, issued.Token.ID, grant.Token.ID)
		require.NoError(t, grant.Recheck(r.Context()))
		require.Equal(t, "7", r.PathValue("id"))
	}))
	mux := http.NewServeMux()
	mux.Handle("POST /transfer/{id}", handler)
	r := httptest.NewRequest("POST", "/transfer/7", nil)
	r.Header.Set("Authorization", "Bearer "+issued.Secret.Reveal())
	mux.ServeHTTP(httptest.NewRecorder(), r)
	require.True(t, called)
}

func TestNoGrantOutsideOfRequire(t *testing.T) {
	grant, ok := httpauth.GrantFrom(t.Context())
	require.False(t, ok)
	require.ErrorIs(t, grant.Recheck(t.Context()), transfertoken.ErrUnauthorized)
}

func TestResponseWriterIsTheServers(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	secret := svc.Issue(t, transfertoken.Push, transfertoken.Days7).Secret.Reveal()
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("Authorization", "Bearer "+secret)
	httpauth.Require(svc.TokenService, transfertoken.Push,
		nil)(http.HandlerFunc(func(got http.ResponseWriter, _ *http.Request) {
		require.Same(t, w, got)
	})).ServeHTTP(w, r)
}

// upgrade takes over the connection, as a WebSocket library does, and echoes
// lines until its context ends; then it tells why.
func upgrade(w http.ResponseWriter, r *http.Request) {
	conn, rw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	stop := context.AfterFunc(r.Context(), func() { conn.SetReadDeadline(time.Now()) })
	defer stop()
	for {
		line, err := rw.ReadString('\n')
		if err != nil {
			fmt.Fprintln(conn, context.Cause(r.Context()))
			return
		}
		io.WriteString(conn, line)
	}
}

func dialUpgrade(t *testing.T, srv *tokentest.Server, secret string) (*http.Response, *bufio.Reader, net.Conn) {
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn,
		"GET /push HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\nAuthorization: Bearer %s\r\n\r\n", secret)
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	return res, in, conn
}

func TestUpgradePassesThroughAndEndsWithTheToken(t *testing.T) {
	srv := tokentest.NewServer(t, &tokentest.Options{PushPattern: "GET /push", Push: http.HandlerFunc(upgrade)})
	issued := srv.Service.Issue(t, transfertoken.Push, transfertoken.Days7)
	res, in, conn := dialUpgrade(t, srv, issued.Secret.Reveal())
	require.Equal(t, http.StatusSwitchingProtocols, res.StatusCode)
	require.Equal(t, "echo", res.Header.Get("Upgrade"))
	require.Len(t, res.Header, 2)
	io.WriteString(conn, "hello\n")
	line, err := in.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "hello\n", line)

	srv.Service.Revoke(t, issued.Token.ID)
	rest, err := io.ReadAll(in)
	require.NoError(t, err)
	require.Equal(t, transfertoken.ErrUnauthorized.Error()+"\n", string(rest))
}

func TestUpgradeWithoutATokenIsRefused(t *testing.T) {
	srv := tokentest.NewServer(t, &tokentest.Options{PushPattern: "GET /push", Push: http.HandlerFunc(upgrade)})
	res, _, _ := dialUpgrade(t, srv, "x")
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
}

func TestRefusalDoesNotWaitForTheBody(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	body, feed := io.Pipe()
	defer feed.Close()
	go io.WriteString(feed, "the beginning of a push")
	r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/push", body)
	require.NoError(t, err)
	res, err := srv.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
}

func TestFilesOfAMultipartPushAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	uploaded := make(chan int, 1)
	srv := tokentest.NewServer(t, &tokentest.Options{Push: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseMultipartForm(1)
		files, _ := os.ReadDir(os.TempDir())
		uploaded <- len(files)
	})})
	var body strings.Builder
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("archive", "archive.tar")
	require.NoError(t, err)
	io.WriteString(part, strings.Repeat("x", 11<<20))
	require.NoError(t, form.Close())
	r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/push", strings.NewReader(body.String()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+push(t, srv))
	res, err := srv.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, 1, <-uploaded)
	srv.Close() // returns when the server is done with the request
	files, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, files)
}
