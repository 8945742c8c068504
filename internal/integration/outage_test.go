package integration

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// unreachable returns tbl at an address where no database answers.
func (tbl testTable) unreachable(t *testing.T) testTable {
	t.Helper()
	if tbl.dialect == sqlstore.SQLite {
		tbl.dsn = "file:" + filepath.Join(t.TempDir(), "missing", "tokens.db")
		return tbl
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return tbl.atAddress(t, listener.Addr().String())
}

func TestDatabaseDown(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		salt := transfertoken.GenerateSalt()
		issued, _ := createGranted(t, tbl.service(t, salt, nil))
		down := tbl.unreachable(t)
		store := down.storeOver(t, down.openDB(t))
		svc := newService(t, store, salt, nil)
		for _, op := range operations(svc, issued, transfertoken.Grant{}) {
			if op.name == "Recheck" {
				continue // needs a grant of this service
			}
			err := awaitReturn(t, func() error { return op.call(t.Context()) })
			requireFailure(t, err)
			require.ErrorContains(t, err, "sqlstore: ", op.name)
		}
		requireFailure(t, awaitReturn(t, func() error { return store.Migrate(t.Context()) }))
	})
}

func TestDatabaseThatStalls(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		network, server := tbl.serverAddress(t)
		proxy := newProxy(t, network, server)
		tbl = tbl.atAddress(t, proxy.address())
		svc := tbl.service(t, transfertoken.GenerateSalt(), nil)
		issued, grant := createGranted(t, svc)
		for _, op := range operations(svc, issued, grant) {
			proxy.stall()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			err := awaitReturn(t, func() error { return op.call(ctx) })
			requireFailure(t, err)
			require.ErrorIs(t, err, context.DeadlineExceeded, op.name)
			cancel()
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			err = awaitReturn(t, func() error { return op.call(ctx) })
			requireFailure(t, err)
			require.ErrorIs(t, err, context.Canceled, op.name)
			proxy.drop() // or the bytes that were held back would take effect
			proxy.resume()
		}
		_, err := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
		require.NoError(t, err)
	}, postgres, mysqlDB)
}

// holdLock takes a lock on another connection, for which every write has to wait.
func (tbl testTable) holdLock(t *testing.T) (unlock func()) {
	t.Helper()
	conn, err := tbl.openDB(t).Conn(t.Context())
	require.NoError(t, err)
	begin := []string{"BEGIN", "SELECT id FROM " + tbl.table + " FOR UPDATE"}
	switch tbl.backend.name {
	case postgres.name:
		begin[1] = "LOCK TABLE " + tbl.table + " IN SHARE MODE"
	case modernc.name, mattn.name:
		begin = []string{"BEGIN IMMEDIATE"}
	}
	for _, statement := range begin {
		_, err := conn.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	unlock = sync.OnceFunc(func() {
		_, err := conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK")
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	})
	t.Cleanup(unlock) // before the table is dropped
	return unlock
}

func TestLockThatSomebodyElseHolds(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		if b.name == mattn.name {
			tbl = tbl.withParam(t, "_busy_timeout", "500") // this driver waits so long, whatever the context
		}
		svc := tbl.service(t, transfertoken.GenerateSalt(), &transfertoken.Options{TouchInterval: time.Nanosecond})
		issued, grant := createGranted(t, svc)
		unlock := tbl.holdLock(t)
		for _, op := range operations(svc, issued, grant) {
			wait := 50 * time.Millisecond
			if !op.writes {
				wait = patience // Authorize succeeds, although it cannot record the use
			}
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			err := awaitReturn(t, func() error { return op.call(ctx) })
			cancel()
			if !op.writes {
				require.NoError(t, err, op.name)
				continue
			}
			requireFailure(t, err)
			require.ErrorIs(t, err, context.DeadlineExceeded, op.name)
		}
		unlock()
		_, err := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
		if b.name == mysqlDB.name && err != nil {
			// The server goes on waiting for the lock when the client has gone, and
			// then executes the statements: the DELETE, among others.
			require.ErrorIs(t, err, transfertoken.ErrUnauthorized)
			return
		}
		require.NoError(t, err)
	})
}

