package integration

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// lockRow makes another connection hold the lock of one row until the test ends.
func (p place) lockRow(t *testing.T, name string) {
	t.Helper()
	db := p.open(t)
	tx, err := db.BeginTx(context.WithoutCancel(t.Context()), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tx.Rollback()) }) // before the table is dropped, which would wait for it
	_, err = tx.ExecContext(t.Context(), "SELECT id FROM "+p.table+" WHERE name = '"+name+"' FOR UPDATE")
	require.NoError(t, err)
}

// The uses of the locked token wait to be recorded, each on a connection. They
// must not take all connections of the pool for as long as the lock is held.
func TestLockOnOneRowHoldsUpNoOtherToken(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		db := p.open(t)
		const conns = 8
		db.SetMaxOpenConns(conns)
		store := p.over(t, db)
		require.NoError(t, store.Migrate(t.Context()))
		var warnings atomic.Int32
		svc := newService(t, store, transfertoken.GenerateSalt(), &transfertoken.Options{
			OnEvent: func(_ context.Context, e transfertoken.Event) {
				if e.Kind == transfertoken.EventWarning {
					warnings.Add(1)
				}
			},
		})
		locked, err := svc.Create(t.Context(), push("locked"))
		require.NoError(t, err)
		other, err := svc.Create(t.Context(), push("other"))
		require.NoError(t, err)
		p.lockRow(t, "locked")

		ctx, stop := context.WithCancel(t.Context()) // no call has a deadline
		errs := make(chan error, 10_000)
		var wait sync.WaitGroup
		for range 2 * conns {
			wait.Go(func() {
				for ctx.Err() == nil {
					_, err := svc.Authorize(t.Context(), locked.Secret.Reveal(), transfertoken.Push)
					errs <- err
				}
			})
		}
		for range 3 {
			err := returns(t, func() error {
				_, err := svc.Authorize(t.Context(), other.Secret.Reveal(), transfertoken.Push)
				return err
			})
			require.NoError(t, err)
			require.NoError(t, <-errs, "the locked token is accepted, too")
		}
		stop()
		wait.Wait()
		close(errs)
		for err := range errs {
			require.NoError(t, err)
		}
		require.Positive(t, warnings.Load())
		token, err := svc.Get(t.Context(), locked.Token.ID)
		require.NoError(t, err)
		require.Zero(t, token.LastUsedAt)
		token, err = svc.Get(t.Context(), other.Token.ID)
		require.NoError(t, err)
		require.NotZero(t, token.LastUsedAt)
	}, postgres, mysqlDB)
}

// Of a client that hangs up before its use is recorded the use is recorded
// nevertheless. It has been let in.
func TestFirstUseIsRecordedAlthoughTheClientHangsUp(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		var hangUp atomic.Pointer[func()]
		svc := p.service(t, transfertoken.GenerateSalt(), &transfertoken.Options{
			Now: func() time.Time { // between the look-up and the record of the use
				if hangUp := hangUp.Swap(nil); hangUp != nil {
					(*hangUp)()
				}
				return time.Now()
			},
		})
		issued, err := svc.Create(t.Context(), push("nightly"))
		require.NoError(t, err)

		let, done := make(chan bool, 1), make(chan struct{})
		guarded := httpauth.Require(svc, transfertoken.Push, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			let <- true
		}))
		requests := make(chan context.Context, 1)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(done)
			requests <- r.Context()
			guarded.ServeHTTP(w, r)
		}))
		t.Cleanup(server.Close)

		client, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
		require.NoError(t, err)
		t.Cleanup(func() { client.Close() })
		hang := func() {
			client.(*net.TCPConn).CloseWrite()
			<-(<-requests).Done()
		}
		hangUp.Store(&hang)
		_, err = fmt.Fprintf(client, "GET / HTTP/1.1\r\nHost: backend\r\nAuthorization: Bearer %s\r\n\r\n", issued.Secret.Reveal())
		require.NoError(t, err)
		require.NoError(t, returns(t, func() error { <-done; return nil }))
		require.True(t, <-let)
		token, err := svc.Get(t.Context(), issued.Token.ID)
		require.NoError(t, err)
		require.NotZero(t, token.LastUsedAt)
	})
}

func TestPurgePassesOverLockedRows(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		store := p.store(t)
		expired := time.UnixMilli(1_700_000_000_000).UTC()
		for i, name := range []string{"one", "locked", "three"} {
			r := record(name, byte(i+1))
			r.ExpiresAt = expired
			require.NoError(t, store.Create(t.Context(), r))
		}
		p.lockRow(t, "locked")
		var purged []transfertoken.Record
		require.NoError(t, returns(t, func() (err error) {
			purged, err = store.PurgeExpired(t.Context(), expired, 10)
			return err
		}))
		require.Len(t, purged, 2)
		left, err := store.List(t.Context(), transfertoken.ListOptions{Limit: 10})
		require.NoError(t, err)
		require.Len(t, left, 1)
		require.Equal(t, "locked", left[0].Name)
	}, postgres, mysqlDB)
}

// A row that cannot be read fails the call that would delete it.
func TestPurgeDeletesNothingThatItCannotReturn(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		store := p.store(t)
		expired := time.UnixMilli(1_700_000_000_000).UTC()
		r := record("good", 1)
		r.ExpiresAt = expired
		require.NoError(t, store.Create(t.Context(), r))
		id := any(make([]byte, 16))
		if p.dialect == sqlstore.PostgreSQL {
			id = "00000000-0000-0000-0000-000000000000"
		}
		db := p.open(t)
		_, err := db.ExecContext(t.Context(), p.insert(1), id, "no ID", make([]byte, 64))
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), fmt.Sprintf("UPDATE %s SET expires_at = %d", p.table, expired.UnixMilli()))
		require.NoError(t, err)
		_, err = store.PurgeExpired(t.Context(), expired, 10)
		require.ErrorContains(t, err, "a row has no ID")
		require.Equal(t, 2, p.count(t, db))
	})
}

func (p place) count(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+p.table).Scan(&n))
	return n
}

// A purge reads only what has expired, in batches.
func TestPurgeTakesFewStatements(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		p.store(t)
		p.fill(t, 0, 3000, func(number int) transfertoken.Digest {
			return transfertoken.Digest{byte(number), byte(number >> 8), 1}
		})
		db := p.open(t)
		_, err := db.ExecContext(t.Context(), "UPDATE "+p.table+" SET expires_at = 1700000000000 WHERE name < 'token number 2'")
		require.NoError(t, err)
		recorded, recorder := p.record(t)
		svc := newService(t, p.over(t, recorded), transfertoken.GenerateSalt(), nil)
		purged, err := svc.PurgeExpired(t.Context(), 0)
		require.NoError(t, err)
		require.Equal(t, 3000-purged, p.count(t, db))
		require.Greater(t, purged, 1000)
		require.LessOrEqual(t, len(recorder.take()), 8, "two batches and an empty one, with at most two statements each")
	})
}
