package integration

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

func newRecord(name string, digest byte) transfertoken.Record {
	return transfertoken.Record{
		Token:  transfertoken.Token{ID: uuid.Must(uuid.NewV7()), Name: name, Revision: 1},
		Digest: transfertoken.Digest{digest},
	}
}

func TestMigrateFromManyInstancesAtOnce(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		const instances = 16
		for round := range 4 {
			t.Run(fmt.Sprint(round), func(t *testing.T) {
				tbl := b.newTable(t)
				var stores []*sqlstore.Store
				for i := range instances {
					if i%2 == 0 {
						stores = append(stores, tbl.storeOver(t, tbl.openDB(t)))
					} else {
						stores = append(stores, stores[i-1])
					}
				}
				var wait sync.WaitGroup
				start := make(chan struct{})
				errs := make([]error, instances)
				for i, store := range stores {
					wait.Go(func() {
						<-start
						if errs[i] = store.Migrate(t.Context()); errs[i] == nil {
							errs[i] = store.Create(t.Context(), newRecord(fmt.Sprint(i), byte(i+1)))
						}
					})
				}
				close(start)
				wait.Wait()
				for _, err := range errs {
					require.NoError(t, err)
				}
				require.NoError(t, stores[0].Migrate(t.Context()), "with nothing to do")
				page, err := stores[0].List(t.Context(), transfertoken.ListOptions{Limit: 1000})
				require.NoError(t, err)
				require.Len(t, page, instances)
			})
		}
	})
}

func TestMissingMigration(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		store := tbl.storeOver(t, tbl.openDB(t))
		svc := newService(t, store, transfertoken.GenerateSalt(), nil)
		issued := transfertoken.Issued{Secret: newSecret(t)}
		issued.Token.ID = uuid.Must(uuid.NewV7())
		for _, op := range operations(svc, issued, transfertoken.Grant{}) {
			if op.name == "Recheck" {
				continue
			}
			err := op.call(t.Context())
			requireFailure(t, err)
			require.ErrorContains(t, err, "call Store.Migrate at start-up", op.name)
		}
		require.NoError(t, store.Migrate(t.Context()))
		_, err := svc.Create(t.Context(), newPushToken("after all"))
		require.NoError(t, err, "with the same store")
	})
}

func newSecret(t *testing.T) transfertoken.Secret {
	t.Helper()
	svc := newService(t, transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	issued, err := svc.Create(t.Context(), newPushToken("x"))
	require.NoError(t, err)
	return issued.Secret
}

func TestSchemaNewerThanTheCode(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		store := tbl.store(t)
		_, err := tbl.openDB(t).ExecContext(t.Context(), "INSERT INTO "+tbl.table+"_schema (version) VALUES (7)")
		require.NoError(t, err)
		err = store.Migrate(t.Context())
		requireFailure(t, err)
		require.ErrorContains(t, err, "version 7")
		require.ErrorContains(t, err, "deploy a newer one")
	})
}

func TestTableOfSomebodyElse(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		db := tbl.openDB(t)
		_, err := db.ExecContext(t.Context(), "CREATE TABLE "+tbl.table+" (id INTEGER, title INTEGER)")
		require.NoError(t, err)
		for range 2 {
			err = tbl.storeOver(t, db).Migrate(t.Context())
			requireFailure(t, err)
			require.ErrorContains(t, err, tbl.table)
			require.Regexp(t, "already exists|choose another", err.Error())
		}
		_, err = db.ExecContext(t.Context(), "DROP TABLE "+tbl.table)
		require.NoError(t, err)
		store := tbl.storeOver(t, db)
		require.NoError(t, store.Migrate(t.Context()), "as soon as the name is free")
		require.NoError(t, store.Create(t.Context(), newRecord("one", 1)))
	})
}

func TestTableThatIsGone(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		store := tbl.store(t)
		_, err := tbl.openDB(t).ExecContext(t.Context(), "DROP TABLE "+tbl.table)
		require.NoError(t, err)
		err = store.Migrate(t.Context())
		requireFailure(t, err)
		require.ErrorContains(t, err, "restore it")
	})
}

