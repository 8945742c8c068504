package browser

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// backend is a server with users, sessions and the admin API of transfer tokens,
// which it keeps in SQLite.
type backend struct {
	*users
	*faults
	*requests
	t      testing.TB
	svc    *transfertoken.TokenService
	store  *failingStore
	clock  *tokentest.Clock
	log    *logBuffer
	server *httptest.Server
	prefix string // of the paths of the admin API, as browsers see them
}

// backendOptions are the settings of newBackend; the zero value and nil will do.
type backendOptions struct {
	mount    mount
	disabled bool          // there is no salt
	admin    admin.Options // Authorize and Logger are the backend's
}

// newBackend starts a backend where ann may do everything and nobody is logged
// in. It is 17:37:17 UTC on 21 November 2026.
func newBackend(t testing.TB, opts *backendOptions) *backend {
	t.Helper()
	if opts == nil {
		opts = &backendOptions{}
	}
	b := &backend{t: t, users: newUsers(), requests: &requests{}, clock: &tokentest.Clock{}, log: &logBuffer{}}
	b.clock.Set(time.Date(2026, 11, 21, 17, 37, 17, 0, time.UTC))
	b.store = &failingStore{Store: sqliteStore(t)}
	salt := tokentest.Salt
	if opts.disabled {
		salt = ""
	}
	var err error
	b.svc, err = transfertoken.New(b.store, salt, &transfertoken.Options{Now: b.clock.Now})
	require.NoError(t, err)
	settings := opts.admin
	settings.Authorize, settings.Logger = b.authorize, slog.New(slog.NewTextHandler(b.log, nil))
	api, err := admin.New(b.svc, &settings)
	require.NoError(t, err)

	mux := http.NewServeMux()
	b.prefix = opts.mount.add(t, mux, b.dated(api))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!DOCTYPE html><html lang=en><title>Host</title><h1>Host</h1></html>`)
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter,
		_ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	b.server = httptest.NewUnstartedServer(nil)
	b.faults = &faults{server: b.server.Config}
	b.server.Config.Handler = b.record(b.fail(mux))
	b.server.Start()
	t.Cleanup(func() {
		b.heal()
		b.server.CloseClientConnections()
		b.server.Close()
		if t.Failed() {
			t.Logf("log of the backend:\n%s", b.log)
		}
	})
	return b
}

// dated makes the clock of b that of the answers as well.
func (b *backend) dated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", b.clock.Now().UTC().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}

func sqliteStore(t testing.TB) transfertoken.Store {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "tokens.db")+
		"?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	store, err := sqlstore.New(db, sqlstore.SQLite, nil)
	require.NoError(t, err)
	require.NoError(t, store.Migrate(t.Context()))
	return store
}

// url returns the address of a path below the mount, such as /transfer/.
func (b *backend) url(path string) string { return b.server.URL + b.prefix + path }

// issue makes a token.
func (b *backend) issue(token transfertoken.NewToken) transfertoken.Issued {
	b.t.Helper()
	issued, err := b.svc.Create(context.WithoutCancel(b.t.Context()), token)
	require.NoError(b.t, err)
	return issued
}

// tokens returns all tokens in the order of their creation.
func (b *backend) tokens() (tokens []transfertoken.Token) {
	b.t.Helper()
	for token, err := range b.svc.All(b.t.Context()) {
		require.NoError(b.t, err)
		tokens = append(tokens, token)
	}
	return tokens
}
