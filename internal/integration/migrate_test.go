package integration

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"

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
				// The mode of the journal stays with the file, and connections that
				// set it at the same time fail.
				require.NoError(t, p.open(t).PingContext(t.Context()))
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

// The files do the same as Migrate when another tool applies them.
func TestMigrationsByAnotherTool(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		db := p.open(t)
		files, err := sqlstore.Migrations(p.dialect)
		require.NoError(t, err)
		names, err := fs.Glob(files, "*.sql")
		require.NoError(t, err)
		require.NotEmpty(t, names)
		for _, name := range names {
			text, err := fs.ReadFile(files, name)
			require.NoError(t, err)
			for statement := range strings.SplitSeq(string(text), ";\n") {
				if strings.TrimSpace(statement) == "" {
					continue
				}
				_, err := db.ExecContext(t.Context(), strings.ReplaceAll(statement, "transfer_tokens", p.table))
				require.NoError(t, err)
			}
		}
		store := p.over(t, db)
		require.NoError(t, store.Create(t.Context(), record("before", 1)))
		require.NoError(t, store.Migrate(t.Context()))
		require.NoError(t, store.Create(t.Context(), record("after", 2)))
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
