package sqlstore_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// coded is an error like those of pgx and lib/pq.
type coded struct{ code, text string }

func (c *coded) Error() string    { return c.text }
func (c *coded) SQLState() string { return c.code }

func failing(err error) *fake {
	return &fake{answer: func(string, []driver.Value) ([][]driver.Value, error) { return nil, err }}
}

func TestFailuresHaveTheTextOfTheDatabase(t *testing.T) {
	cause := fmt.Errorf("dial tcp 127.0.0.1:5432: connect: connection refused: %w", io.ErrUnexpectedEOF)
	for _, dialect := range dialects {
		store := failing(cause).store(t, dialect, nil)
		for _, c := range calls {
			err := c.make(t.Context(), store)
			require.ErrorContains(t, err, "sqlstore: dial tcp 127.0.0.1:5432: connect: connection refused", c.name)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, c.name)
		}
	}
}

// The error values of drivers have rows and keys in fields that their texts leave
// out.
func TestErrorsAsDoesNotReachTheErrorOfTheDriver(t *testing.T) {
	cause := &coded{"53100", "disk full"}
	err := callNamed("Get").make(t.Context(), failing(cause).store(t, sqlstore.PostgreSQL, nil))
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, "sqlstore: disk full (SQLSTATE 53100)")
	var leaked *coded
	require.False(t, errors.As(err, &leaked))
}

func TestContextThatEndsDuringACall(t *testing.T) {
	for _, dialect := range dialects {
		for _, c := range calls {
			ctx, cancel := context.WithCancel(t.Context())
			f := fake{answer: func(string, []driver.Value) ([][]driver.Value, error) {
				cancel()
				return nil, errors.New("canceling statement due to user request")
			}}
			require.ErrorIs(t, c.make(ctx, f.store(t, dialect, nil)), context.Canceled, c.name)
			require.Len(t, f.executed, 1, c.name)
		}
	}
}

// deadlineOnly is a context whose deadline passes before it has ended, as it does
// for a moment on a busy machine.
type deadlineOnly struct {
	context.Context
	deadline time.Time
}

func (d deadlineOnly) Deadline() (time.Time, bool) { return d.deadline, true }

func TestDeadlineThatHasPassedIsDeadlineExceeded(t *testing.T) {
	cause := fmt.Errorf("dial tcp 127.0.0.1:5432: %w", os.ErrDeadlineExceeded)
	for _, dialect := range dialects {
		for _, c := range calls {
			passed := deadlineOnly{t.Context(), time.Now().Add(-time.Nanosecond)}
			err := c.make(passed, failing(cause).store(t, dialect, nil))
			require.ErrorIs(t, err, context.DeadlineExceeded, c.name)
			var timeout net.Error
			require.ErrorAs(t, err, &timeout, c.name)
			require.True(t, timeout.Timeout(), c.name)

			ahead := deadlineOnly{t.Context(), time.Now().Add(time.Hour)}
			err = c.make(ahead, failing(cause).store(t, dialect, nil))
			require.NotErrorIs(t, err, context.DeadlineExceeded, c.name)
			require.ErrorIs(t, err, os.ErrDeadlineExceeded, c.name)
		}
	}
}

var missing = map[sqlstore.Dialect]error{
	sqlstore.PostgreSQL: &coded{"42P01", `ERROR: relation "transfer_tokens" does not exist (SQLSTATE 42P01)`},
	sqlstore.MySQL:      errors.New("Error 1146 (42S02): Table 'test.transfer_tokens' doesn't exist"),
	sqlstore.SQLite:     errors.New("no such table: transfer_tokens"),
}

func TestMissingTableHasAHint(t *testing.T) {
	for _, dialect := range dialects {
		store := failing(missing[dialect]).store(t, dialect, nil)
		for _, c := range calls[:len(calls)-1] {
			require.ErrorContains(t, c.make(t.Context(), store), "call Store.Migrate at start-up", c.name)
		}
	}
}

