//go:build linux

package cluster_test

import (
	"testing"

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
	g := newGalera(t)
	t.Run("sessions that would read old data are refused", g.testRefusedSessions)
	t.Run("suite", g.testSuite)
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
	for _, params := range [][]string{{causal}, {"wsrep_sync_wait=7", "interpolateParams=true"}} {
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
