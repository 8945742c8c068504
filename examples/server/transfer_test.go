package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/examples/internal/backend"
	"github.com/stretchr/testify/require"
)

// then is a part of a body without content.
type then func() error

func (do then) Read([]byte) (int, error) {
	if err := do(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

// never is a part of a body that does not come until the test ends.
func never(t *testing.T) io.Reader {
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	return then(func() error {
		<-ended
		return errors.New("never sent")
	})
}

// pause lets time pass by for what is measured in real time.
func pause(d time.Duration) then {
	return func() error {
		<-time.After(d)
		return nil
	}
}

func requireNoFiles(t *testing.T, cfg config) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(cfg.Data, "files"))
	require.NoError(t, err)
	require.Empty(t, entries)
}

// awaitFiles waits until the server has n files, those of pushes under way
// included.
func awaitFiles(t *testing.T, cfg config, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		entries, err := os.ReadDir(filepath.Join(cfg.Data, "files"))
		return err == nil && len(entries) == n
	}, 10*time.Second, time.Millisecond)
}

func revoke(t *testing.T, cfg config, issued transfertoken.Issued) {
	t.Helper()
	tokens, err := backend.OpenTokens(t.Context(), cfg.Config, discard)
	require.NoError(t, err)
	err = tokens.Service.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision)
	require.NoError(t, errors.Join(err, tokens.Close()))
}

func TestPushOfDeletedTokenIsDiscarded(t *testing.T) {
	cfg := newConfig(t)
	issued := issue(t, cfg, transfertoken.Push)
	b := start(t, cfg)
	body := io.MultiReader(strings.NewReader("half"), then(func() error {
		revoke(t, cfg, issued)
		return nil
	}), strings.NewReader("the rest"))
	got := newClient(t, b.url).do(t, "POST", "/push", bearer(issued.Secret.Reveal()), body)
	require.Equal(t, 401, got.status)
	require.Equal(t, `Bearer error="invalid_token"`, got.header.Get("WWW-Authenticate"))
	requireNoFiles(t, cfg)
}

func TestStalledPushOfDeletedTokenIsBrokenOff(t *testing.T) {
	cfg := newConfig(t)
	cfg.Limits.Recheck = 100 * time.Millisecond
	issued := issue(t, cfg, transfertoken.Push)
	b := start(t, cfg)
	body := io.MultiReader(strings.NewReader("half"), then(func() error {
		revoke(t, cfg, issued)
		return nil
	}), never(t))
	require.Equal(t, 401, newClient(t, b.url).do(t, "POST", "/push", bearer(issued.Secret.Reveal()), body).status)
	requireNoFiles(t, cfg)
}

func TestPushThatStallsIsBrokenOff(t *testing.T) {
	cfg := newConfig(t)
	cfg.Files.Stall = 100 * time.Millisecond
	issued := issue(t, cfg, transfertoken.Push)
	b := start(t, cfg)
	body := io.MultiReader(strings.NewReader("half"), never(t))
	require.Equal(t, 408, newClient(t, b.url).do(t, "POST", "/push", bearer(issued.Secret.Reveal()), body).status)
	requireNoFiles(t, cfg)
}

func TestPushThatIsTooLargeIsDiscarded(t *testing.T) {
	cfg := newConfig(t)
	cfg.Files.Push = 10
	issued := issue(t, cfg, transfertoken.Push)
	c := newClient(t, start(t, cfg).url)
	require.Equal(t, 201, c.do(t, "POST", "/push", bearer(issued.Secret.Reveal()), strings.NewReader("ten bytes!")).status)
	require.Equal(t, 413, c.do(t, "POST", "/push", bearer(issued.Secret.Reveal()),
		strings.NewReader("more than that")).status)
	entries, err := os.ReadDir(filepath.Join(cfg.Data, "files"))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestTransfersMayTakeLongerThanOtherRequests(t *testing.T) {
	cfg := newConfig(t)
	cfg.Limits.Request = 500 * time.Millisecond
	issued := issue(t, cfg, transfertoken.FullAccess)
	b := start(t, cfg)
	c := newClient(t, b.url)

	large := make([]byte, 16<<20) // more than fits into the buffers between client and server
	rand.Read(large)
	body := io.MultiReader(strings.NewReader("slow"), pause(750*time.Millisecond), strings.NewReader(string(large)))
	pushed := c.do(t, "POST", "/push", bearer(issued.Secret.Reveal()), body)
	require.Equal(t, 201, pushed.status, pushed.body)

	request, err := http.NewRequestWithContext(t.Context(), "GET", b.url+"/pull/"+pushed.made().ID, nil)
	require.NoError(t, err)
	request.Header = bearer(issued.Secret.Reveal())
	response, err := c.http.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, io.MultiReader(io.LimitReader(response.Body, 4), pause(750*time.Millisecond), response.Body))
	require.NoError(t, err)
	require.Equal(t, sha256.Sum256(append([]byte("slow"), large...)), [32]byte(sum.Sum(nil)))
}

