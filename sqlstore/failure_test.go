package sqlstore_test

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// coded is an error like those of pgx and lib/pq.
type coded struct{ code, text string }

func (c *coded) Error() string    { return c.text }
func (c *coded) SQLState() string { return c.code }

// plain is an error that is no pointer, as some drivers have.
type plain struct{ text string }

func (p plain) Error() string { return p.text }

func failing(err error) *fake {
	return &fake{answer: func(string, []driver.Value) ([][]driver.Value, error) { return nil, err }}
}

func TestNoErrorQuotesADigest(t *testing.T) {
	digest := sample().Digest
	for i := range digest {
		digest[i] = byte(37 * i)
	}
	escaped := ""
	for _, b := range digest {
		escaped += fmt.Sprintf(`\x%02X`, b)
	}
	inHex := hex.EncodeToString(digest[:])
	for _, quoted := range []string{
		string(digest[:]), strings.ToValidUTF8(string(digest[:]), "\uFFFD"), escaped,
		inHex, strings.ToUpper(inHex), `\x` + inHex, "0x" + inHex,
	} {
		for _, dialect := range dialects {
			cause := plain{"Error 9999 (HY000): Duplicate entry '" + quoted + "' for key 'digest'"}
			store := failing(cause).store(t, dialect, nil)
			for _, c := range calls {
				err := c.make(t.Context(), store)
				require.ErrorIs(t, err, cause, c.name)
				require.ErrorContains(t, err, "withheld", c.name)
				for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%x"} {
					require.NotContains(t, fmt.Sprintf(verb, err), quoted)
				}
			}
		}
	}
}

func TestFailuresSayWhatTheDatabaseSaid(t *testing.T) {
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

// The values of some drivers' errors quote keys in fields that their texts
// leave out.
func TestFailuresDoNotHandOutTheErrorOfTheDriver(t *testing.T) {
	store := failing(&coded{"53100", "disk full"}).store(t, sqlstore.PostgreSQL, nil)
	err := calls[0].make(t.Context(), store)
	require.ErrorContains(t, err, "disk full")
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

var missing = map[sqlstore.Dialect]error{
	sqlstore.PostgreSQL: &coded{"42P01", `ERROR: relation "transfer_tokens" does not exist (SQLSTATE 42P01)`},
	sqlstore.MySQL:      errors.New("Error 1146 (42S02): Table 'test.transfer_tokens' doesn't exist"),
	sqlstore.SQLite:     errors.New("no such table: transfer_tokens"),
}

func TestMissingTableSaysWhatToDo(t *testing.T) {
	for _, dialect := range dialects {
		store := failing(missing[dialect]).store(t, dialect, nil)
		for _, c := range calls[:len(calls)-1] {
			require.ErrorContains(t, c.make(t.Context(), store), "call Store.Migrate at start-up", c.name)
		}
	}
}

func TestLockedSQLiteSaysWhatToDo(t *testing.T) {
	store := failing(errors.New("database is locked (5) (SQLITE_BUSY)")).store(t, sqlstore.SQLite, nil)
	require.ErrorContains(t, calls[0].make(t.Context(), store), "busy_timeout")
}

var undone = map[sqlstore.Dialect]error{
	sqlstore.PostgreSQL: &coded{"40001", "could not serialize access"},
	sqlstore.MySQL:      errors.New("Error 1213 (40001): Deadlock found when trying to get lock; try restarting transaction"),
}

func TestWhatTheDatabaseUndidIsTriedAgain(t *testing.T) {
	for dialect, cause := range undone {
		for _, c := range calls[:len(calls)-1] {
			for failures, want := range map[int]int{1: 2, 4: 5, 9: 5} {
				f := &fake{}
				f.answer = func(string, []driver.Value) ([][]driver.Value, error) {
					if len(f.executed) <= failures {
						return nil, cause
					}
					if c.name == "Get" || c.name == "FindByDigest" || c.name == "List" {
						return [][]driver.Value{sampleRow()}, nil
					}
					return [][]driver.Value{{int64(1)}}, nil
				}
				err := c.make(t.Context(), f.store(t, dialect, nil))
				require.Equal(t, failures < 5, err == nil, "%s: %v", c.name, err)
				require.Len(t, f.executed, want, c.name)
			}
		}
	}
}

var duplicates = map[sqlstore.Dialect]error{
	sqlstore.PostgreSQL: &coded{"23505", "duplicate key value violates unique constraint (SQLSTATE 23505)"},
	sqlstore.MySQL:      errors.New("Error 1062 (23000): Duplicate entry 'nightly' for key 'transfer_tokens_name_key'"),
	sqlstore.SQLite:     errors.New("constraint failed: UNIQUE constraint failed: transfer_tokens.name (2067)"),
}

// taken answers writes with an error, and finds what the look-up with this text
// in it looks for.
func taken(cause error, found string) *fake {
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

func TestDuplicatesAreToldApart(t *testing.T) {
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
					err := c.make(t.Context(), taken(duplicates[dialect], test.found).store(t, dialect, nil))
					require.True(t, err == test.want, "%s: %v", c.name, err)
				}
			}
		}
	}
}

// A duplicate may be gone when it is looked for. Then the write is tried again.
func TestDuplicateThatGoesAway(t *testing.T) {
	for _, dialect := range dialects {
		for _, c := range []call{calls[0], calls[4], calls[5]} {
			f := taken(duplicates[dialect], "")
			err := c.make(t.Context(), f.store(t, dialect, nil))
			require.ErrorContains(t, err, "is there a unique index that Migrate has not made?", c.name)
			require.Equal(t, 5, f.asked("INSERT ")+f.asked("UPDATE "), c.name)
		}
	}
}

// A driver that nobody knows may say of a duplicate what it likes.
func TestErrorsOfUnknownDrivers(t *testing.T) {
	cause := errors.New("integrity problem")
	for _, dialect := range dialects {
		for _, c := range []call{calls[0], calls[4]} {
			err := c.make(t.Context(), taken(cause, "WHERE name = ").store(t, dialect, nil))
			require.True(t, err == transfertoken.ErrNameTaken, "%s: %v", c.name, err)
			f := taken(cause, "")
			err = c.make(t.Context(), f.store(t, dialect, nil))
			require.ErrorContains(t, err, "integrity problem", c.name)
			require.Equal(t, 1, f.asked("INSERT ")+f.asked("UPDATE "), c.name)
		}
	}
}

// A connection that breaks when the record has been stored does not make it a
// duplicate of itself.
func TestCreateThatWorkedAndFailed(t *testing.T) {
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
		err := calls[0].make(t.Context(), f.store(t, dialect, nil))
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