func TestErrorsOfTheSetUpHaveAHint(t *testing.T) {
	for _, test := range []struct {
		dialect sqlstore.Dialect
		cause   error
		hint    string
	}{
		{sqlstore.PostgreSQL, &coded{"26000", `prepared statement "stmt_1" does not exist`}, "default_query_exec_mode"},
		{sqlstore.PostgreSQL, &coded{"42P05", `prepared statement "stmt_1" already exists`}, "Options.NoPrepare"},
		{sqlstore.MySQL, errors.New("Error 1461 (42000): Can't create more statements"), "interpolateParams=true"},
		{sqlstore.SQLite, errors.New("database is locked (5) (SQLITE_BUSY)"), "busy_timeout"},
		{sqlstore.MySQL, errors.New("Error 1047 (08S01): WSREP has not yet prepared node"), "is joining it or is not one of"},
		{sqlstore.MySQL, errors.New("Error 1205 (HY000): Lock wait timeout exceeded"), "cannot catch up"},
		{sqlstore.PostgreSQL, &coded{"25006", "cannot execute UPDATE"}, "target_session_attrs=read-write"},
		{sqlstore.MySQL, errors.New("Error 1836 (HY000): Running in read-only mode"), "must reach the primary"},
	} {
		err := callNamed("Get").make(t.Context(), failing(test.cause).store(t, test.dialect, nil))
		require.ErrorContains(t, err, test.cause.Error())
		require.ErrorContains(t, err, test.hint)
	}
}

// Every driver says in its own way that a server takes no writes.
func TestWritesThatAReadOnlyServerRefusesAreErrReadOnly(t *testing.T) {
	for _, test := range []struct {
		dialect sqlstore.Dialect
		cause   error
		want    bool
	}{
		{sqlstore.PostgreSQL, &coded{"25006", "cannot execute INSERT in a read-only transaction"}, true},
		{sqlstore.MySQL, errors.New("Error 1290 (HY000): The server is running with the --read-only option"), true},
		{sqlstore.MySQL, errors.New("Error 1792 (25006): Cannot execute statement in a READ ONLY transaction"), true},
		{sqlstore.MySQL, errors.New("Error 1836 (HY000): Running in read-only mode"), true},
		{sqlstore.SQLite, errors.New("attempt to write a readonly database (8)"), true},
		{sqlstore.PostgreSQL, &coded{"53100", "disk full"}, false},
		{sqlstore.MySQL, errors.New("Error 1205 (HY000): Lock wait timeout exceeded"), false},
	} {
		for _, name := range []string{"Create", "Update", "Rekey", "Touch", "Delete", "PurgeExpired"} {
			// A name that a replica shows as taken may be free on the primary.
			f := failingWrites(test.cause, "WHERE name = ")
			if !test.want {
				f = failing(test.cause)
			}
			if name == "PurgeExpired" {
				f = failing(test.cause)
			}
			err := callNamed(name).make(t.Context(), f.store(t, test.dialect, nil))
			require.Equal(t, test.want, errors.Is(err, transfertoken.ErrReadOnly), "%s: %v", name, err)
			require.ErrorIs(t, err, test.cause, name)
		}
	}
}

// triesAfter are errors, with the number of times that a call is made in all.
var triesAfter = []struct {
	dialect sqlstore.Dialect
	cause   error
	tries   int
}{
	{sqlstore.PostgreSQL, &coded{"40001", "could not serialize access"}, 10},
	{sqlstore.PostgreSQL, &coded{"40P01", "deadlock detected"}, 10},
	{sqlstore.PostgreSQL, &coded{"0A000", "cached plan must not change result type"}, 4},
	{sqlstore.PostgreSQL, &coded{"26000", "prepared statement does not exist"}, 4},
	{sqlstore.PostgreSQL, &coded{"42P05", "prepared statement already exists"}, 4},
	{sqlstore.MySQL, errors.New("Error 1213 (40001): Deadlock found when trying to get lock"), 10},
	{sqlstore.MySQL, errors.New("Error 1020 (HY000): Record has changed since last read in table 't'"), 10},
	{sqlstore.MySQL, errors.New("Error 1243 (HY000): Unknown prepared statement handler (7) given to EXECUTE"), 4},
	{sqlstore.MySQL, errors.New("Error 1615 (HY000): Prepared statement needs to be re-prepared"), 4},
	{sqlstore.MySQL, errors.New("Error 1205 (HY000): Lock wait timeout exceeded"), 1},
	{sqlstore.MySQL, errors.New("Error 1047 (08S01): WSREP has not yet prepared node for application use"), 1},
	{sqlstore.MySQL, errors.New("Error 1290 (HY000): The MariaDB server is running with the --read-only option"), 1},
	{sqlstore.PostgreSQL, &coded{"25006", "cannot execute DELETE in a read-only transaction"}, 1},
	{sqlstore.PostgreSQL, &coded{"57P01", "terminating connection due to administrator command"}, 1},
	{sqlstore.PostgreSQL, &coded{"57P03", "the database system is starting up"}, 1},
	{sqlstore.SQLite, errors.New("attempt to write a readonly database (8)"), 1},
	{sqlstore.SQLite, errors.New("database is locked (5) (SQLITE_BUSY)"), 1},
	{sqlstore.PostgreSQL, io.ErrUnexpectedEOF, 1},
}

