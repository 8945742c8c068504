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

func record(name string, digest byte) transfertoken.Record {
	return transfertoken.Record{
		Token:  transfertoken.Token{ID: uuid.Must(uuid.NewV7()), Name: name, Revision: 1},
		Digest: transfertoken.Digest{digest},
	}
}

func TestMigrateFromManyInstancesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		const instances = 16
		for round := range 4 {
			t.Run(fmt.Sprint(round), func(t *testing.T) {
				p := b.place(t)
				var stores []*sqlstore.Store
				for i := range instances {
					if i%2 == 0 {
						stores = append(stores, p.over(t, p.open(t)))
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
							errs[i] = store.Create(t.Context(), record(fmt.Sprint(i), byte(i+1)))
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
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		store := p.over(t, p.open(t))
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
		_, err := svc.Create(t.Context(), push("after all"))
		require.NoError(t, err, "with the same store")
	})
}

func newSecret(t *testing.T) transfertoken.Secret {
	t.Helper()
	issued, err := newService(t, transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil).Create(t.Context(), push("x"))
	require.NoError(t, err)
	return issued.Secret
}

func TestSchemaNewerThanTheCode(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		store := p.store(t)
		_, err := p.open(t).ExecContext(t.Context(), "INSERT INTO "+p.table+"_schema (version) VALUES (7)")
		require.NoError(t, err)
		err = store.Migrate(t.Context())
		requireFailure(t, err)
		require.ErrorContains(t, err, "version 7")
		require.ErrorContains(t, err, "deploy a newer one")
	})
}

func TestTableOfSomebodyElse(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		db := p.open(t)
		_, err := db.ExecContext(t.Context(), "CREATE TABLE "+p.table+" (id INTEGER, title INTEGER)")
		require.NoError(t, err)
		for range 2 {
			err = p.over(t, db).Migrate(t.Context())
			requireFailure(t, err)
			require.ErrorContains(t, err, p.table)
			require.Regexp(t, "already exists|choose another", err.Error())
		}
		_, err = db.ExecContext(t.Context(), "DROP TABLE "+p.table)
		require.NoError(t, err)
		store := p.over(t, db)
		require.NoError(t, store.Migrate(t.Context()), "as soon as the name is free")
		require.NoError(t, store.Create(t.Context(), record("one", 1)))
	})
}

func TestTableThatIsGone(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		store := p.store(t)
		_, err := p.open(t).ExecContext(t.Context(), "DROP TABLE "+p.table)
		require.NoError(t, err)
		err = store.Migrate(t.Context())
		requireFailure(t, err)
		require.ErrorContains(t, err, "restore it")
	})
}

func TestTableNames(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		longest := p.table + strings.Repeat("x", 40-len(p.table))
		mixed := "Order" + p.table[:20]
		for _, table := range []string{longest, mixed, "_" + p.table} {
			named := b.place(t)
			named.table = table
			store := named.store(t)
			t.Cleanup(func() {
				db := named.open(t)
				for _, name := range []string{table, table + "_schema"} {
					quote := `"`
					if b.dialect == sqlstore.MySQL {
						quote = "`"
					}
					_, err := db.Exec("DROP TABLE " + quote + name + quote)
					require.NoError(t, err)
				}
			})
			require.NoError(t, store.Create(t.Context(), record("one", 1)))
			require.ErrorIs(t, store.Create(t.Context(), record("one", 2)), transfertoken.ErrNameTaken)
			require.NoError(t, store.Migrate(t.Context()))
		}
	})
}

// Two tables in one database are two stores.
func TestTwoTables(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		other := p
		other.table = b.place(t).table
		one, two := p.store(t), other.store(t)
		require.NoError(t, one.Create(t.Context(), record("one", 1)))
		require.NoError(t, two.Create(t.Context(), record("one", 1)))
		page, err := two.List(t.Context(), transfertoken.ListOptions{Limit: 10})
		require.NoError(t, err)
		require.Len(t, page, 1)
	})
}

// Not every name fits into a database with another encoding.
func TestPostgreSQLEncoding(t *testing.T) {
	postgres.need(t)
	p := postgres.place(t)
	admin := p.open(t)
	_, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+p.table+" ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec("DROP DATABASE " + p.table + " WITH (FORCE)")
		require.NoError(t, err)
	})
	latin := p.with(t, "database", p.table)
	err = latin.over(t, latin.open(t)).Migrate(t.Context())
	requireFailure(t, err)
	require.ErrorContains(t, err, "use one with the encoding UTF8")
}