func TestTableNames(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		longest := tbl.table + strings.Repeat("x", 40-len(tbl.table))
		mixed := "Order" + tbl.table[:20]
		for _, table := range []string{longest, mixed, "_" + tbl.table} {
			named := b.newTable(t)
			named.table = table
			store := named.store(t)
			t.Cleanup(func() {
				db := named.openDB(t)
				for _, name := range []string{table, table + "_schema"} {
					quote := `"`
					if b.dialect == sqlstore.MySQL {
						quote = "`"
					}
					_, err := db.Exec("DROP TABLE " + quote + name + quote)
					require.NoError(t, err)
				}
			})
			require.NoError(t, store.Create(t.Context(), newRecord("one", 1)))
			require.ErrorIs(t, store.Create(t.Context(), newRecord("one", 2)), transfertoken.ErrNameTaken)
			require.NoError(t, store.Migrate(t.Context()))
		}
	})
}

// Two tables in one database hold the tokens of two backends.
func TestTwoTables(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		other := tbl
		other.table = b.newTable(t).table
		one, two := tbl.store(t), other.store(t)
		require.NoError(t, one.Create(t.Context(), newRecord("one", 1)))
		require.NoError(t, two.Create(t.Context(), newRecord("one", 1)))
		page, err := two.List(t.Context(), transfertoken.ListOptions{Limit: 10})
		require.NoError(t, err)
		require.Len(t, page, 1)
	})
}

// A database with another encoding cannot hold every name.
func TestPostgreSQLEncoding(t *testing.T) {
	postgres.need(t)
	tbl := postgres.newTable(t)
	admin := tbl.openDB(t)
	create := "CREATE DATABASE " + tbl.table + " ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
	_, err := admin.ExecContext(t.Context(), create)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec("DROP DATABASE " + tbl.table + " WITH (FORCE)")
		require.NoError(t, err)
	})
	latin := tbl.withParam(t, "database", tbl.table)
	err = latin.storeOver(t, latin.openDB(t)).Migrate(t.Context())
	requireFailure(t, err)
	require.ErrorContains(t, err, "use one with the encoding UTF8")
}

// Tenants that have a schema each, with public behind it, must not share their
// tokens without noticing.
func TestTableInALaterSchemaOfTheSearchPath(t *testing.T) {
	postgres.need(t)
	tbl := postgres.newTable(t)
	tenant, shared := tbl.table+"_tenant", tbl.table+"_shared"
	for _, schema := range []string{tenant, shared} {
		tbl.execute(t, "CREATE SCHEMA "+schema)
		t.Cleanup(func() { tbl.execute(t, "DROP SCHEMA "+schema+" CASCADE") })
	}
	migrateAlong := func(path string) error {
		tbl := tbl.withParam(t, "search_path", path)
		return tbl.storeOver(t, tbl.openDB(t)).Migrate(t.Context())
	}
	require.NoError(t, migrateAlong(shared))
	err := migrateAlong(tenant + "," + shared)
	requireFailure(t, err)
	require.ErrorContains(t, err, "is in the schema "+shared+", and the first schema of the search_path is "+tenant)
	require.NoError(t, migrateAlong(shared+","+tenant))
	require.NoError(t, migrateAlong(tenant), "a table of its own")
	require.NoError(t, migrateAlong(tenant+","+shared))
}

// One instance is stopped after it has read the version and before its first change.
// Another instance that migrates meanwhile must wait for the lock.
func TestMigrateOfPostgreSQLIsDoneByOneInstanceAtATime(t *testing.T) {
	postgres.need(t)
	tbl := postgres.newTable(t)
	reached, resume := make(chan struct{}), make(chan struct{})
	db, recorder := tbl.openRecorded(t)
	stop := sync.OnceFunc(func() {
		close(reached)
		<-resume
	})
	recorder.before = func(text string) {
		if strings.Contains(text, "CREATE TABLE") {
			stop()
		}
	}
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- tbl.storeOver(t, db).Migrate(t.Context()) }()
	require.NoError(t, awaitReturn(t, func() error { <-reached; return nil }))

	waiting := make(chan string, 1)
	other, err := openSessions(tbl.driver, tbl.dsn, tbl.dialect, func(id string) { waiting <- id })
	require.NoError(t, err)
	t.Cleanup(func() { other.Close() })
	other.SetMaxOpenConns(1)
	go func() { second <- tbl.storeOver(t, other).Migrate(t.Context()) }()
	require.NoError(t, awaitReturn(t, func() error {
		return awaitLock(t, tbl.openDB(t), <-waiting, second)
	}))
	close(resume)
	require.NoError(t, <-first)
	require.NoError(t, <-second)
}

