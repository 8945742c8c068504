//go:build linux

package cluster_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
	"github.com/seed-39e76d91/transfertoken/storetest"
)

// TestStandby starts one pair of servers for all tests that need one.
func TestStandby(t *testing.T) {
	need(t)
	t.Parallel()
	p := newPair(t)
	t.Run("suite", p.testSuite)
	t.Run("a revocation is seen at once", p.testRevocation)
	t.Run("a standby authorizes and is asked to write once", p.testReadOnly)
	t.Run("a Delete that failed can be repeated", p.testRepeatedDelete)
	t.Run("serialization failures do not reach the caller", p.testSerializationFailures)
	t.Run("a deadlock does not reach the caller", p.testDeadlock)
	t.Run("behind PgBouncer", p.testPooler)
	t.Run("promotions", p.testPromotions)
}

// split is a store that writes to one server and reads from another.
type split struct {
	*sqlstore.Store // writes
	reads           *sqlstore.Store
}

func (s split) Get(ctx context.Context, id uuid.UUID) (transfertoken.Record, error) {
	return s.reads.Get(ctx, id)
}

func (s split) FindByDigest(ctx context.Context, digests []transfertoken.Digest) (transfertoken.Record, error) {
	return s.reads.FindByDigest(ctx, digests)
}

func (s split) List(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	return s.reads.List(ctx, opts)
}

func (p *pair) testSuite(t *testing.T) {
	type setting struct {
		name   string
		writes place
		second func(t testing.TB, table string) transfertoken.Store // nil: as the first
	}
	settings := []setting{
		{"reads on the standby", p.onPrimary(), func(t testing.TB, table string) transfertoken.Store {
			return split{p.onPrimary().migrated(t, table), p.standby().on().migrated(t, table)}
		}},
		{"serializable", p.nodes[p.primary].on("default_transaction_isolation=serializable"), nil},
	}
	for _, test := range settings[:rounds(1, 2)] {
		t.Run(test.name, func(t *testing.T) {
			storetest.Run(t, func(t testing.TB) transfertoken.Store {
				table := newTable()
				return tableStore{test.writes.migrated(t, table), table}
			}, &storetest.Options{
				SecondHandle: func(t testing.TB, first transfertoken.Store) transfertoken.Store {
					table := first.(tableStore).table
					if test.second == nil {
						return test.writes.migrated(t, table)
					}
					return test.second(t, table)
				},
			})
		})
	}
}

// services returns a service on the primary and one on the standby.
func (p *pair) services(t *testing.T, standby *transfertoken.Options) (primary, reader *transfertoken.TokenService) {
	t.Helper()
	table, salt := newTable(), transfertoken.GenerateSalt()
	primary = newService(t, p.onPrimary().migrated(t, table), salt, nil)
	return primary, newService(t, p.standby().on().migrated(t, table), salt, standby)
}

func (p *pair) testRevocation(t *testing.T) {
	primary, reader := p.services(t, nil)
	writers := []*transfertoken.TokenService{primary}
	stale, calls := revoke(t, writers, []*transfertoken.TokenService{reader, primary}, rounds(300, 2_500))
	t.Logf("%d of %d calls accepted what was revoked", stale, calls)
	require.Zero(t, stale)
}

func (p *pair) testReadOnly(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Now().UnixMilli())
	warnings := make(chan error, 1_000)
	primary, reader := p.services(t, &transfertoken.Options{
		Now: func() time.Time { return time.UnixMilli(now.Load()) },
		OnEvent: func(_ context.Context, e transfertoken.Event) {
			if e.Kind == transfertoken.EventWarning {
				warnings <- e.Err
			}
		},
	})
	var secrets []string
	for _, name := range []string{"a", "b"} {
		issued, err := primary.Create(t.Context(), newPushToken(name))
		require.NoError(t, err)
		secrets = append(secrets, issued.Secret.Reveal())
	}
	for minute := 1; minute <= 3; minute++ {
		for range 50 {
			for _, secret := range secrets {
				_, err := reader.Authorize(t.Context(), secret, transfertoken.Push)
				require.NoError(t, err)
			}
		}
		require.Len(t, warnings, minute*len(secrets))
		now.Add(time.Minute.Milliseconds())
	}
	close(warnings)
	for warning := range warnings {
		require.ErrorIs(t, warning, transfertoken.ErrReadOnly)
		require.ErrorContains(t, warning, "SQLSTATE 25006")
	}
	for _, name := range []string{"a", "c"} { // whether or not the name is taken
		_, err := reader.Create(t.Context(), newPushToken(name))
		requireFailure(t, err)
		require.ErrorIs(t, err, transfertoken.ErrReadOnly)
		require.ErrorContains(t, err, "target_session_attrs=read-write")
	}
}

