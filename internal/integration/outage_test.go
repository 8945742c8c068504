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

// unreachable returns p in a place where no database answers.
func (p place) unreachable(t *testing.T) place {
	t.Helper()
	if p.dialect == sqlstore.SQLite {
		p.dsn = "file:" + filepath.Join(t.TempDir(), "missing", "tokens.db")
		return p
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return p.at(t, listener.Addr().String())
}

func TestDatabaseDown(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		salt := transfertoken.GenerateSalt()
		issued, _ := granted(t, p.service(t, salt, nil))
		down := p.unreachable(t)
		store := down.over(t, down.open(t))
		svc := newService(t, store, salt, nil)
		for _, op := range operations(svc, issued, transfertoken.Grant{}) {
			if op.name == "Recheck" {
				continue // needs a grant of this service
			}
			err := returns(t, func() error { return op.call(t.Context()) })
			requireFailure(t, err)
			require.ErrorContains(t, err, "sqlstore: ", op.name)
		}
		requireFailure(t, returns(t, func() error { return store.Migrate(t.Context()) }))
	})
}

func TestDatabaseThatStalls(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		network, server := p.address(t)
		proxy := newProxy(t, network, server)
		p = p.at(t, proxy.address())
		svc := p.service(t, transfertoken.GenerateSalt(), nil)
		issued, grant := granted(t, svc)
		for _, op := range operations(svc, issued, grant) {
			proxy.stall()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			err := returns(t, func() error { return op.call(ctx) })
			requireFailure(t, err)
			require.ErrorIs(t, err, context.DeadlineExceeded, op.name)
			cancel()
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			err = returns(t, func() error { return op.call(ctx) })
			requireFailure(t, err)
			require.ErrorIs(t, err, context.Canceled, op.name)
			proxy.drop() // or what was held back would take effect
			proxy.resume()
		}
		_, err := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
		require.NoError(t, err)
	}, postgres, mysqlDB)
}

// lock makes another connection hold a lock that every write has to wait for.
func (p place) lock(t *testing.T) (unlock func()) {
	t.Helper()
	conn, err := p.open(t).Conn(t.Context())
	require.NoError(t, err)
	begin := []string{"BEGIN", "SELECT id FROM " + p.table + " FOR UPDATE"}
	switch p.backend.name {
	case postgres.name:
		begin[1] = "LOCK TABLE " + p.table + " IN SHARE MODE"
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
	t.Cleanup(unlock) // before the table is dropped, which would wait for it
	return unlock
}

func TestLockThatSomebodyElseHolds(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		if b.name == mattn.name {
			p = p.with(t, "_busy_timeout", "500") // it waits that long, whatever the context says
		}
		svc := p.service(t, transfertoken.GenerateSalt(), &transfertoken.Options{TouchInterval: time.Nanosecond})
		issued, grant := granted(t, svc)
		unlock := p.lock(t)
		for _, op := range operations(svc, issued, grant) {
			wait := 50 * time.Millisecond
			if !op.writes {
				wait = patience // an Authorize reads, and then tries in vain to record the use
			}
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			err := returns(t, func() error { return op.call(ctx) })
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
			// The server goes on waiting for the lock when the client has gone,
			// and then does what it was told: delete, among others.
			require.ErrorIs(t, err, transfertoken.ErrUnauthorized)
			return
		}
		require.NoError(t, err)
	})
}

// readOnly returns p as it is on a replica: nothing can be written.
func (p place) readOnly(t *testing.T) place {
	t.Helper()
	switch p.backend.name {
	case postgres.name:
		return p.with(t, "default_transaction_read_only", "on")
	case mysqlDB.name:
		var version string
		require.NoError(t, p.open(t).QueryRowContext(t.Context(), "SELECT VERSION()").Scan(&version))
		if strings.Contains(version, "MariaDB") {
			return p.with(t, "tx_read_only", "1")
		}
		return p.with(t, "transaction_read_only", "1")
	}
	return p.with(t, "mode", "ro")
}

func TestReadOnlyDatabase(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		salt := transfertoken.GenerateSalt()
		issued, _ := granted(t, p.service(t, salt, nil))

		var mu sync.Mutex
		var warnings []error
		replica := p.readOnly(t)
		store := replica.over(t, replica.open(t))
		require.NoError(t, store.Migrate(t.Context()), "when there is nothing to do")
		svc := newService(t, store, transfertoken.GenerateSalt(), &transfertoken.Options{
			OtherSalts:    []transfertoken.Salt{salt},
			TouchInterval: time.Nanosecond,
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
		other := b.place(t).readOnly(t)
		if b.dialect != sqlstore.SQLite {
			err := other.over(t, other.open(t)).Migrate(t.Context())
			requireFailure(t, err)
			require.Regexp(t, `(?i)read[- ]?only`, err.Error())
		}
	})
}

// A server that is restarted ends all connections. What is under way fails, but
// is never refused, and afterwards all is well without any help.
func TestServerThatEndsConnections(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		admin := p.open(t)
		sessions := make(chan string, 1000)
		db, err := openSessions(p.driver, p.dsn, p.dialect, func(id string) { sessions <- id })
		require.NoError(t, err)
		t.Cleanup(func() { db.Close() })
		db.SetMaxOpenConns(4)
		db.SetMaxIdleConns(4)
		store := p.over(t, db)
		require.NoError(t, store.Migrate(t.Context()))
		svc := newService(t, store, transfertoken.GenerateSalt(), nil)
		issued, _ := granted(t, svc)

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
			p.endSession(t, admin, <-sessions)
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
			p.endSession(t, admin, id)
			p.awaitEnd(t, admin, id)
		}
		// A driver may not know before it uses a connection that it has ended.
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
