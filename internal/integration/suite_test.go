package integration

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
	"github.com/seed-39e76d91/transfertoken/storetest"
)

// locatedStore is a store with its table, so that it can be opened again.
type locatedStore struct {
	*sqlstore.Store
	testTable
}

func TestSuite(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) { runSuite(t, b, nil, nil) })
}

// The settings of a data source name must not change the behaviour of the store.
func TestSuiteWithOtherSettings(t *testing.T) {
	t.Run("PostgreSQL without prepared statements", func(t *testing.T) {
		t.Parallel()
		runSuite(t, postgres, []string{"default_query_exec_mode", "exec"}, &sqlstore.Options{NoPrepare: true})
	})
	t.Run("PostgreSQL serializable", func(t *testing.T) {
		t.Parallel()
		runSuite(t, postgres, []string{"default_transaction_isolation", "serializable"}, nil)
	})
	t.Run("PostgreSQL repeatable read", func(t *testing.T) {
		t.Parallel()
		runSuite(t, postgres, []string{"default_transaction_isolation", "repeatable read"}, nil)
	})
	for _, level := range []string{"READ-COMMITTED", "SERIALIZABLE"} {
		t.Run("MySQL "+level, func(t *testing.T) {
			t.Parallel()
			mysqlDB.need(t)
			runSuite(t, mysqlDB, []string{mysqlDB.newTable(t).isolationVariable(t), "'" + level + "'"}, nil)
		})
	}
	t.Run("MySQL interpolated, latin1, matched rows", func(t *testing.T) {
		t.Parallel()
		runSuite(t, mysqlDB, []string{"interpolateParams", "true", "charset", "latin1", "clientFoundRows", "true"}, nil)
	})
	t.Run("MySQL without prepared statements, lax", func(t *testing.T) {
		t.Parallel()
		params := []string{"interpolateParams", "true", "sql_mode", "''"}
		runSuite(t, mysqlDB, params, &sqlstore.Options{NoPrepare: true})
	})
	t.Run("SQLite with a rollback journal", func(t *testing.T) {
		t.Parallel()
		runSuite(t, modernc, []string{"_journal_mode", "DELETE"}, nil)
	})
}

// A database in memory belongs to one connection, so the pool has one.
func TestSuiteInMemory(t *testing.T) {
	for _, b := range []backend{modernc, mattn} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			b.need(t)
			storetest.Run(t, func(t testing.TB) transfertoken.Store {
				tbl := testTable{backend: b, dsn: ":memory:", table: "tokens"}
				db := tbl.openDB(t)
				db.SetMaxOpenConns(1)
				db.SetMaxIdleConns(1)
				store := tbl.storeOver(t, db)
				require.NoError(t, store.Migrate(t.Context()))
				return store
			}, nil)
		})
	}
}

func runSuite(t *testing.T, b backend, params []string, opts *sqlstore.Options) {
	b.need(t)
	storetest.Run(t, func(t testing.TB) transfertoken.Store {
		tbl := b.newTable(t)
		for i := 0; i < len(params); i += 2 {
			tbl = tbl.withParam(t, params[i], params[i+1])
		}
		return locatedStore{tbl.storeWith(t, opts), tbl}
	}, &storetest.Options{
		SecondHandle: func(t testing.TB, first transfertoken.Store) transfertoken.Store {
			return first.(locatedStore).storeWith(t, opts)
		},
	})
}

// storeWith returns a store with these options, apart from Table.
func (tbl testTable) storeWith(t testing.TB, opts *sqlstore.Options) *sqlstore.Store {
	t.Helper()
	tuned := sqlstore.Options{Table: tbl.table}
	if opts != nil {
		tuned.NoPrepare = opts.NoPrepare
	}
	store, err := sqlstore.New(tbl.openDB(t), tbl.dialect, &tuned)
	require.NoError(t, err)
	require.NoError(t, store.Migrate(t.Context()))
	return store
}
