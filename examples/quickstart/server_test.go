package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/stretchr/testify/require"
)

// newBackend serves from a folder of its own and returns its address and the
// file with its content.
func newBackend(t *testing.T, svc *transfertoken.TokenService) (url, content string) {
	t.Helper()
	dir := t.TempDir()
	server, err := startServer(newHandler(svc, dir))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.shutdown(t.Context())) })
	return server.url, filepath.Join(dir, "backend-content")
}

func TestPushOfDeletedTokenIsDiscarded(t *testing.T) {
	svc := newService(t, transfertoken.NewMemoryStore(), transfertoken.GenerateSalt())
	url, content := newBackend(t, svc)
	issued := issue(t, svc, "t", transfertoken.Push)
	c := newClient(url, issued.Secret.Reveal())
	require.NoError(t, c.push(t.Context(), bytes.NewReader([]byte("from before"))))

	part := bytes.Repeat([]byte("x"), 2*recheckEvery)
	begun := false
	err := c.push(t.Context(), io.MultiReader(bytes.NewReader(part), &pause{func() error {
		token, err := svc.Get(t.Context(), issued.Token.ID)
		begun = err == nil && !token.LastUsedAt.IsZero()
		return errors.Join(err, svc.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision))
	}}, bytes.NewReader(part)))
	var refused *statusError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusUnauthorized, refused.status)
	require.True(t, begun, "the push was not under way")

	kept, err := os.ReadFile(content)
	require.NoError(t, err)
	require.Equal(t, "from before", string(kept))
	entries, err := os.ReadDir(filepath.Dir(content))
	require.NoError(t, err)
	require.Len(t, entries, 1, "a part of the push is left")
}

func TestPullOfDeletedTokenIsBrokenOff(t *testing.T) {
	svc := newService(t, transfertoken.NewMemoryStore(), transfertoken.GenerateSalt())
	url, content := newBackend(t, svc)
	require.NoError(t, os.WriteFile(content, make([]byte, 32<<20), 0o600))
	issued := issue(t, svc, "t", transfertoken.Pull)

	response, err := newClient(url, issued.Secret.Reveal()).do(t.Context(), http.MethodGet, "/pull", nil)
	require.NoError(t, err)
	defer response.Body.Close()
	require.NoError(t, svc.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision))
	_, err = io.Copy(io.Discard, response.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestPushOverTheLimit(t *testing.T) {
	svc := newService(t, transfertoken.NewMemoryStore(), transfertoken.GenerateSalt())
	url, content := newBackend(t, svc)
	c := newClient(url, issue(t, svc, "t", transfertoken.Push).Secret.Reveal())

	err := c.push(t.Context(), bytes.NewReader(make([]byte, maxPush+1)))
	var refused *statusError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusRequestEntityTooLarge, refused.status)
	require.NoFileExists(t, content)
}

func TestPullBeforeAnyPush(t *testing.T) {
	svc := newService(t, transfertoken.NewMemoryStore(), transfertoken.GenerateSalt())
	url, _ := newBackend(t, svc)
	path := filepath.Join(t.TempDir(), "pulled")

	err := newClient(url, issue(t, svc, "t", transfertoken.Pull).Secret.Reveal()).pullFile(t.Context(), path)
	var refused *statusError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusNotFound, refused.status)
	require.NoFileExists(t, path)
}
