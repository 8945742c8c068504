//go:build linux

package cluster_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
	"github.com/seed-39e76d91/transfertoken/storetest"
)

// causal is the setting with which Migrate accepts a node of a Galera cluster.
const causal = "wsrep_sync_wait=3"

// TestGalera starts one cluster for all tests that need one. The last of them leaves
// it without a quorum.
func TestGalera(t *testing.T) {
	need(t)
	t.Parallel()
	g := newGalera(t)
	t.Run("sessions that would read old data are refused", g.testRefusedSessions)
	t.Run("suite", g.testSuite)
	t.Run("one of many writers gets a name", g.testOneName)
	t.Run("deadlocks do not reach the caller", g.testDeadlocks)
	t.Run("a revocation is seen at once", g.testRevocation)
	t.Run("without causal reads a revocation is seen late", g.testRevocationWithoutCausalReads)
	t.Run("a node that lags answers nothing rather than yes", g.testLag)
	t.Run("a lock that is not released", g.testLockTimeout)
	t.Run("of two pushes to two nodes one is committed", g.testTwoPushes)
	t.Run("a frozen node goes on", g.testFrozenNode)
	t.Run("killed nodes", g.testKilledNodes)
	t.Run("without a quorum", g.testNoQuorum)
}

func (g *galera) testRefusedSessions(t *testing.T) {
	for _, params := range []string{"", "wsrep_sync_wait=1", "wsrep_sync_wait=4"} {
		store := g.nodes[0].on(params).store(t, newTable())
		err := store.Migrate(t.Context())
		requireFailure(t, err)
		require.ErrorContains(t, err, "set wsrep_sync_wait=3 in the data source name")
		_, err = store.FindByDigest(t.Context(), []transfertoken.Digest{{1}})
		requireFailure(t, err)
		require.ErrorContains(t, err, "set wsrep_sync_wait=3 in the data source name")
	}
	for _, params := range []string{"wsrep_sync_wait=3", "wsrep_sync_wait=7"} {
		g.nodes[1].on(params).migrated(t, newTable())
	}
}

type tableStore struct {
	*sqlstore.Store
	table string
}

func (g *galera) testSuite(t *testing.T) {
	settings := [][]string{{causal}, {"wsrep_sync_wait=7", "interpolateParams=true"}}
	for _, params := range settings[:rounds(1, 2)] {
		storetest.Run(t, func(t testing.TB) transfertoken.Store {
			table := newTable()
			return tableStore{g.nodes[0].on(params...).migrated(t, table), table}
		}, &storetest.Options{
			SecondHandle: func(t testing.TB, first transfertoken.Store) transfertoken.Store {
				return g.nodes[1].on(params...).migrated(t, first.(tableStore).table)
			},
		})
	}
}

// services returns a service for each node over one table.
func (g *galera) services(t testing.TB, opts *transfertoken.Options, params ...string) []*transfertoken.TokenService {
	t.Helper()
	table, salt := newTable(), transfertoken.GenerateSalt()
	var services []*transfertoken.TokenService
	for _, n := range g.nodes {
		services = append(services, newService(t, n.on(params...).migrated(t, table), salt, opts))
	}
	return services
}

// testOneName lets writers on all nodes fight for one name.
func (g *galera) testOneName(t *testing.T) {
	const writers = 32
	services := g.services(t, nil, causal)
	owners := make(map[string]bool)
	for round := range rounds(20, 100) {
		name := fmt.Sprintf("round %d", round)
		errs := atOnce(writers, func(i int) error {
			_, err := services[i%len(services)].Create(t.Context(), newPushToken(name))
			return err
		})
		requireOneWinner(t, errs)
		owners[name] = true
	}
	for token, err := range services[0].All(t.Context()) {
		require.NoError(t, err)
		require.True(t, owners[token.Name], "%q is there twice", token.Name)
		delete(owners, token.Name)
	}
	require.Empty(t, owners)
}

// atOnce makes n calls at the same time and returns their errors.
func atOnce(n int, call func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	wait.Wait()
	return errs
}

func requireOneWinner(t *testing.T, errs []error) {
	t.Helper()
	winners := 0
	for _, err := range errs {
		if err == nil {
			winners++
			continue
		}
		require.ErrorIs(t, err, transfertoken.ErrNameTaken)
	}
	require.Equal(t, 1, winners)
}

// testDeadlocks makes the nodes undo each other's writes. The server does not repeat
// them itself here.
func (g *galera) testDeadlocks(t *testing.T) {
	table := newTable()
	record := newRecord("n", 1)
	id := record.ID
	var stores []*sqlstore.Store
	counters := make([]*errorCounter, len(g.nodes))
	for i, n := range g.nodes {
		p := n.on(causal, "wsrep_retry_autocommit=0")
		counters[i] = &errorCounter{number: 1213}
		p.wrap = counters[i].connector
		stores = append(stores, p.migrated(t, table))
	}
	require.NoError(t, stores[0].Create(t.Context(), record))
	for round := range rounds(60, 300) {
		at := time.UnixMilli(int64(1 + round)).UTC()
		for i, err := range atOnce(24, func(i int) error {
			if i%2 == 0 {
				return stores[i%3].Touch(t.Context(), id, at.Add(time.Duration(i)*time.Second))
			}
			return stores[i%3].Rekey(t.Context(), id, record.Digest, record.Digest, record.SaltID)
		}) {
			require.NoError(t, err, "call %d", i)
		}
	}
	seen := int64(0)
	for _, c := range counters {
		seen += c.seen.Load()
	}
	t.Logf("the servers reported %d deadlocks", seen)
	require.Positive(t, seen, "the test has provoked nothing")
}
