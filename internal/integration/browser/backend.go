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

// Backend is a server with users, sessions and the admin API of transfer tokens,
// which it keeps in SQLite.
type Backend struct {
	*users
	*faults
	*requests
	T      testing.TB
	Svc    *transfertoken.TokenService
	Store  *failingStore
	Clock  *tokentest.Clock
	log    *logBuffer
	Server *httptest.Server
	prefix string // of the paths of the admin API, as browsers see them
}

// BackendOptions are the settings of newBackend; the zero value and nil will do.
type BackendOptions struct {
	Mount    mount
	Disabled bool          // there is no salt
	Admin    admin.Options // Authorize and Logger are the backend's
}

// NewBackend starts a backend where ann may do everything and nobody is logged
// in. It is 17:37:17 UTC on 21 November 2026.
func NewBackend(t testing.TB, opts *BackendOptions) *Backend {
	t.Helper()
	if opts == nil {
		opts = &BackendOptions{}
	}
	b := &Backend{T: t, users: newUsers(), requests: &requests{}, Clock: &tokentest.Clock{}, log: &logBuffer{}}
	b.Clock.Set(time.Date(2026, 11, 21, 17, 37, 17, 0, time.UTC))
	b.Store = &failingStore{Store: sqliteStore(t)}
	salt := tokentest.Salt
	if opts.Disabled {
		salt = ""
	}
	var err error
	b.Svc, err = transfertoken.New(b.Store, salt, &transfertoken.Options{Now: b.Clock.Now})
	require.NoError(t, err)
	settings := opts.Admin
	settings.Authorize, settings.Logger = b.authorize, slog.New(slog.NewTextHandler(b.log, nil))
	api, err := admin.New(b.Svc, &settings)
	require.NoError(t, err)

	mux := http.NewServeMux()
	b.prefix = opts.Mount.add(t, mux, b.dated(api))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!DOCTYPE html><html lang=en><title>Host</title><h1>Host</h1></html>`)
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter,
		_ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	b.Server = httptest.NewUnstartedServer(nil)
	b.faults = &faults{server: b.Server.Config}
	b.Server.Config.Handler = b.record(b.fail(mux))
	b.Server.Start()
	t.Cleanup(func() {
		b.Heal()
		b.Server.CloseClientConnections()
		b.Server.Close()
		if t.Failed() {
			t.Logf("log of the backend:\n%s", b.log)
		}
	})
	return b
}

// dated makes the clock of b that of the answers as well.
func (b *Backend) dated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", b.Clock.Now().UTC().Format(http.TimeFormat))
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

// URL returns the address of a path below the mount, such as /transfer/.
func (b *Backend) URL(path string) string { return b.Server.URL + b.prefix + path }

// Issue makes a token.
func (b *Backend) Issue(token transfertoken.NewToken) transfertoken.Issued {
	b.T.Helper()
	issued, err := b.Svc.Create(context.WithoutCancel(b.T.Context()), token)
	require.NoError(b.T, err)
	return issued
}

// Tokens returns all tokens in the order of their creation.
func (b *Backend) Tokens() (tokens []transfertoken.Token) {
	b.T.Helper()
	for token, err := range b.Svc.All(b.T.Context()) {
		require.NoError(b.T, err)
		tokens = append(tokens, token)
	}
	return tokens
}
