//go:build linux

package cluster_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

func (g *galera) testRevocation(t *testing.T) {
	services := g.services(t, nil, causal)
	stale, calls := revoke(t, services, services, rounds(200, 1_700))
	t.Logf("%d of %d calls accepted what was revoked", stale, calls)
	require.Zero(t, stale)
}

// withoutCausalReads returns services whose sessions give up causal reads after the
// store has looked at them.
func (g *galera) withoutCausalReads(t testing.TB) []*transfertoken.TokenService {
	t.Helper()
	table, salt := newTable(), transfertoken.GenerateSalt()
	var services []*transfertoken.TokenService
	for _, n := range g.nodes {
		db := n.on(causal).open(t)
		db.SetMaxOpenConns(1)
		store, err := sqlstore.New(db, sqlstore.MySQL, &sqlstore.Options{Table: table})
		require.NoError(t, err)
		require.NoError(t, store.Migrate(t.Context()))
		_, err = store.List(t.Context(), transfertoken.ListOptions{Limit: 1})
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), "SET SESSION wsrep_sync_wait = 0")
		require.NoError(t, err)
		services = append(services, newService(t, store, salt, nil))
	}
	return services
}

// Without this the zero of testRevocation would say nothing.
func (g *galera) testRevocationWithoutCausalReads(t *testing.T) {
	late := g.withoutCausalReads(t)
	stale, calls := 0, 0
	for n := 0; stale == 0 && n < 20; n++ { // it may take some
		accepted, made := revoke(t, late, late, rounds(100, 1_700))
		stale, calls = stale+accepted, calls+made
	}
	t.Logf("%d of %d calls accepted what was revoked", stale, calls)
	require.Positive(t, stale)
}

// testLag stops a node from applying what the others commit.
func (g *galera) testLag(t *testing.T) {
	services, late := g.services(t, nil, causal), g.withoutCausalReads(t)
	issued, err := services[0].Create(t.Context(), newPushToken("n"))
	require.NoError(t, err)
	lateIssued, err := late[0].Create(t.Context(), newPushToken("n"))
	require.NoError(t, err)
	authorize := func(svc *transfertoken.TokenService, issued transfertoken.Issued) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := svc.Authorize(ctx, issued.Secret.Reveal(), transfertoken.Push)
		return err
	}
	require.NoError(t, authorize(services[1], issued))
	require.NoError(t, poll(func() error { return authorize(late[1], lateIssued) }))

	conn, err := g.nodes[1].on().open(t).Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "FLUSH TABLES WITH READ LOCK")
	require.NoError(t, err)
	require.NoError(t, services[0].Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision))
	require.NoError(t, late[0].Delete(t.Context(), lateIssued.Token.ID, transfertoken.AnyRevision))
	require.ErrorIs(t, authorize(services[2], issued), transfertoken.ErrUnauthorized)
	err = authorize(services[1], issued)
	requireFailure(t, err)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, authorize(late[1], lateIssued), "without causal reads")

	_, err = conn.ExecContext(t.Context(), "UNLOCK TABLES")
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.ErrorIs(t, authorize(services[1], issued), transfertoken.ErrUnauthorized)
}

func (g *galera) testLockTimeout(t *testing.T) {
	counter := &errorCounter{number: 1205}
	p := g.nodes[0].on(causal, "innodb_lock_wait_timeout=1")
	p.wrap = counter.connector
	table := newTable()
	store := p.migrated(t, table)
	svc := newService(t, store, transfertoken.GenerateSalt(), nil)
	issued, err := svc.Create(t.Context(), newPushToken("n"))
	require.NoError(t, err)

	tx, err := g.nodes[0].on().open(t).BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer tx.Rollback()
	_, err = tx.ExecContext(t.Context(), "UPDATE "+table+" SET description = 'locked'")
	require.NoError(t, err)
	err = svc.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision)
	requireFailure(t, err)
	require.ErrorContains(t, err, "Error 1205")
	require.ErrorContains(t, err, "another transaction holds the lock")
	require.EqualValues(t, 1, counter.seen.Load(), "it is not tried again")
	require.NoError(t, tx.Rollback())
	_, err = svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
	require.NoError(t, err)
}

