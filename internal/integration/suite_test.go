package integration

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
	"github.com/seed-39e76d91/transfertoken/storetest"
)

// located is a store that knows where it is, so that it can be opened again.
type located struct {
	*sqlstore.Store
	place
}

func TestSuite(t *testing.T) {
	each(t, func(t *testing.T, b backend) { suite(t, b, nil, nil) })
}

// What a data source name can change must not change what the store does.
func TestSuiteWithOtherSettings(t *testing.T) {
	t.Run("PostgreSQL without prepared statements", func(t *testing.T) {
		t.Parallel()
		suite(t, postgres, []string{"default_query_exec_mode", "exec"}, &sqlstore.Options{NoPrepare: true})
	})
	t.Run("PostgreSQL serializable", func(t *testing.T) {
		t.Parallel()
		suite(t, postgres, []string{"default_transaction_isolation", "serializable"}, nil)
	})
	t.Run("PostgreSQL repeatable read", func(t *testing.T) {
		t.Parallel()
		suite(t, postgres, []string{"default_transaction_isolation", "repeatable read"}, nil)
	})
	for _, level := range []string{"READ-COMMITTED", "SERIALIZABLE"} {
		t.Run("MySQL "+level, func(t *testing.T) {
			t.Parallel()
			mysqlDB.need(t)
			suite(t, mysqlDB, []string{mysqlDB.place(t).isolationVariable(t), "'" + level + "'"}, nil)
		})
	}
	t.Run("MySQL interpolated, latin1, matched rows", func(t *testing.T) {
		t.Parallel()
		suite(t, mysqlDB, []string{"interpolateParams", "true", "charset", "latin1", "clientFoundRows", "true"}, nil)
	})
	t.Run("MySQL without prepared statements, lax", func(t *testing.T) {
		t.Parallel()
		suite(t, mysqlDB, []string{"interpolateParams", "true", "sql_mode", "''"}, &sqlstore.Options{NoPrepare: true})
	})
	t.Run("SQLite with a rollback journal", func(t *testing.T) {
		t.Parallel()
		suite(t, modernc, []string{"_journal_mode", "DELETE"}, nil)
	})
}

// A database in memory is one for each connection, so there is only one.
func TestSuiteInMemory(t *testing.T) {
	for _, b := range []backend{modernc, mattn} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			b.need(t)
			storetest.Run(t, func(t testing.TB) transfertoken.Store {
				p := place{backend: b, dsn: ":memory:", table: "tokens"}
				db := p.open(t)
				db.SetMaxOpenConns(1)
				db.SetMaxIdleConns(1)
				store := p.over(t, db)
				require.NoError(t, store.Migrate(t.Context()))
				return store
			}, nil)
		})
	}
}

func suite(t *testing.T, b backend, params []string, opts *sqlstore.Options) {
	b.need(t)
	storetest.Run(t, func(t testing.TB) transfertoken.Store {
		p := b.place(t)
		for i := 0; i < len(params); i += 2 {
			p = p.with(t, params[i], params[i+1])
		}
		return located{p.tuned(t, opts), p}
	}, &storetest.Options{
		SecondHandle: func(t testing.TB, first transfertoken.Store) transfertoken.Store {
			return first.(located).tuned(t, opts)
		},
	})
}

// tuned returns a store with these options, but its own table.
func (p place) tuned(t testing.TB, opts *sqlstore.Options) *sqlstore.Store {
	t.Helper()
	tuned := sqlstore.Options{Table: p.table}
	if opts != nil {
		tuned.NoPrepare = opts.NoPrepare
	}
	store, err := sqlstore.New(p.open(t), p.dialect, &tuned)
	require.NoError(t, err)
	require.NoError(t, store.Migrate(t.Context()))
	return store
}
