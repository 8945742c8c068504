package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const loadClients = 200

// TestLoad lets many clients create, list, use and delete tokens at once, for
// LOAD_SECONDS or 3 seconds.
func TestLoad(t *testing.T) {
	seconds := 3
	if text := os.Getenv("LOAD_SECONDS"); text != "" {
		var err error
		seconds, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	goroutines := runtime.NumGoroutine()
	b := start(t, newConfig(t))
	c := newClient(t, b.url)
	require.Equal(t, 204, c.login(t, "admin", password).status)

	load := &load{client: c, kept: map[string]bool{}, took: map[string][]time.Duration{},
		until: time.Now().Add(time.Duration(seconds) * time.Second)}
	began := time.Now()
	var all sync.WaitGroup
	for n := range loadClients {
		all.Go(func() { load.run(t.Context(), n) })
	}
	all.Wait()
	took := time.Since(began)

	found := map[string]bool{}
	for _, token := range c.do(t, "GET", "/admin/transfer/tokens", nil, nil).list(t) {
		found[token.ID] = true
	}
	if len(load.wrong) > 0 {
		t.Fatalf("%d of the clients met what must not be; the first: %s", len(load.wrong), load.wrong[0])
	}
	require.NotEmpty(t, load.kept)
	require.Equal(t, load.kept, found, "tokens that were not deleted, and those that are there")
	load.report(t, took)

	c.http.CloseIdleConnections()
	require.NoError(t, b.stop())
	require.NotContains(t, b.log.String(), "level=ERROR")
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", goroutines, runtime.NumGoroutine(),
				stacks[:runtime.Stack(stacks, true)])
		}
	}
}

type load struct {
	client *client
	until  time.Time

	mu    sync.Mutex
	kept  map[string]bool // IDs of tokens that must be there at the end
	took  map[string][]time.Duration
	wrong []string
}

// run is one client. Of its tokens it keeps every fourth.
func (l *load) run(ctx context.Context, client int) {
	secrets := map[string]string{} // of its kept tokens, and what they pushed
	for n := 0; time.Now().Before(l.until); n++ {
		name := fmt.Sprintf("%d-%d", client, n)
		token := l.do(ctx, "create", 201, "POST", "/admin/transfer/tokens", jsonHeader(),
			newToken(name, "push", "pull")).made()
		l.do(ctx, "list", 200, "GET", "/admin/transfer/tokens?limit=20", nil, nil)
		file := l.do(ctx, "push", 201, "POST", "/push", bearer(token.AccessKey), strings.NewReader(name)).made().ID
		if pulled := l.do(ctx, "pull", 200, "GET", "/pull/"+file, bearer(token.AccessKey), nil); pulled.body != name {
			l.fail("pull: %q is not what was pushed", pulled.body)
		}
		if n%4 == 0 {
			secrets[token.AccessKey] = file
			l.keep(token.ID)
			continue
		}
		l.do(ctx, "delete", 200, "DELETE", "/admin/transfer/tokens/"+token.ID, nil, nil)
		l.do(ctx, "refused", 401, "GET", "/pull/"+file, bearer(token.AccessKey), nil)
	}
	for secret, file := range secrets {
		l.do(ctx, "pull", 200, "GET", "/pull/"+file, bearer(secret), nil)
	}
}

func (l *load) do(ctx context.Context, what string, want int, method, path string, header http.Header,
	body io.Reader) answer {
	began := time.Now()
	got, err := l.client.try(ctx, method, path, header, body)
	took := time.Since(began)
	if err != nil || got.status != want {
		l.fail("%s: %d %s %v", what, got.status, got.body, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took[what] = append(l.took[what], took)
	return got
}

func (l *load) keep(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept[id] = true
}

// fail ends the client.
func (l *load) fail(format string, args ...any) {
	l.mu.Lock()
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
	l.mu.Unlock()
	runtime.Goexit()
}

func (l *load) report(t *testing.T, took time.Duration) {
	requests := 0
	for _, what := range slices.Sorted(maps.Keys(l.took)) {
		times := l.took[what]
		requests += len(times)
		slices.Sort(times)
		t.Logf("%-8s %6d  median %8s  99 %% %8s  longest %8s", what, len(times),
			times[len(times)/2].Round(time.Millisecond), times[len(times)*99/100].Round(time.Millisecond),
			times[len(times)-1].Round(time.Millisecond))
	}
	t.Logf("%d clients, %d requests in %s, %d tokens kept", loadClients, requests, took.Round(time.Millisecond),
		len(l.kept))
}