// testKilledNodes kills one node after the other while clients of all nodes work, and
// lets each come back.
func (g *galera) testKilledNodes(t *testing.T) {
	services := g.services(t, nil, causal)
	l := startLoad(services, 6)
	var pauses, returns []time.Duration
	for range rounds(2, 10) {
		l.progress(t, 20)
		if rounds(1, 0) == 1 {
			g.detectDeathWithin(t, "PT1S", "PT2S") // a node that comes back has the default again
		}
		victim := rand.IntN(len(g.nodes))
		g.nodes[victim].stop(syscall.SIGKILL)
		start := time.Now()
		require.NoError(t, poll(func() error {
			_, err := services[(victim+1)%len(services)].Create(t.Context(), newPushToken(uuid.NewString()))
			return err
		}))
		pauses = append(pauses, time.Since(start).Round(time.Millisecond))
		start = time.Now()
		require.NoError(t, g.nodes[victim].rejoin())
		require.NoError(t, g.nodes[victim].awaitReady())
		returns = append(returns, time.Since(start).Round(time.Millisecond))
	}
	l.progress(t, 20)
	t.Logf("the survivors paused for %v; the killed node was back after %v", pauses, returns)
	l.finish(t, services...)
}

// testFrozenNode freezes a node until the others have given it up, as a virtual
// machine that is moved does. When it goes on it does not know that yet.
func (g *galera) testFrozenNode(t *testing.T) {
	g.detectDeathWithin(t, "PT1S", "PT2S")
	services := g.services(t, nil, causal)
	issued, err := services[0].Create(t.Context(), newPushToken("n"))
	require.NoError(t, err)
	authorize := func(svc *transfertoken.TokenService) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := svc.Authorize(ctx, issued.Secret.Reveal(), transfertoken.Push)
		return err
	}
	require.NoError(t, authorize(services[1]))
	frozen := g.nodes[1].cmd.Process
	require.NoError(t, frozen.Signal(syscall.SIGSTOP))
	defer frozen.Signal(syscall.SIGCONT)
	require.NoError(t, services[0].Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision))
	require.ErrorIs(t, authorize(services[1]), context.DeadlineExceeded)
	require.NoError(t, frozen.Signal(syscall.SIGCONT))
	require.NoError(t, poll(func() error {
		err := authorize(services[1])
		require.Error(t, err, "the node accepts what was revoked while it was frozen")
		if errors.Is(err, transfertoken.ErrUnauthorized) {
			return nil
		}
		requireFailure(t, err)
		return err
	}))
	require.NoError(t, g.nodes[1].awaitReady())
}

// testNoQuorum kills two of three nodes.
func (g *galera) testNoQuorum(t *testing.T) {
	services, late := g.services(t, nil, causal), g.withoutCausalReads(t)
	issued, err := services[0].Create(t.Context(), newPushToken("n"))
	require.NoError(t, err)
	secret := issued.Secret.Reveal()
	for _, n := range g.nodes[1:] {
		n.stop(syscall.SIGKILL)
	}
	within := func(call func(ctx context.Context) error) error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		return call(ctx)
	}
	authorize := func(svc *transfertoken.TokenService) error {
		return within(func(ctx context.Context) error {
			_, err := svc.Authorize(ctx, secret, transfertoken.Push)
			return err
		})
	}
	// The node says yes or nothing until it has noticed that it is alone.
	require.NoError(t, poll(func() error {
		var name, status string
		if err := g.nodes[0].ask("SHOW STATUS LIKE 'wsrep_cluster_status'", &name, &status); err != nil {
			return err
		}
		if status == "Primary" {
			if err := authorize(services[0]); err != nil {
				requireFailure(t, err)
			}
			return errors.New("it has not noticed")
		}
		return nil
	}))
	for name, call := range map[string]func(context.Context) error{
		"Authorize": func(ctx context.Context) error {
			_, err := services[0].Authorize(ctx, secret, transfertoken.Push)
			return err
		},
		"Create": func(ctx context.Context) error {
			_, err := services[0].Create(ctx, newPushToken("second"))
			return err
		},
		"Delete": func(ctx context.Context) error {
			return services[0].Delete(ctx, issued.Token.ID, transfertoken.AnyRevision)
		},
		"without causal reads": func(ctx context.Context) error {
			_, err := late[0].Authorize(ctx, secret, transfertoken.Push)
			return err
		},
		"Migrate": g.nodes[0].on(causal).store(t, newTable()).Migrate,
	} {
		err := within(call)
		requireFailure(t, err)
		t.Logf("%s: %v", name, err)
		require.Regexp(t, "Error (1047|1205).*(not one of a majority|without a majority)", err.Error(), name)
	}
	for _, svc := range services[1:] {
		err := authorize(svc)
		requireFailure(t, err)
		require.ErrorContains(t, err, "connection refused")
	}

	g.nodes[0].exec(t, "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=true'")
	for _, n := range g.nodes[1:] {
		require.NoError(t, n.rejoin())
		require.NoError(t, n.awaitReady())
	}
	for _, svc := range services {
		require.NoError(t, poll(func() error { return authorize(svc) }))
		var names []string
		for token, err := range svc.All(t.Context()) {
			require.NoError(t, err)
			names = append(names, token.Name)
		}
		require.Equal(t, []string{"n"}, names, "what failed was not done")
	}
}
