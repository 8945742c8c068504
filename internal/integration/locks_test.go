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

// lockRow locks one row from another connection until the test ends.
func (tbl testTable) lockRow(t *testing.T, name string) {
	t.Helper()
	db := tbl.openDB(t)
	tx, err := db.BeginTx(context.WithoutCancel(t.Context()), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tx.Rollback()) }) // before the table is dropped
	_, err = tx.ExecContext(t.Context(), "SELECT id FROM "+tbl.table+" WHERE name = '"+name+"' FOR UPDATE")
	require.NoError(t, err)
}

// Each use of the locked token waits on a connection to be recorded. Together they
// must not hold all connections of the pool for as long as the lock lasts.
func TestLockOnOneRowHoldsUpNoOtherToken(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		db := tbl.openDB(t)
		const conns = 8
		db.SetMaxOpenConns(conns)
		store := tbl.storeOver(t, db)
		require.NoError(t, store.Migrate(t.Context()))
		var warnings atomic.Int32
		svc := newService(t, store, transfertoken.GenerateSalt(), &transfertoken.Options{
			OnEvent: func(_ context.Context, e transfertoken.Event) {
				if e.Kind == transfertoken.EventWarning {
					warnings.Add(1)
				}
			},
		})
		locked, err := svc.Create(t.Context(), newPushToken("locked"))
		require.NoError(t, err)
		other, err := svc.Create(t.Context(), newPushToken("other"))
		require.NoError(t, err)
		tbl.lockRow(t, "locked")

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
			err := awaitReturn(t, func() error {
				_, err := svc.Authorize(t.Context(), other.Secret.Reveal(), transfertoken.Push)
				return err
			})
			require.NoError(t, err)
			err = awaitReturn(t, func() error { return <-errs })
			require.NoError(t, err, "the locked token is accepted, too")
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
	}, postgres, mysqlDB)
}

// The client has been let in, so its use counts even if it hangs up before the use is
// recorded.
func TestFirstUseIsRecordedAlthoughTheClientHangsUp(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		var hangUp atomic.Pointer[func()]
		svc := tbl.service(t, transfertoken.GenerateSalt(), &transfertoken.Options{
			Now: func() time.Time { // is called between the look-up and the record
				if hangUp := hangUp.Swap(nil); hangUp != nil {
					(*hangUp)()
				}
				return time.Now()
			},
		})
		issued, err := svc.Create(t.Context(), newPushToken("nightly"))
		require.NoError(t, err)

		accepted, done := make(chan bool, 1), make(chan struct{})
		accept := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { accepted <- true })
		guarded := httpauth.Require(svc, transfertoken.Push, nil)(accept)
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
		const request = "GET / HTTP/1.1\r\nHost: backend\r\nAuthorization: Bearer %s\r\n\r\n"
		_, err = fmt.Fprintf(client, request, issued.Secret.Reveal())
		require.NoError(t, err)
		require.NoError(t, awaitReturn(t, func() error { <-done; return nil }))
		require.True(t, <-accepted)
		token, err := svc.Get(t.Context(), issued.Token.ID)
		require.NoError(t, err)
		require.NotZero(t, token.LastUsedAt)
	})
}

func TestPurgePassesOverLockedRows(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		store := tbl.store(t)
		expired := time.UnixMilli(1_700_000_000_000).UTC()
		for i, name := range []string{"one", "locked", "three"} {
			r := newRecord(name, byte(i+1))
			r.ExpiresAt = expired
			require.NoError(t, store.Create(t.Context(), r))
		}
		tbl.lockRow(t, "locked")
		var purged []transfertoken.Record
		require.NoError(t, awaitReturn(t, func() (err error) {
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

// A row that cannot be read must not be deleted, because it cannot be returned.
func TestPurgeDeletesNothingThatItCannotReturn(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		store := tbl.store(t)
		expired := time.UnixMilli(1_700_000_000_000).UTC()
		r := newRecord("good", 1)
		r.ExpiresAt = expired
		require.NoError(t, store.Create(t.Context(), r))
		id := any(make([]byte, 16))
		if tbl.dialect == sqlstore.PostgreSQL {
			id = "00000000-0000-0000-0000-000000000000"
		}
		db := tbl.openDB(t)
		_, err := db.ExecContext(t.Context(), tbl.insertStatement(1), id, "no ID", make([]byte, 64))
		require.NoError(t, err)
		expire := fmt.Sprintf("UPDATE %s SET expires_at = %d", tbl.table, expired.UnixMilli())
		_, err = db.ExecContext(t.Context(), expire)
		require.NoError(t, err)
		_, err = store.PurgeExpired(t.Context(), expired, 10)
		require.ErrorContains(t, err, "a row has no ID")
		require.Equal(t, 2, tbl.countRows(t, db))
	})
}

func (tbl testTable) countRows(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+tbl.table).Scan(&n))
	return n
}

// A purge reads only expired rows, in batches.
func TestPurgeTakesFewStatements(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		tbl.store(t)
		tbl.fillTable(t, 0, 3000, func(number int) transfertoken.Digest {
			return transfertoken.Digest{byte(number), byte(number >> 8), 1}
		})
		db := tbl.openDB(t)
		expire := "UPDATE " + tbl.table + " SET expires_at = 1700000000000 WHERE name < 'token number 2'"
		_, err := db.ExecContext(t.Context(), expire)
		require.NoError(t, err)
		recorded, recorder := tbl.openRecorded(t)
		svc := newService(t, tbl.storeOver(t, recorded), transfertoken.GenerateSalt(), nil)
		purged, err := svc.PurgeExpired(t.Context(), 0)
		require.NoError(t, err)
		require.Equal(t, 3000-purged, tbl.countRows(t, db))
		require.Greater(t, purged, 1000)
		require.LessOrEqual(t, len(recorder.take()), 8, "three batches of at most two statements, the last one empty")
	})
}
