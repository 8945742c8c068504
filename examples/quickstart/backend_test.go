package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// newBackend serves from a folder of its own and returns its address and the
// file with its content.
func newBackend(t *testing.T, svc *transfertoken.TokenService) (url, content string) {
	t.Helper()
	content = filepath.Join(t.TempDir(), "content")
	return serve(t, newHandler(svc, content, time.Minute)), content
}

func serve(t *testing.T, handler http.Handler) (url string) {
	t.Helper()
	server, err := startServer(handler)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.shutdown(t.Context())) })
	return server.url
}

func newService(t *testing.T) *transfertoken.TokenService {
	t.Helper()
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	require.NoError(t, err)
	return svc
}

func issue(t *testing.T, svc *transfertoken.TokenService, p transfertoken.Permissions) transfertoken.Issued {
	t.Helper()
	issued, err := svc.Create(t.Context(), transfertoken.NewToken{Name: "t", Permissions: p,
		Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	return issued
}

func requireRefusal(t *testing.T, err error, status int, message, challenge string) {
	t.Helper()
	var refusal *statusError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, statusError{status, message, challenge}, *refusal)
}

func TestPushOfDeletedTokenIsDiscarded(t *testing.T) {
	svc := newService(t)
	url, content := newBackend(t, svc)
	issued := issue(t, svc, transfertoken.Push)
	c := newClient(url, issued.Secret.Reveal())
	require.NoError(t, c.push(t.Context(), bytes.NewReader([]byte("from before"))))

	part := bytes.Repeat([]byte("x"), 512<<10)
	begun := false
	err := c.push(t.Context(), io.MultiReader(bytes.NewReader(part), afterBody(func() error {
		token, err := svc.Get(t.Context(), issued.Token.ID)
		begun = err == nil && !token.LastUsedAt.IsZero()
		return errors.Join(err, svc.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision))
	}), bytes.NewReader(part)))
	requireRefusal(t, err, http.StatusUnauthorized, "Missing or invalid credentials", `Bearer error="invalid_token"`)
	require.True(t, begun, "the push was not under way")

	kept, err := os.ReadFile(content)
	require.NoError(t, err)
	require.Equal(t, "from before", string(kept))
	entries, err := os.ReadDir(filepath.Dir(content))
	require.NoError(t, err)
	require.Len(t, entries, 1, "a part of the push is left")
}

func TestPushOfNarrowedTokenIsDiscarded(t *testing.T) {
	svc := newService(t)
	url, content := newBackend(t, svc)
	issued := issue(t, svc, transfertoken.FullAccess)
	pull := transfertoken.Pull

	err := newClient(url, issued.Secret.Reveal()).push(t.Context(), afterBody(func() error {
		_, err := svc.Update(t.Context(), issued.Token.ID, transfertoken.Changes{Permissions: &pull})
		return err
	}))
	requireRefusal(t, err, http.StatusForbidden, "Forbidden", `Bearer error="insufficient_scope", scope="push"`)
	require.NoFileExists(t, content)
}

func TestStalledPushOfDeletedTokenIsBrokenOff(t *testing.T) {
	svc := newService(t)
	content := filepath.Join(t.TempDir(), "content")
	url := serve(t, newHandler(svc, content, 20*time.Millisecond))
	issued := issue(t, svc, transfertoken.Push)

	answered := make(chan struct{})
	defer close(answered)
	err := newClient(url, issued.Secret.Reveal()).push(t.Context(), io.MultiReader(strings.NewReader("half"),
		afterBody(func() error {
			if err := svc.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision); err != nil {
				return err
			}
			<-answered
			return errors.New("never sent")
		})))
	requireRefusal(t, err, http.StatusUnauthorized, "Missing or invalid credentials", `Bearer error="invalid_token"`)
	require.NoFileExists(t, content)
}

func TestPullOfDeletedTokenIsBrokenOff(t *testing.T) {
	svc := newService(t)
	content := filepath.Join(t.TempDir(), "content")
	handler := newHandler(svc, content, 20*time.Millisecond)
	ended := make(chan struct{})
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		handler.ServeHTTP(w, r)
	}))
	require.NoError(t, os.WriteFile(content, make([]byte, 32<<20), 0o600))
	issued := issue(t, svc, transfertoken.Pull)

	response, err := newClient(url, issued.Secret.Reveal()).do(t.Context(), http.MethodGet, "/pull", nil)
	require.NoError(t, err)
	defer response.Body.Close()
	require.NoError(t, svc.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision))
	<-ended
	_, err = io.Copy(io.Discard, response.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestPushOverTheLimit(t *testing.T) {
	svc := newService(t)
	url, content := newBackend(t, svc)
	c := newClient(url, issue(t, svc, transfertoken.Push).Secret.Reveal())

	err := c.push(t.Context(), bytes.NewReader(make([]byte, maxPush+1)))
	requireRefusal(t, err, http.StatusRequestEntityTooLarge, "Request Entity Too Large", "")
	require.NoFileExists(t, content)
}

func TestPullBeforeAnyPush(t *testing.T) {
	svc := newService(t)
	url, _ := newBackend(t, svc)
	path := filepath.Join(t.TempDir(), "pulled")

	err := newClient(url, issue(t, svc, transfertoken.Pull).Secret.Reveal()).pullFile(t.Context(), path)
	requireRefusal(t, err, http.StatusNotFound, "Not Found", "")
	require.NoFileExists(t, path)
}