// testRepeatedDelete repeats a Delete that was done on the primary and failed,
// because the standby had not replayed it.
func (p *pair) testRepeatedDelete(t *testing.T) {
	primary, reader := p.services(t, &transfertoken.Options{TouchInterval: -1})
	issued, err := primary.Create(t.Context(), newPushToken("n"))
	require.NoError(t, err)
	authorize := func(svc *transfertoken.TokenService) error {
		_, err := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
		return err
	}
	require.NoError(t, authorize(reader))

	standby := p.standby()
	standby.exec(t, "postgres", "SELECT pg_wal_replay_pause()")
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		err := primary.Delete(ctx, issued.Token.ID, transfertoken.AnyRevision)
		cancel()
		requireFailure(t, err)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, authorize(reader), "the standby has not replayed it")
	}
	require.ErrorIs(t, authorize(primary), transfertoken.ErrUnauthorized)

	deleted := make(chan error, 1)
	go func() { deleted <- primary.Delete(context.Background(), issued.Token.ID, transfertoken.AnyRevision) }()
	standby.exec(t, "postgres", "SELECT pg_wal_replay_resume()")
	require.Equal(t, transfertoken.ErrNotFound, <-deleted)
	require.ErrorIs(t, authorize(reader), transfertoken.ErrUnauthorized)
}

func (p *pair) testPooler(t *testing.T) {
	b := newPooler(t, p)
	t.Run("suite", func(t *testing.T) {
		storetest.Run(t, func(t testing.TB) transfertoken.Store {
			table := newTable()
			return tableStore{b.on("primary").migrated(t, table), table}
		}, &storetest.Options{
			SecondHandle: func(t testing.TB, first transfertoken.Store) transfertoken.Store {
				return b.on("primary").migrated(t, first.(tableStore).table)
			},
		})
	})
	t.Run("writes that it sends to the standby", func(t *testing.T) {
		table, salt := newTable(), transfertoken.GenerateSalt()
		primary := newService(t, b.on("primary").migrated(t, table), salt, nil)
		issued, err := primary.Create(t.Context(), newPushToken("n"))
		require.NoError(t, err)
		astray := newService(t, b.on("standby").migrated(t, table), salt, nil)
		_, err = astray.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
		require.NoError(t, err)
		name := "other"
		_, failed := astray.Update(t.Context(), issued.Token.ID, transfertoken.Changes{Name: &name})
		_, again := astray.Regenerate(t.Context(), issued.Token.ID, transfertoken.AnyRevision)
		for _, err := range []error{failed, again, astray.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision)} {
			requireFailure(t, err)
			require.ErrorIs(t, err, transfertoken.ErrReadOnly)
			require.ErrorContains(t, err, "writes must reach the primary")
		}
		token, err := primary.Get(t.Context(), issued.Token.ID)
		require.NoError(t, err)
		require.Equal(t, issued.Token.Revision, token.Revision)
		_, err = primary.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
		require.NoError(t, err)
	})
}

// testPromotions kills the primary and promotes the standby while clients work. Their
// pools find the new primary by themselves.
func (p *pair) testPromotions(t *testing.T) {
	table, salt := newTable(), transfertoken.GenerateSalt()
	writer := newService(t, p.onPrimary().migrated(t, table), salt, nil)
	reader := func() *transfertoken.TokenService {
		return newService(t, p.standby().on().store(t, table), salt, nil)
	}
	l := startLoad([]*transfertoken.TokenService{writer}, 6, reader())
	var pauses []time.Duration
	for range rounds(3, 10) {
		l.progress(t, 20)
		p.crash()
		start := time.Now()
		require.NoError(t, p.promote())
		require.NoError(t, poll(func() error {
			_, err := writer.Create(t.Context(), newPushToken(uuid.NewString()))
			return err
		}))
		pauses = append(pauses, time.Since(start).Round(time.Millisecond))
		l.read() // a standby that is being made lags behind
		l.progress(t, 20)
		require.NoError(t, p.addStandby())
		l.read(reader())
	}
	l.progress(t, 20)
	t.Logf("from the order to promote to the first write: %v", pauses)
	l.finish(t, writer, reader())
}