// readOnly returns tbl with connections that cannot write, as on a replica.
func (tbl testTable) readOnly(t *testing.T) testTable {
	t.Helper()
	switch tbl.backend.name {
	case postgres.name:
		return tbl.withParam(t, "default_transaction_read_only", "on")
	case mysqlDB.name:
		var version string
		require.NoError(t, tbl.openDB(t).QueryRowContext(t.Context(), "SELECT VERSION()").Scan(&version))
		if strings.Contains(version, "MariaDB") {
			return tbl.withParam(t, "tx_read_only", "1")
		}
		return tbl.withParam(t, "transaction_read_only", "1")
	}
	return tbl.withParam(t, "mode", "ro")
}

func TestReadOnlyDatabase(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		salt := transfertoken.GenerateSalt()
		issued, _ := createGranted(t, tbl.service(t, salt, nil))

		var mu sync.Mutex
		var warnings []error
		replica := tbl.readOnly(t)
		store := replica.storeOver(t, replica.openDB(t))
		require.NoError(t, store.Migrate(t.Context()), "when there is nothing to do")
		svc := newService(t, store, transfertoken.GenerateSalt(), &transfertoken.Options{
			OtherSalts: []transfertoken.Salt{salt},
			Now:        func() time.Time { return time.Now().Add(time.Hour) }, // the last use is due again
			OnEvent: func(_ context.Context, e transfertoken.Event) {
				mu.Lock()
				defer mu.Unlock()
				if e.Kind == transfertoken.EventWarning {
					warnings = append(warnings, e.Err)
				}
			},
		})
		grant, err := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
		require.NoError(t, err)
		require.Len(t, warnings, 2, "last use and new digest")
		for _, op := range operations(svc, issued, grant) {
			err := op.call(t.Context())
			if !op.writes {
				require.NoError(t, err, op.name)
				continue
			}
			requireFailure(t, err)
			warnings = append(warnings, err)
		}
		for _, err := range warnings {
			require.Regexp(t, `(?i)read[- ]?only`, err.Error())
		}
		other := b.newTable(t).readOnly(t)
		if b.dialect != sqlstore.SQLite {
			err := other.storeOver(t, other.openDB(t)).Migrate(t.Context())
			requireFailure(t, err)
			require.Regexp(t, `(?i)read[- ]?only`, err.Error())
		}
	})
}

// A server that restarts ends all connections. The calls under way fail and are
// never refused, and later calls succeed.
func TestServerThatEndsConnections(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		admin := tbl.openDB(t)
		sessions := make(chan string, 1000)
		db, err := openSessions(tbl.driver, tbl.dsn, tbl.dialect, func(id string) { sessions <- id })
		require.NoError(t, err)
		t.Cleanup(func() { db.Close() })
		db.SetMaxOpenConns(4)
		db.SetMaxIdleConns(4)
		store := tbl.storeOver(t, db)
		require.NoError(t, store.Migrate(t.Context()))
		svc := newService(t, store, transfertoken.GenerateSalt(), nil)
		issued, _ := createGranted(t, svc)

		ctx, stop := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		failed, granted := make(chan error, 10_000), make(chan struct{}, 1)
		for range 4 {
			wait.Go(func() {
				for ctx.Err() == nil {
					_, err := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
					if err != nil {
						failed <- err
						continue
					}
					select {
					case granted <- struct{}{}:
					default:
					}
				}
			})
		}
		for range 40 {
			<-granted
			tbl.endSession(t, admin, <-sessions)
		}
		stop()
		wait.Wait()
		close(failed)
		t.Logf("%d calls failed", len(failed))
		for err := range failed {
			requireFailure(t, err)
		}
		for len(sessions) > 0 {
			id := <-sessions
			tbl.endSession(t, admin, id)
			tbl.awaitSessionEnd(t, admin, id)
		}
		// A driver may notice only when it uses a connection that it has ended.
		for range 4 {
			if _, err = svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push); err == nil {
				return
			}
			requireFailure(t, err)
		}
		_, err = svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
		require.NoError(t, err, "each connection that has ended fails one call at most")
	}, postgres, mysqlDB)
}