func TestPullGoesOnWhereItWasInterrupted(t *testing.T) {
	cfg := newConfig(t)
	secret := issue(t, cfg, transfertoken.FullAccess).Secret.Reveal()
	c := newClient(t, start(t, cfg).url)
	file := c.do(t, "POST", "/push", bearer(secret), strings.NewReader("0123456789")).made().ID
	header := bearer(secret)
	header.Set("Range", "bytes=6-")
	header.Set("If-Range", `"`+file+`"`)
	rest := c.do(t, "GET", "/pull/"+file, header, nil)
	require.Equal(t, 206, rest.status)
	require.Equal(t, "6789", rest.body)
}

func TestPullNamesNothingButFiles(t *testing.T) {
	cfg := newConfig(t)
	secret := issue(t, cfg, transfertoken.FullAccess).Secret.Reveal()
	c := newClient(t, start(t, cfg).url)
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	file := c.do(t, "POST", "/push", bearer(secret), strings.NewReader("x")).made().ID
	for _, id := range []string{
		"..%2Ftokens.db", "..%2f..%2fetc%2fpasswd", "%2E%2E", ".", "%00", uuid.Nil.String(),
		strings.ToUpper(file), "%7B" + file + "%7D", "urn:uuid:" + file, strings.ReplaceAll(file, "-", ""), file + ".part",
		file + "%2F",
	} {
		got := c.do(t, "GET", "/pull/"+id, bearer(secret), nil)
		require.Contains(t, []int{404, 301, 307}, got.status, id)
	}
	require.Equal(t, 200, c.do(t, "GET", "/pull/"+file, bearer(secret), nil).status)
}

func TestShutdownEndsStalledTransfers(t *testing.T) {
	cfg := newConfig(t)
	cfg.Limits.Grace = 100 * time.Millisecond
	issued := issue(t, cfg, transfertoken.FullAccess)
	b := start(t, cfg)
	c := newClient(t, b.url)
	file := c.do(t, "POST", "/push", bearer(issued.Secret.Reveal()),
		strings.NewReader(strings.Repeat("x", 16<<20))).made().ID

	pulling, err := http.NewRequestWithContext(t.Context(), "GET", b.url+"/pull/"+file, nil)
	require.NoError(t, err)
	pulling.Header = bearer(issued.Secret.Reveal())
	pull, err := c.http.Do(pulling)
	require.NoError(t, err)
	defer pull.Body.Close()

	underWay, begun := context.WithCancel(t.Context())
	pushed := make(chan int, 1)
	go func() {
		body := io.MultiReader(strings.NewReader("half"), then(func() error {
			begun()
			return nil
		}), never(t))
		got, err := c.try(t.Context(), "POST", "/push", bearer(issued.Secret.Reveal()), body)
		if err != nil {
			got.status = -1
		}
		pushed <- got.status
	}()
	<-underWay.Done()
	awaitFiles(t, cfg, 2)

	began := time.Now()
	require.NoError(t, b.stop())
	require.Less(t, time.Since(began), 4*time.Second)
	require.Equal(t, 503, <-pushed)
	_, err = io.Copy(io.Discard, pull.Body)
	require.Error(t, err, "a pull that was cut short must not look complete")
	entries, err := os.ReadDir(filepath.Join(cfg.Data, "files"))
	require.NoError(t, err)
	require.Len(t, entries, 1, "a part of the push is left")
}

func TestShutdownWaitsForTransfers(t *testing.T) {
	cfg := newConfig(t)
	issued := issue(t, cfg, transfertoken.Push)
	b := start(t, cfg)
	stopped := make(chan error, 1)
	body := io.MultiReader(strings.NewReader("half"), then(func() error {
		awaitFiles(t, cfg, 1)
		go func() { stopped <- b.stop() }()
		return nil
	}), then(func() error {
		for { // until it no longer listens
			if _, err := newClient(t, b.url).try(t.Context(), "GET", "/", nil, nil); err != nil {
				return nil
			}
		}
	}), strings.NewReader(" and half"))
	got := newClient(t, b.url).do(t, "POST", "/push", bearer(issued.Secret.Reveal()), body)
	require.Equal(t, 201, got.status, got.body)
	require.NoError(t, <-stopped)
}

func TestWhatAKilledPushLeftIsRemovedAtTheNextStart(t *testing.T) {
	cfg := newConfig(t)
	issued := issue(t, cfg, transfertoken.FullAccess)
	b := start(t, cfg)
	c := newClient(t, b.url)
	kept := c.do(t, "POST", "/push", bearer(issued.Secret.Reveal()), strings.NewReader("kept")).made().ID
	require.NoError(t, b.stop())
	left := filepath.Join(cfg.Data, "files", uuid.Must(uuid.NewV7()).String()+".part")
	require.NoError(t, os.WriteFile(left, []byte("half"), 0o600))

	b = start(t, cfg)
	require.Equal(t, "kept", newClient(t, b.url).do(t, "GET", "/pull/"+kept, bearer(issued.Secret.Reveal()), nil).body)
	require.NoFileExists(t, left)
}