func TestCallsAreRepeatedAsOftenAsDocumented(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range triesAfter {
			for _, c := range calls[:len(calls)-1] {
				for _, failures := range []int{0, test.tries - 1, test.tries, 100} {
					f := &fake{}
					f.answer = func(text string, _ []driver.Value) ([][]driver.Value, error) {
						switch {
						case len(f.executed) <= failures:
							return nil, test.cause
						case strings.HasPrefix(text, "SELECT 1 "):
							return nil, nil // no duplicate
						}
						return [][]driver.Value{sampleRow()}, nil
					}
					err := c.make(t.Context(), f.store(t, test.dialect, nil))
					require.Equal(t, failures < test.tries, err == nil, "%s: %v", c.name, err)
					if err != nil {
						require.ErrorIs(t, err, test.cause)
					}
					require.Equal(t, min(failures+1, test.tries), f.asked(f.executed[0]), "%s: %v", c.name, test.cause)
				}
			}
		}
	})
}

// database/sql itself tries three connections, which is not enough when a full pool
// has many that have ended.
func TestClosedConnectionsAreReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, dialect := range dialects {
			for failures, works := range map[int]bool{2: true, 5: true, 29: true, 30: false} {
				f := &fake{}
				f.answer = func(text string, _ []driver.Value) ([][]driver.Value, error) {
					if len(f.executed) <= failures {
						return nil, driver.ErrBadConn
					}
					return [][]driver.Value{sampleRow()}, nil
				}
				err := callNamed("FindByDigest").make(t.Context(), f.store(t, dialect, nil))
				require.Equal(t, works, err == nil, "%v", err)
			}
		}
	})
}

func TestContextThatEndsBetweenTwoTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := failing(&coded{"40001", "could not serialize access"})
		store := f.store(t, sqlstore.PostgreSQL, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Microsecond)
		defer cancel()
		require.ErrorIs(t, callNamed("Touch").make(ctx, store), context.DeadlineExceeded)
		require.Less(t, len(f.executed), 10)
	})
}

// A statement that the server has forgotten is closed and prepared again, so that
// later calls find it prepared.
func TestStaleStatementIsPreparedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		f.answer = func(string, []driver.Value) ([][]driver.Value, error) {
			if len(f.executed) == 2 {
				return nil, &coded{"26000", "prepared statement does not exist"}
			}
			return [][]driver.Value{sampleRow()}, nil
		}
		store := f.store(t, sqlstore.PostgreSQL, nil)
		for range 4 {
			require.NoError(t, callNamed("FindByDigest").make(t.Context(), store))
		}
		require.Len(t, f.executed, 5)
		require.Len(t, f.prepared, 2)
		require.Equal(t, 1, f.closed)
	})
}

