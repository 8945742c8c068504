package integration

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

const hexName = "tenant_3f2a9c1be8d7460fa1b2c3d4e5f60718"

// Hexadecimal digits in the name of a database, a user, a table or a statement
// are not a digest.
func TestErrorsWithHexadecimalNamesKeepTheirCode(t *testing.T) {
	user := func(t *testing.T, p place) place {
		if p.dialect == sqlstore.PostgreSQL {
			return p.with(t, "user", hexName)
		}
		return p.as(t, hexName, "wrong")
	}
	database := func(t *testing.T, p place) place {
		switch p.dialect {
		case sqlstore.PostgreSQL:
			return p.with(t, "database", hexName)
		case sqlstore.MySQL:
			return p.in(t, hexName)
		}
		p.dsn = "file:" + filepath.Join(t.TempDir(), hexName, "tokens.db")
		return p
	}
	table := func(t *testing.T, p place) place {
		p.table = "t3f2a9c1be8d7460fa1b2c3d4e5f60718"
		return p
	}
	for _, test := range []struct {
		name   string
		change func(*testing.T, place) place
		code   map[sqlstore.Dialect]string // a dialect that is left out has no such error
		quotes bool
	}{
		{"database", database, map[sqlstore.Dialect]string{
			sqlstore.PostgreSQL: "SQLSTATE 3D000", sqlstore.MySQL: "Error 1049", sqlstore.SQLite: "unable to open database file"}, false},
		{"user", user, map[sqlstore.Dialect]string{sqlstore.PostgreSQL: "SQLSTATE 28", sqlstore.MySQL: "Error 1045"}, true},
		{"table", table, map[sqlstore.Dialect]string{
			sqlstore.PostgreSQL: "SQLSTATE 42P01", sqlstore.MySQL: "Error 1146", sqlstore.SQLite: "no such table"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, b backend) {
				code := test.code[b.dialect]
				if code == "" {
					t.Skip("there is no such error")
				}
				p := test.change(t, b.place(t))
				_, err := p.over(t, p.open(t)).FindByDigest(t.Context(), []transfertoken.Digest{{1}})
				requireFailure(t, err)
				require.ErrorContains(t, err, code)
				require.NotContains(t, err.Error(), "withheld")
				if test.quotes {
					require.ErrorContains(t, err, "3f2a9c1be8d7460fa1b2c3d4e5f60718")
				}
			})
		})
	}
}

// A trigger of somebody else makes the databases quote digests in every way that
// they know.
func TestDigestsThatDatabasesQuoteStayHidden(t *testing.T) {
	postgresSpellings := []string{"NEW.digest", "encode(NEW.digest, 'hex')", "encode(NEW.digest, 'base64')", "encode(NEW.digest, 'escape')",
		"upper(encode(NEW.digest, 'hex'))", "left(NEW.digest::text, 64)"}
	mysqlSpellings := []string{"HEX(NEW.digest)", "LOWER(HEX(NEW.digest))", "TO_BASE64(NEW.digest)", "CONVERT(NEW.digest USING latin1)",
		"LEFT(HEX(NEW.digest), 40)", "QUOTE(CONVERT(NEW.digest USING latin1))"}
	sqliteSpellings := []string{"hex(NEW.digest)", "lower(hex(NEW.digest))", "quote(NEW.digest)", "CAST(NEW.digest AS TEXT)"}
	spellings := map[sqlstore.Dialect][]string{
		sqlstore.PostgreSQL: postgresSpellings, sqlstore.MySQL: mysqlSpellings, sqlstore.SQLite: sqliteSpellings,
	}
	codes := map[sqlstore.Dialect]string{
		sqlstore.PostgreSQL: "(SQLSTATE P0001)", sqlstore.MySQL: "(Error 1644)", sqlstore.SQLite: "(SQLite code 1811)",
	}
	each(t, func(t *testing.T, b backend) {
		digest := transfertoken.Digest{}
		for i := range digest {
			digest[i] = byte(7 + 37*i)
		}
		for i, spelling := range spellings[b.dialect] {
			p := b.place(t)
			store := p.store(t)
			p.quoteDigests(t, spelling)
			r := record(fmt.Sprint(i), 1)
			r.Digest = digest
			for name, err := range map[string]error{
				"Create": store.Create(t.Context(), r),
				"Update": p.updateTo(t, store, digest),
			} {
				requireFailure(t, err)
				require.ErrorContains(t, err, "quotes a digest and is withheld "+codes[b.dialect], "%s %s", name, spelling)
				require.NotContains(t, err.Error(), hex.EncodeToString(digest[:8]))
			}
		}
	})
}

// updateTo gives a record that is there already a digest.
func (p place) updateTo(t *testing.T, store *sqlstore.Store, digest transfertoken.Digest) error {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	key := any(id[:])
	if p.dialect == sqlstore.PostgreSQL {
		key = id.String()
	}
	blank := make([]byte, 64)
	blank[0] = 0xFE // for which the trigger is silent
	_, err := p.open(t).ExecContext(t.Context(), p.insert(1), key, "there already", blank)
	require.NoError(t, err)
	r := transfertoken.Record{Token: transfertoken.Token{ID: id, Name: "there already", Revision: 2}, Digest: digest}
	return store.Update(t.Context(), r)
}

