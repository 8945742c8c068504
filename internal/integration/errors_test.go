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

// A name of 32 hexadecimal digits must not be taken for a digest.
func TestErrorsWithHexadecimalNamesKeepTheirCode(t *testing.T) {
	user := func(t *testing.T, tbl testTable) testTable {
		if tbl.dialect == sqlstore.PostgreSQL {
			return tbl.withParam(t, "user", hexName)
		}
		return tbl.asUser(t, hexName, "wrong")
	}
	database := func(t *testing.T, tbl testTable) testTable {
		switch tbl.dialect {
		case sqlstore.PostgreSQL:
			return tbl.withParam(t, "database", hexName)
		case sqlstore.MySQL:
			return tbl.inDatabase(t, hexName)
		}
		tbl.dsn = "file:" + filepath.Join(t.TempDir(), hexName, "tokens.db")
		return tbl
	}
	table := func(t *testing.T, tbl testTable) testTable {
		tbl.table = "t3f2a9c1be8d7460fa1b2c3d4e5f60718"
		return tbl
	}
	for _, test := range []struct {
		name   string
		change func(*testing.T, testTable) testTable
		code   map[sqlstore.Dialect]string // a dialect without such an error is missing
		quotes bool                        // the drivers quote the name
	}{
		{"database", database, map[sqlstore.Dialect]string{
			sqlstore.PostgreSQL: "SQLSTATE 3D000",
			sqlstore.MySQL:      "Error 1049",
			sqlstore.SQLite:     "unable to open database file",
		}, false},
		{"user", user, map[sqlstore.Dialect]string{
			sqlstore.PostgreSQL: "SQLSTATE 28",
			sqlstore.MySQL:      "Error 1045",
		}, true},
		{"table", table, map[sqlstore.Dialect]string{
			sqlstore.PostgreSQL: "SQLSTATE 42P01",
			sqlstore.MySQL:      "Error 1146",
			sqlstore.SQLite:     "no such table",
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEachBackend(t, func(t *testing.T, b backend) {
				code := test.code[b.dialect]
				if code == "" { // SQLite has no users
					return
				}
				tbl := test.change(t, b.newTable(t))
				_, err := tbl.storeOver(t, tbl.openDB(t)).FindByDigest(t.Context(), []transfertoken.Digest{{1}})
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

// A trigger of another application makes the databases quote digests in every
// spelling that they have.
func TestDigestsThatDatabasesQuoteStayHidden(t *testing.T) {
	spellings := map[sqlstore.Dialect][]string{
		sqlstore.PostgreSQL: {
			"NEW.digest", "encode(NEW.digest, 'hex')", "upper(encode(NEW.digest, 'hex'))",
			"encode(NEW.digest, 'base64')", "encode(NEW.digest, 'escape')", "left(NEW.digest::text, 64)",
		},
		sqlstore.MySQL: {
			"HEX(NEW.digest)", "LOWER(HEX(NEW.digest))", "LEFT(HEX(NEW.digest), 40)",
			"TO_BASE64(NEW.digest)", "CONVERT(NEW.digest USING latin1)", "QUOTE(CONVERT(NEW.digest USING latin1))",
		},
		sqlstore.SQLite: {
			"hex(NEW.digest)", "lower(hex(NEW.digest))", "quote(NEW.digest)", "CAST(NEW.digest AS TEXT)",
		},
	}
	codes := map[sqlstore.Dialect]string{
		sqlstore.PostgreSQL: "(SQLSTATE P0001)", sqlstore.MySQL: "(Error 1644)", sqlstore.SQLite: "(SQLite code 1811)",
	}
	onEachBackend(t, func(t *testing.T, b backend) {
		digest := transfertoken.Digest{}
		for i := range digest {
			digest[i] = byte(7 + 37*i)
		}
		for i, spelling := range spellings[b.dialect] {
			tbl := b.newTable(t)
			store := tbl.store(t)
			tbl.createQuotingTrigger(t, spelling)
			r := newRecord(fmt.Sprint(i), 1)
			r.Digest = digest
			for name, err := range map[string]error{
				"Create": store.Create(t.Context(), r),
				"Update": tbl.updateDigest(t, store, digest),
			} {
				requireFailure(t, err)
				want := "quotes a digest and is withheld " + codes[b.dialect]
				require.ErrorContains(t, err, want, "%s %s", name, spelling)
				require.NotContains(t, err.Error(), hex.EncodeToString(digest[:8]))
			}
		}
	})
}

// updateDigest gives a new digest to a record that it adds past the store.
func (tbl testTable) updateDigest(t *testing.T, store *sqlstore.Store, digest transfertoken.Digest) error {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	key := any(id[:])
	if tbl.dialect == sqlstore.PostgreSQL {
		key = id.String()
	}
	blank := make([]byte, 64)
	blank[0] = 0xFE // the trigger accepts it
	_, err := tbl.openDB(t).ExecContext(t.Context(), tbl.insertStatement(1), key, "there already", blank)
	require.NoError(t, err)
	r := transfertoken.Record{Token: transfertoken.Token{ID: id, Name: "there already", Revision: 2}, Digest: digest}
	return store.Update(t.Context(), r)
}

// createQuotingTrigger creates a trigger that refuses records, with their digest in
// its message. It accepts digests that begin with FE.
func (tbl testTable) createQuotingTrigger(t *testing.T, spelling string) {
	t.Helper()
	var statements []string
	switch tbl.dialect {
	case sqlstore.PostgreSQL:
		statements = []string{
			"CREATE FUNCTION " + tbl.table + "_quote() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
				"IF get_byte(NEW.digest, 0) <> 254 THEN RAISE EXCEPTION 'bad digest %', " + spelling + "; END IF; " +
				"RETURN NEW; END $$",
			"CREATE TRIGGER quote BEFORE INSERT OR UPDATE ON " + tbl.table +
				" FOR EACH ROW EXECUTE FUNCTION " + tbl.table + "_quote()",
		}
		t.Cleanup(func() { tbl.execute(t, "DROP FUNCTION "+tbl.table+"_quote() CASCADE") })
	case sqlstore.MySQL:
		for _, event := range []string{"INSERT", "UPDATE"} {
			statements = append(statements, "CREATE TRIGGER "+tbl.table+event+" BEFORE "+event+" ON "+tbl.table+
				" FOR EACH ROW BEGIN DECLARE message VARCHAR(255); IF LEFT(HEX(NEW.digest), 2) <> 'FE' THEN "+
				"SET message = "+spelling+"; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = message; END IF; END")
		}
	default:
		for _, event := range []string{"INSERT", "UPDATE"} {
			statements = append(statements, "CREATE TRIGGER quote"+event+" BEFORE "+event+" ON "+tbl.table+
				" WHEN substr(hex(NEW.digest), 1, 2) <> 'FE' BEGIN "+
				"SELECT RAISE(ABORT, 'bad digest ' || "+spelling+"); END")
		}
	}
	for _, statement := range statements {
		tbl.execute(t, statement)
	}
}

// execute executes a statement on a new connection.
func (tbl testTable) execute(t testing.TB, statement string) {
	t.Helper()
	db := tbl.openDB(t)
	_, err := db.ExecContext(context.WithoutCancel(t.Context()), statement)
	require.NoError(t, err, statement)
}

// A driver that dials may give up at the deadline before the context has ended.
func TestDeadlineThatPassesWhileConnecting(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		tbl.store(t)
		db := tbl.openDB(t)
		db.SetMaxIdleConns(-1)
		store := tbl.storeOver(t, db)
		var wait sync.WaitGroup
		failures := make(chan error, 4*100)
		for range 4 {
			wait.Go(func() {
				for range 100 {
					ctx, cancel := context.WithTimeout(t.Context(), rand.N(6*time.Millisecond))
					_, err := store.FindByDigest(ctx, []transfertoken.Digest{{1}})
					if err != transfertoken.ErrNotFound {
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

// A migration alters the table, or a pooler drops the statements, while an instance
// runs.
func TestStatementsAreGoodAgainAfterTheServerForgotThem(t *testing.T) {
	postgres.need(t)
	for _, test := range []struct {
		name      string
		statement string
		elsewhere bool // is executed on a connection that the store does not use
	}{
		{"type of a text", "ALTER TABLE %s ALTER COLUMN description TYPE varchar(4000)", true},
		{"type of a number", "ALTER TABLE %s ALTER COLUMN permissions TYPE integer", true},
		{"deallocated", "DEALLOCATE ALL", false},
		{"discarded", "DISCARD ALL", false},
	} {
		for _, conns := range []int{1, 8} {
			t.Run(fmt.Sprintf("%s, %d connections", test.name, conns), func(t *testing.T) {
				tbl := postgres.newTable(t)
				db := tbl.openDB(t)
				db.SetMaxOpenConns(conns)
				db.SetMaxIdleConns(conns)
				store := tbl.storeOver(t, db)
				require.NoError(t, store.Migrate(t.Context()))
				r := newRecord("nightly", 1)
				r.ExpiresAt = time.UnixMilli(1_900_000_000_000).UTC()
				require.NoError(t, store.Create(t.Context(), r))
				findAtOnce(t, store, r, conns)
				if test.elsewhere {
					tbl.execute(t, fmt.Sprintf(test.statement, tbl.table))
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

// findAtOnce finds a record with as many goroutines as there are connections, so
// that each connection prepares the statement.
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