// A driver does not prepare the same text again on a connection until the stale
// statement is closed, so other calls wait for its users, but not for ever.
func TestStaleStatementThatIsStillInUse(t *testing.T) {
	for _, test := range []struct {
		name    string
		release time.Duration // how long the first call uses the statement
		timeout time.Duration // of the second call
		want    error
	}{
		{"for a short time", 100 * time.Millisecond, time.Hour, nil},
		{"for longer than the other waits", 100 * time.Millisecond, 50 * time.Millisecond, context.DeadlineExceeded},
		{"for ever", time.Hour, 2 * time.Hour, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				calls := 0
				f := &fake{answer: func(string, []driver.Value) ([][]driver.Value, error) {
					mu.Lock()
					calls++
					n := calls
					mu.Unlock()
					switch n {
					case 1:
						time.Sleep(test.release) // of the bubble
					case 2:
						return nil, &coded{"0A000", "cached plan must not change result type"}
					}
					return [][]driver.Value{sampleRow()}, nil
				}}
				store := f.store(t, sqlstore.PostgreSQL, nil)
				var wait sync.WaitGroup
				wait.Go(func() { require.NoError(t, callNamed("Get").make(t.Context(), store)) })
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), test.timeout)
				defer cancel()
				require.ErrorIs(t, callNamed("Get").make(ctx, store), test.want)
				wait.Wait()
				require.Equal(t, 2, f.closed, "on both connections")
			})
		})
	}
}

func TestMigrateWaitsForALockedFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for failures, works := range map[int]bool{1: true, 50: true, 1_000_000: false} {
			f := &fake{}
			f.answer = func(text string, _ []driver.Value) ([][]driver.Value, error) {
				if len(f.executed) <= failures {
					return nil, errors.New("database is locked (5) (SQLITE_BUSY)")
				}
				return [][]driver.Value{{int64(1)}}, nil
			}
			store := f.store(t, sqlstore.SQLite, nil)
			start := time.Now()
			err := store.Migrate(t.Context())
			require.Equal(t, works, err == nil, "%v", err)
			require.Less(t, time.Since(start), time.Minute)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		store := failing(errors.New("database is locked")).store(t, sqlstore.SQLite, nil)
		require.ErrorIs(t, store.Migrate(ctx), context.DeadlineExceeded)
	})
}

// With these settings a write that has returned may not be seen by every later
// read.
func TestMySQLSessionsThatBreakTheContractAreRefused(t *testing.T) {
	for _, test := range []struct {
		settings map[string]string
		want     string // "" if they are allowed
	}{
		{nil, ""},
		{map[string]string{"autocommit": "ON", "tx_isolation": "REPEATABLE-READ"}, ""},
		{map[string]string{"autocommit": "ON", "transaction_isolation": "READ-COMMITTED"}, ""},
		{map[string]string{"autocommit": "ON", "transaction_isolation": "SERIALIZABLE"}, ""},
		{map[string]string{"autocommit": "OFF", "tx_isolation": "REPEATABLE-READ"}, "set autocommit=1"},
		{map[string]string{"tx_isolation": "READ-UNCOMMITTED"}, "set tx_isolation='READ-COMMITTED'"},
		{map[string]string{"transaction_isolation": "READ-UNCOMMITTED"}, "set transaction_isolation='READ-COMMITTED'"},
		{galeraSettings("ON", "0"), "set wsrep_sync_wait=3"},
		{galeraSettings("ON", "1"), "set wsrep_sync_wait=3"},
		{galeraSettings("ON", "6"), "set wsrep_sync_wait=3"},
		{galeraSettings("ON", ""), "set wsrep_sync_wait=3"},
		{galeraSettings("ON", "3"), ""},
		{galeraSettings("ON", "7"), ""},
		{galeraSettings("ON", "15"), ""},
		{galeraSettings("OFF", "0"), ""},
		{map[string]string{"wsrep_on": "ON", "wsrep_provider": "none", "wsrep_sync_wait": "0"}, ""},
	} {
		for _, c := range calls {
			f := &fake{settings: test.settings}
			f.answer = func(string, []driver.Value) ([][]driver.Value, error) {
				return [][]driver.Value{sampleRow()}, nil
			}
			err := c.make(t.Context(), f.store(t, sqlstore.MySQL, nil))
			if test.want == "" {
				if c.name != "Migrate" {
					require.NoError(t, err, c.name)
				}
				continue
			}
			require.ErrorContains(t, err, test.want, c.name)
			require.Empty(t, f.executed, c.name)
		}
	}
}

func galeraSettings(on, syncWait string) map[string]string {
	return map[string]string{
		"wsrep_on": on, "wsrep_provider": "/usr/lib/galera/libgalera_smm.so", "wsrep_sync_wait": syncWait,
	}
}