// awaitLock returns when a session of PostgreSQL waits for an advisory lock, or when
// an error is in ended, where it stays.
func awaitLock(t *testing.T, db *sql.DB, session string, ended chan error) error {
	const query = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = "
	for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
		var n int
		if err := db.QueryRowContext(t.Context(), query+session).Scan(&n); err != nil || n > 0 {
			return err
		}
		select {
		case err := <-ended:
			ended <- err
			return nil
		default:
		}
	}
}

// SQLite does not apply busy_timeout when it changes the journal mode of a new file.
func TestMigrateWaitsForANewFileThatIsLocked(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		name, _, _ := strings.Cut(tbl.dsn, "?")
		locking := tbl
		locking.dsn = name
		conn, err := locking.openDB(t).Conn(t.Context())
		require.NoError(t, err)
		_, err = conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
		require.NoError(t, err)

		failures := make(chan error, 1000)
		db := sql.OpenDB(&failureCounter{tbl.openDB(t).Driver(), tbl.withParam(t, "_busy_timeout", "1").dsn, failures})
		t.Cleanup(func() { db.Close() })
		migrated := make(chan error, 1)
		go func() { migrated <- tbl.storeOver(t, db).Migrate(t.Context()) }()
		require.NoError(t, awaitReturn(t, func() error {
			for range 3 {
				select {
				case err := <-migrated:
					return fmt.Errorf("Migrate returned: %w", err)
				case <-failures:
				}
			}
			return nil
		}))
		_, err = conn.ExecContext(t.Context(), "ROLLBACK")
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		require.NoError(t, awaitReturn(t, func() error { return <-migrated }))
	}, modernc, mattn)
}

// failureCounter is a connector that reports every failure to connect.
type failureCounter struct {
	driver   driver.Driver
	dsn      string
	failures chan error
}

func (f *failureCounter) Driver() driver.Driver { return f.driver }

func (f *failureCounter) Connect(context.Context) (driver.Conn, error) {
	conn, err := f.driver.Open(f.dsn)
	if err != nil {
		f.failures <- err
	}
	return conn, err
}

// Their writes are never committed, or their reads see changes that are not
// committed.
func TestSessionsOfMySQLThatBreakTheContractAreRefused(t *testing.T) {
	mysqlDB.need(t)
	tbl := mysqlDB.newTable(t)
	tbl.store(t)
	for key, value := range map[string]string{"autocommit": "0", tbl.isolationVariable(t): "'READ-UNCOMMITTED'"} {
		broken := tbl.withParam(t, key, value)
		store := broken.storeOver(t, broken.openDB(t))
		svc := newService(t, store, transfertoken.GenerateSalt(), nil)
		_, authorized := svc.Authorize(t.Context(), newSecret(t).Reveal(), transfertoken.Push)
		for _, err := range []error{store.Migrate(t.Context()), authorized} {
			requireFailure(t, err)
			require.ErrorContains(t, err, "in the data source name")
		}
	}
}

// isolationVariable returns the name that this version of MySQL or MariaDB has for
// the isolation level.
func (tbl testTable) isolationVariable(t testing.TB) string {
	var name, value string
	require.NoError(t, tbl.openDB(t).QueryRowContext(t.Context(),
		"SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')").Scan(&name, &value))
	return name
}

// A server writes errors into its log, and for a duplicate the digest with them.
func TestDuplicatesAreNoErrorsOfTheServer(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		tbl.store(t)
		db, recorder := tbl.openRecorded(t)
		store := tbl.storeOver(t, db)
		taken := newRecord("taken", 1)
		require.NoError(t, store.Create(t.Context(), taken))
		sameID := newRecord("another", 2)
		sameID.ID = taken.ID
		require.ErrorIs(t, store.Create(t.Context(), newRecord("taken", 2)), transfertoken.ErrNameTaken)
		require.ErrorIs(t, store.Create(t.Context(), newRecord("another", 1)), transfertoken.ErrSecretTaken)
		require.ErrorIs(t, store.Create(t.Context(), sameID), transfertoken.ErrConflict)
		all := recorder.takeAll()
		require.GreaterOrEqual(t, len(all), 7)
		for _, e := range all {
			require.NoError(t, e.err, e.text)
		}
	}, postgres, modernc, mattn)
}
