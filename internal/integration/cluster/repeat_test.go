//go:build linux

package cluster_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

func newRecord(name string, digest byte) transfertoken.Record {
	return transfertoken.Record{
		Token: transfertoken.Token{
			ID: uuid.Must(uuid.NewV7()), Name: name, Permissions: transfertoken.Push, Revision: 1,
		},
		Digest: transfertoken.Digest{digest},
		SaltID: "00000000",
	}
}

// statistic reads a number that the server counts for the database of the tests.
func (m *member) statistic(t testing.TB, name string) int {
	t.Helper()
	text, err := m.ask("SELECT " + name + "::text FROM pg_stat_database WHERE datname = 'test'")
	require.NoError(t, err)
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// awaitIncrease waits until the server has counted more than before. A session that
// is used reports its numbers every second.
func (m *member) awaitIncrease(t testing.TB, name string, before int, used *sqlstore.Store) {
	t.Helper()
	require.NoError(t, poll(func() error {
		if _, err := used.List(t.Context(), transfertoken.ListOptions{Limit: 1}); err != nil {
			return err
		}
		if m.statistic(t, name) <= before {
			return errors.New("the test has provoked nothing")
		}
		return nil
	}))
}

// testSerializationFailures writes one row from many sessions: SQLSTATE 40001.
func (p *pair) testSerializationFailures(t *testing.T) {
	primary, table := p.nodes[p.primary], newTable()
	before := primary.statistic(t, "xact_rollback")
	place := primary.on("default_transaction_isolation=serializable")
	stores := []*sqlstore.Store{place.migrated(t, table), place.migrated(t, table)}
	record := newRecord("n", 1)
	require.NoError(t, stores[0].Create(t.Context(), record))
	for round := range 10 {
		for _, err := range atOnce(8, func(i int) error {
			return stores[i%2].Touch(t.Context(), record.ID, time.Unix(int64(10*round+i), 0))
		}) {
			require.NoError(t, err)
		}
	}
	primary.awaitIncrease(t, "xact_rollback", before, stores[0])
}

// testDeadlock renames a token to a name that another transaction has taken, which
// then waits for the token: SQLSTATE 40P01.
func (p *pair) testDeadlock(t *testing.T) {
	primary, table := p.nodes[p.primary], newTable()
	before := primary.statistic(t, "deadlocks")
	store := primary.on("deadlock_timeout=200").migrated(t, table)
	renamed, other := newRecord("old", 1), newRecord("other", 2)
	require.NoError(t, store.Create(t.Context(), renamed))
	require.NoError(t, store.Create(t.Context(), other))

	db := primary.on("deadlock_timeout=60000").open(t)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer tx.Rollback()
	_, err = tx.ExecContext(t.Context(), "UPDATE "+table+" SET name = 'new' WHERE name = 'other'")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		renamed.Name, renamed.Revision = "new", 2
		done <- store.Update(t.Context(), renamed)
	}()
	require.NoError(t, poll(func() error {
		text, err := primary.ask("SELECT COUNT(*)::text FROM pg_locks WHERE NOT granted")
		if err == nil && text == "0" {
			err = errors.New("the store does not wait")
		}
		return err
	}))
	_, err = tx.ExecContext(t.Context(), "UPDATE "+table+" SET description = 'd' WHERE name = 'old'")
	require.NoError(t, err)
	require.NoError(t, tx.Rollback())
	require.NoError(t, <-done)
	primary.awaitIncrease(t, "deadlocks", before, store)
}