// Tenants with a schema each, and public behind it, must not share their tokens
// without knowing.
func TestTableInALaterSchemaOfTheSearchPath(t *testing.T) {
	postgres.need(t)
	p := postgres.place(t)
	tenant, shared := p.table+"_tenant", p.table+"_shared"
	for _, schema := range []string{tenant, shared} {
		p.execute(t, "CREATE SCHEMA "+schema)
		t.Cleanup(func() { p.execute(t, "DROP SCHEMA "+schema+" CASCADE") })
	}
	along := func(path string) error {
		place := p.with(t, "search_path", path)
		return place.over(t, place.open(t)).Migrate(t.Context())
	}
	require.NoError(t, along(shared))
	err := along(tenant + "," + shared)
	requireFailure(t, err)
	require.ErrorContains(t, err, "is in the schema "+shared+", and the first schema of the search_path is "+tenant)
	require.NoError(t, along(shared+","+tenant))
	require.NoError(t, along(tenant), "a table of its own")
	require.NoError(t, along(tenant+","+shared))
}

// One instance is stopped between its look at the version and its first change.
// Another one that migrates meanwhile waits for the lock.
func TestMigrateOfPostgreSQLIsDoneByOneInstanceAtATime(t *testing.T) {
	postgres.need(t)
	p := postgres.place(t)
	reached, resume := make(chan struct{}), make(chan struct{})
	db, recorder := p.record(t)
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
	go func() { first <- p.over(t, db).Migrate(t.Context()) }()
	require.NoError(t, returns(t, func() error { <-reached; return nil }))

	waiting := make(chan string, 1)
	other, err := openSessions(p.driver, p.dsn, p.dialect, func(id string) { waiting <- id })
	require.NoError(t, err)
	t.Cleanup(func() { other.Close() })
	other.SetMaxOpenConns(1)
	go func() { second <- p.over(t, other).Migrate(t.Context()) }()
	require.NoError(t, returns(t, func() error {
		return awaitLock(t, p.open(t), <-waiting, second)
	}))
	close(resume)
	require.NoError(t, <-first)
	require.NoError(t, <-second)
}

// awaitLock waits until a session of PostgreSQL waits for an advisory lock, or the
// call that it serves has ended, whose error is left in the channel.
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

// To change the journal mode of a new file SQLite waits for nobody, whatever
// busy_timeout is.
func TestMigrateWaitsForANewFileThatIsLocked(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		name, _, _ := strings.Cut(p.dsn, "?")
		locking := p
		locking.dsn = name
		conn, err := locking.open(t).Conn(t.Context())
		require.NoError(t, err)
		_, err = conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE")
		require.NoError(t, err)

		failures := make(chan error, 1000)
		db := sql.OpenDB(&failureCounter{p.open(t).Driver(), p.with(t, "_busy_timeout", "1").dsn, failures})
		t.Cleanup(func() { db.Close() })
		migrated := make(chan error, 1)
		go func() { migrated <- p.over(t, db).Migrate(t.Context()) }()
		require.NoError(t, returns(t, func() error {
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
		require.NoError(t, returns(t, func() error { return <-migrated }))
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

// A write there is never committed, or a read sees what is not committed yet.
func TestSessionsOfMySQLThatBreakTheContractAreRefused(t *testing.T) {
	mysqlDB.need(t)
	p := mysqlDB.place(t)
	p.store(t)
	for key, value := range map[string]string{"autocommit": "0", p.isolationVariable(t): "'READ-UNCOMMITTED'"} {
		broken := p.with(t, key, value)
		store := broken.over(t, broken.open(t))
		svc := newService(t, store, transfertoken.GenerateSalt(), nil)
		_, authorized := svc.Authorize(t.Context(), newSecret(t).Reveal(), transfertoken.Push)
		for _, err := range []error{store.Migrate(t.Context()), authorized} {
			requireFailure(t, err)
			require.ErrorContains(t, err, "in the data source name")
		}
	}
}

// isolationVariable returns the name of the variable, which differs between
// versions of MySQL and MariaDB.
func (p place) isolationVariable(t testing.TB) string {
	var name, value string
	require.NoError(t, p.open(t).QueryRowContext(t.Context(),
		"SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')").Scan(&name, &value))
	return name
}

// PostgreSQL and SQLite report no error for a duplicate, and so write none into a
// log, with the digest in its details.
func TestDuplicatesAreNoErrorsOfTheServer(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		p.store(t)
		db, recorder := p.record(t)
		store := p.over(t, db)
		taken := record("taken", 1)
		require.NoError(t, store.Create(t.Context(), taken))
		sameID := record("another", 2)
		sameID.ID = taken.ID
		require.ErrorIs(t, store.Create(t.Context(), record("taken", 2)), transfertoken.ErrNameTaken)
		require.ErrorIs(t, store.Create(t.Context(), record("another", 1)), transfertoken.ErrSecretTaken)
		require.ErrorIs(t, store.Create(t.Context(), sameID), transfertoken.ErrConflict)
		all := recorder.takeAll()
		require.GreaterOrEqual(t, len(all), 7)
		for _, e := range all {
			require.NoError(t, e.err, e.text)
		}
	}, postgres, modernc, mattn)
}
