package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// kind is the meaning of a driver's error.
type kind int

const (
	other       kind = iota
	duplicate        // a unique index has the key
	rolledBack       // a deadlock or a serialization failure; nothing was written
	badConn          // the connection was closed before; nothing was sent
	stale            // the server does not know the prepared statement, or its result has other types now
	noSchema         // a table or a column is missing
	locked           // SQLite only: another connection holds the file
	tooManyStmt      // MySQL only: the server keeps no more prepared statements
)

// tries is how often a call is made in all that fails with an error of a kind.
var tries = map[kind]int{duplicate: 10, rolledBack: 10, badConn: 10, stale: 4}

// retry makes a call, and makes it again while tries allows that. digests are
// those that the error of the driver may quote. It returns nil, an error of the
// contract of Store, or a failure.
func (s *Store) retry(ctx context.Context, call func() error, digests ...transfertoken.Digest) error {
	for try := 1; ; try++ {
		err := call()
		if err == nil || inContract(err) {
			return err
		}
		if try >= tries[s.kind(err)] || !pause(ctx, try) {
			return s.failure(ctx, err, digests)
		}
	}
}

// pause waits for a random time, up to 2 ms after the first try and 32 ms after
// later ones, so that callers who disturb each other meet less often. It reports
// false if ctx ends first.
func pause(ctx context.Context, try int) bool {
	timer := time.NewTimer(rand.N(time.Millisecond << min(try, 5)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// inContract reports whether err is one that the contract of Store names.
func inContract(err error) bool {
	switch err {
	case transfertoken.ErrNotFound, transfertoken.ErrNameTaken, transfertoken.ErrSecretTaken, transfertoken.ErrConflict:
		return true
	}
	return false
}

// failure is an error of the driver that may be shown. It has no Unwrap method,
// because the error values of drivers have keys and rows in their fields. The
// value is in a closure, which fmt does not print.
type failure struct {
	text string
	is   func(target error) bool
}

func (f *failure) Error() string        { return f.text }
func (f *failure) Is(target error) bool { return f.is(target) }

// hints say what to do about errors that are often mistakes of the set-up.
var hints = map[kind]string{
	stale: "behind a connection pooler set Options.NoPrepare, and for pgx " +
		"default_query_exec_mode=exec in the data source name",
	tooManyStmt: "set Options.NoPrepare, and interpolateParams=true in the data source name",
	locked: "another connection held the file for longer than this one waits, " +
		"which is the busy_timeout of its data source name",
}

// failure returns the error of a driver in a form that may be shown. If ctx has
// ended it returns an error that is ctx.Err() instead.
func (s *Store) failure(ctx context.Context, err error, digests []transfertoken.Digest) error {
	if ended := contextError(ctx); ended != nil {
		return fmt.Errorf("sqlstore: %w", ended)
	}
	text, kind, code := err.Error(), s.kind(err), s.code(err)
	if s.dialect == PostgreSQL && strings.HasPrefix(code, "23") {
		text, _, _ = strings.Cut(text, "\n") // the details of a violated constraint quote the stored row
	}
	switch {
	case kind == duplicate:
		text = "the database refuses a duplicate, but no name, digest or ID is one: " +
			"is there a unique index that Migrate has not made?"
	case quotesDigest(text, digests):
		text = "the message of the database quotes a digest and is withheld"
	}
	if code != "" && !strings.Contains(text, codeName[s.dialect]+code) && !strings.Contains(text, "("+code+")") {
		text += " (" + codeName[s.dialect] + code + ")"
	}
	if kind == noSchema {
		text = fmt.Sprintf("the table %s is not there, or not of this schema: "+
			"call Store.Migrate at start-up, or apply the files of sqlstore.Migrations: %s", s.table, text)
	}
	if hint := hints[kind]; hint != "" {
		text += ": " + hint
	}
	return &failure{"sqlstore: " + text, func(target error) bool { return errors.Is(err, target) }}
}

// contextError returns ctx.Err(), and context.DeadlineExceeded as soon as the
// deadline has passed. Drivers give up at the deadline, which may be a moment
// before ctx does.
func contextError(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

var errDuplicate = errors.New("duplicate")

// kind tells errors apart without the types of the drivers.
func (s *Store) kind(err error) kind {
	if err == nil {
		return other
	}
	if errors.Is(err, errDuplicate) {
		return duplicate
	}
	if errors.Is(err, driver.ErrBadConn) {
		// database/sql gives up after three connections, which may all have ended
		// with the contexts of other calls when the pool is full.
		return badConn
	}
	switch s.dialect {
	case PostgreSQL:
		return kindOfSQLState[sqlState(err)]
	case MySQL:
		return kindOfNumber[mysqlNumber(err)]
	}
	for text, kind := range kindOfSQLite {
		if strings.Contains(err.Error(), text) {
			return kind
		}
	}
	return other
}

// notExecuted reports whether the statement that failed with err had no effect and
// says nothing about the records.
func (s *Store) notExecuted(err error) bool {
	kind := s.kind(err)
	return kind == rolledBack || kind == badConn || kind == stale
}

var codeName = map[Dialect]string{PostgreSQL: "SQLSTATE ", MySQL: "Error ", SQLite: "SQLite code "}

// code returns the code that the database gave its error, or "".
func (s *Store) code(err error) string {
	switch s.dialect {
	case PostgreSQL:
		return sqlState(err)
	case MySQL:
		return mysqlNumber(err)
	}
	return sqliteCode(err)
}

var kindOfSQLState = map[string]kind{
	"23505": duplicate,
	"40001": rolledBack,
	"40P01": rolledBack,
	"0A000": stale, // cached plan must not change result type
	"26000": stale, // prepared statement does not exist
	"42P05": stale, // prepared statement already exists
	"42P01": noSchema,
	"42703": noSchema,
}

// sqlState uses the method that the errors of pgx and of lib/pq have.
func sqlState(err error) string {
	var state interface{ SQLState() string }
	if errors.As(err, &state) {
		return state.SQLState()
	}
	return ""
}

var kindOfNumber = map[string]kind{
	"1062": duplicate,   // ER_DUP_ENTRY
	"1586": duplicate,   // ER_DUP_ENTRY_WITH_KEY_NAME
	"1213": rolledBack,  // ER_LOCK_DEADLOCK
	"1020": rolledBack,  // ER_CHECKREAD
	"1243": stale,       // ER_UNKNOWN_STMT_HANDLER
	"1615": stale,       // ER_NEED_REPREPARE
	"1146": noSchema,    // ER_NO_SUCH_TABLE
	"1054": noSchema,    // ER_BAD_FIELD_ERROR
	"1461": tooManyStmt, // ER_MAX_PREPARED_STMT_COUNT_REACHED
}

var numberInText = regexp.MustCompile(`(?i)\berror (\d{4})\b`)

// mysqlNumber reads the number off the text. The rest of the text is in the
// language of the server.
func mysqlNumber(err error) string {
	if match := numberInText.FindStringSubmatch(err.Error()); match != nil {
		return match[1]
	}
	return ""
}

// kindOfSQLite goes by the texts of SQLite itself, which all drivers pass on.
var kindOfSQLite = map[string]kind{
	"UNIQUE constraint failed": duplicate,
	"no such table":            noSchema,
	"no such column":           noSchema,
	"has no column named":      noSchema,
	"database is locked":       locked,
	"database table is locked": locked,
}

// sqliteCode uses the method that the errors of modernc.org/sqlite have, or the
// field that those of github.com/mattn/go-sqlite3 have.
func sqliteCode(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		if coded, ok := err.(interface{ Code() int }); ok {
			return strconv.Itoa(coded.Code())
		}
		if value := reflect.ValueOf(err); value.Kind() == reflect.Struct {
			if field := value.FieldByName("ExtendedCode"); field.IsValid() && field.CanInt() {
				return strconv.FormatInt(field.Int(), 10)
			}
		}
	}
	return ""
}