// quoteDigests makes a trigger that fails with a digest in its message, unless
// the digest begins with FE.
func (p place) quoteDigests(t *testing.T, spelling string) {
	t.Helper()
	var statements []string
	switch p.dialect {
	case sqlstore.PostgreSQL:
		statements = []string{
			"CREATE FUNCTION " + p.table + "_quote() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
				"IF get_byte(NEW.digest, 0) <> 254 THEN RAISE EXCEPTION 'bad digest %', " + spelling + "; END IF; RETURN NEW; END $$",
			"CREATE TRIGGER quote BEFORE INSERT OR UPDATE ON " + p.table +
				" FOR EACH ROW EXECUTE FUNCTION " + p.table + "_quote()",
		}
		t.Cleanup(func() { p.execute(t, "DROP FUNCTION "+p.table+"_quote() CASCADE") })
	case sqlstore.MySQL:
		for _, event := range []string{"INSERT", "UPDATE"} {
			statements = append(statements, "CREATE TRIGGER "+p.table+event+" BEFORE "+event+" ON "+p.table+
				" FOR EACH ROW BEGIN DECLARE message VARCHAR(255); IF LEFT(HEX(NEW.digest), 2) <> 'FE' THEN SET message = "+spelling+
				"; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = message; END IF; END")
		}
	default:
		for _, event := range []string{"INSERT", "UPDATE"} {
			statements = append(statements, "CREATE TRIGGER quote"+event+" BEFORE "+event+" ON "+p.table+
				" WHEN substr(hex(NEW.digest), 1, 2) <> 'FE' BEGIN SELECT RAISE(ABORT, 'bad digest ' || "+spelling+"); END")
		}
	}
	for _, statement := range statements {
		p.execute(t, statement)
	}
}

// execute executes a statement with a connection of its own.
func (p place) execute(t testing.TB, statement string) {
	t.Helper()
	db := p.open(t)
	_, err := db.ExecContext(context.WithoutCancel(t.Context()), statement)
	require.NoError(t, err, statement)
}

// A driver that connects gives up at the deadline, a moment before the context.
func TestDeadlineThatPassesWhileConnecting(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		p.store(t)
		db := p.open(t)
		db.SetMaxIdleConns(-1)
		store := p.over(t, db)
		var wait sync.WaitGroup
		failures := make(chan error, 4*100)
		for range 4 {
			wait.Go(func() {
				for range 100 {
					ctx, cancel := context.WithTimeout(t.Context(), rand.N(6*time.Millisecond))
					if _, err := store.FindByDigest(ctx, []transfertoken.Digest{{1}}); err != transfertoken.ErrNotFound {
						failures <- err
					}
					cancel()
				}
			})
		}
		wait.Wait()
		close(failures)
		t.Logf("%d of 400 calls failed", len(failures))
		for err := range failures {
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
	}, postgres, mysqlDB)
}

// A table is altered, or a pooler throws its statements away, while an instance
// runs.
func TestStatementsAreGoodAgainAfterTheServerForgotThem(t *testing.T) {
	postgres.need(t)
	for _, test := range []struct {
		name      string
		statement string
		elsewhere bool // and not on the connection of the store
	}{
		{"type of a text", "ALTER TABLE %s ALTER COLUMN description TYPE varchar(4000)", true},
		{"type of a number", "ALTER TABLE %s ALTER COLUMN permissions TYPE integer", true},
		{"deallocated", "DEALLOCATE ALL", false},
		{"discarded", "DISCARD ALL", false},
	} {
		for _, conns := range []int{1, 8} {
			t.Run(fmt.Sprintf("%s, %d connections", test.name, conns), func(t *testing.T) {
				p := postgres.place(t)
				db := p.open(t)
				db.SetMaxOpenConns(conns)
				db.SetMaxIdleConns(conns)
				store := p.over(t, db)
				require.NoError(t, store.Migrate(t.Context()))
				r := record("nightly", 1)
				r.ExpiresAt = time.UnixMilli(1_900_000_000_000).UTC()
				require.NoError(t, store.Create(t.Context(), r))
				findAtOnce(t, store, r, conns)
				if test.elsewhere {
					p.execute(t, fmt.Sprintf(test.statement, p.table))
				} else {
					onEveryConnection(t, db, conns, test.statement)
				}
				findAtOnce(t, store, r, conns)
				r.Revision++
				require.NoError(t, store.Touch(t.Context(), r.ID, time.Unix(1, 0)))
				require.NoError(t, store.Update(t.Context(), r))
				require.NoError(t, store.Delete(t.Context(), r.ID, r.Revision))
			})
		}
	}
}

// findAtOnce looks a record up on so many connections at once that each of them
// prepares the statement.
func findAtOnce(t *testing.T, store *sqlstore.Store, r transfertoken.Record, conns int) {
	t.Helper()
	var wait sync.WaitGroup
	errs := make(chan error, 20*conns)
	for range conns {
		wait.Go(func() {
			for range 20 {
				found, err := store.FindByDigest(t.Context(), []transfertoken.Digest{r.Digest})
				if err == nil && found.ID != r.ID {
					err = fmt.Errorf("found %v", found.ID)
				}
				errs <- err
			}
		})
	}
	wait.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
}