var duplicates = map[sqlstore.Dialect]error{
	sqlstore.PostgreSQL: &coded{"23505", "duplicate key value violates unique constraint (SQLSTATE 23505)"},
	sqlstore.MySQL:      errors.New("Error 1062 (23000): Duplicate entry 'nightly' for key 'transfer_tokens_name_key'"),
	sqlstore.SQLite:     errors.New("constraint failed: UNIQUE constraint failed: transfer_tokens.name (2067)"),
}

// failingWrites returns a fake whose writes fail, and whose look-up with the text
// found in it finds a row.
func failingWrites(cause error, found string) *fake {
	return &fake{answer: func(text string, _ []driver.Value) ([][]driver.Value, error) {
		switch {
		case !strings.HasPrefix(text, "SELECT "):
			return nil, cause
		case found != "" && strings.Contains(text, found):
			return [][]driver.Value{{int64(1)}}, nil
		}
		return nil, nil
	}}
}

func TestDuplicatesAreDistinguished(t *testing.T) {
	const name, digest, id = "WHERE name = ", "WHERE digest = ", "WHERE id = "
	for _, dialect := range dialects {
		for _, test := range []struct {
			call  string
			found string
			want  error
		}{
			{"Create", name, transfertoken.ErrNameTaken},
			{"Create", digest, transfertoken.ErrSecretTaken},
			{"Create", id, transfertoken.ErrConflict},
			{"Update", name, transfertoken.ErrNameTaken},
			{"Update", digest, transfertoken.ErrSecretTaken},
			{"Rekey", digest, transfertoken.ErrSecretTaken},
		} {
			for _, c := range calls {
				if c.name == test.call {
					err := c.make(t.Context(), failingWrites(duplicates[dialect], test.found).store(t, dialect, nil))
					require.True(t, err == test.want, "%s: %v", c.name, err)
				}
			}
		}
	}
}

// A duplicate may be gone when it is looked for. Then the write is repeated.
func TestDuplicateThatGoesAway(t *testing.T) {
	synctest.Test(t, duplicateThatGoesAway)
}

func duplicateThatGoesAway(t *testing.T) {
	for _, dialect := range dialects {
		for _, c := range []call{callNamed("Create"), callNamed("Update"), callNamed("Rekey")} {
			f := failingWrites(duplicates[dialect], "")
			err := c.make(t.Context(), f.store(t, dialect, nil))
			require.ErrorContains(t, err, "is there a unique index that Migrate has not made?", c.name)
			require.Equal(t, 10, f.asked("INSERT ")+f.asked("UPDATE "), c.name)
		}
	}
}

// An unknown driver may report a duplicate with any text.
func TestErrorsOfUnknownDrivers(t *testing.T) {
	cause := errors.New("integrity problem")
	for _, dialect := range dialects {
		for _, c := range []call{callNamed("Create"), callNamed("Update")} {
			err := c.make(t.Context(), failingWrites(cause, "WHERE name = ").store(t, dialect, nil))
			require.True(t, err == transfertoken.ErrNameTaken, "%s: %v", c.name, err)
			f := failingWrites(cause, "")
			err = c.make(t.Context(), f.store(t, dialect, nil))
			require.ErrorContains(t, err, "integrity problem", c.name)
			require.Equal(t, 1, f.asked("INSERT ")+f.asked("UPDATE "), c.name)
		}
	}
}

// A record that was stored before the connection broke is not a duplicate of
// itself.
func TestConnectionThatBreaksAfterTheRecordIsStored(t *testing.T) {
	for _, dialect := range dialects {
		f := &fake{answer: func(text string, args []driver.Value) ([][]driver.Value, error) {
			if strings.HasPrefix(text, "INSERT ") {
				return nil, io.ErrUnexpectedEOF
			}
			if except := args[len(args)-1]; fmt.Sprint(except) == fmt.Sprint(idOf(dialect)) {
				return nil, nil
			}
			return [][]driver.Value{{int64(1)}}, nil
		}}
		err := callNamed("Create").make(t.Context(), f.store(t, dialect, nil))
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
}

func idOf(dialect sqlstore.Dialect) any {
	if dialect == sqlstore.PostgreSQL {
		return sample().ID.String()
	}
	id := sample().ID
	return id[:]
}
