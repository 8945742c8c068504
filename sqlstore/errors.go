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
	other         kind = iota
	duplicate          // a unique index has the key already
	rolledBack         // by a deadlock or a serialization failure
	badConn            // the connection was closed before the call
	stale              // the prepared statement is unknown, or its columns have other types now
	noSchema           // a table or a column is missing
	locked             // SQLite: another connection holds the file
	tooManyStmt        // MySQL: the server keeps no more prepared statements
	readOnly           // the server or the transaction takes no writes
	notReady           // Galera: the node is joining, or has no quorum
	waitedTooLong      // MySQL: for a lock, or in Galera for the other nodes
)

// maxTries has the number of times that a call is made if it fails with errors of
// one kind. It is 1 for a kind that is not there.
var maxTries = map[kind]int{duplicate: 10, rolledBack: 10, badConn: 10, stale: 4}

// retry makes a call, and makes it again while maxTries allows that. It returns
// nil, an error of the contract of Store, or a failure, which does not quote any of
// digests.
func (s *Store) retry(ctx context.Context, call func() error, digests ...transfertoken.Digest) error {
	for try := 1; ; try++ {
		err := call()
		if err == nil || isContractError(err) {
			return err
		}
		if try >= maxTries[s.kind(err)] || !pause(ctx, try) {
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

// isContractError reports whether err is one that the contract of Store names.
func isContractError(err error) bool {
	switch err {
	case transfertoken.ErrNotFound, transfertoken.ErrNameTaken, transfertoken.ErrSecretTaken, transfertoken.ErrConflict:
		return true
	}
	return false
}

// failure is an error of the driver in a form that may be shown. It has no Unwrap
// method, because the error values of drivers have keys and rows in their fields.
// The driver's error is in a closure, which fmt does not print.
type failure struct {
	text string
	is   func(target error) bool
}

func (f *failure) Error() string        { return f.text }
func (f *failure) Is(target error) bool { return f.is(target) }

// hints are the remedies for errors that a mistake in the set-up causes.
var hints = map[kind]string{
	stale: "behind a connection pooler set Options.NoPrepare, and for pgx " +
		"default_query_exec_mode=exec in the data source name",
	tooManyStmt: "set Options.NoPrepare, and interpolateParams=true in the data source name",
	locked:      "another connection held the file for longer than the busy_timeout of this one",
	readOnly: "writes must reach the primary, and this is a standby or a replica, or a server that is read-only; " +
		"for pgx set target_session_attrs=read-write in the data source name",
	notReady: "this node of the cluster is joining it or is not one of a majority, and answers no query",
	waitedTooLong: "another transaction holds the lock, or this node of a Galera cluster cannot catch up with the " +
		"others, as without a majority",
}

// failure returns the error of a driver as a failure. If ctx has ended, it returns
// an error that is ctx.Err() instead.
func (s *Store) failure(ctx context.Context, err error, digests []transfertoken.Digest) error {
	if ended := contextError(ctx); ended != nil {
		return fmt.Errorf("sqlstore: %w", ended)
	}
	text, kind, code := err.Error(), s.kind(err), s.code(err)
	if s.dialect == PostgreSQL && strings.HasPrefix(code, "23") {
		// The details of a violated constraint quote the row that is stored.
		text, _, _ = strings.Cut(text, "\n")
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
	return &failure{"sqlstore: " + text, func(target error) bool {
		return kind == readOnly && target == transfertoken.ErrReadOnly || errors.Is(err, target)
	}}
}

// contextError returns ctx.Err(), or context.DeadlineExceeded if the deadline has
// passed and ctx has not ended yet. A driver that dials may notice the deadline
// first.
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

// kind returns the kind of err, without use of the drivers' types.
func (s *Store) kind(err error) kind {
	if err == nil {
		return other
	}
	if errors.Is(err, errDuplicate) {
		return duplicate
	}
	if errors.Is(err, driver.ErrBadConn) {
		// database/sql gives up after three connections. In a full pool they may
		// all have ended with the contexts of other calls.
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

// hadNoEffect reports whether a statement that failed with err wrote nothing, for a
// reason that has nothing to do with the records.
func (s *Store) hadNoEffect(err error) bool {
	switch s.kind(err) {
	case rolledBack, badConn, stale, readOnly, notReady, waitedTooLong:
		return true
	}
	return false
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
	"25006": readOnly, // read_only_sql_transaction
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
	"1062": duplicate,     // ER_DUP_ENTRY
	"1586": duplicate,     // ER_DUP_ENTRY_WITH_KEY_NAME
	"1213": rolledBack,    // ER_LOCK_DEADLOCK
	"1020": rolledBack,    // ER_CHECKREAD
	"1243": stale,         // ER_UNKNOWN_STMT_HANDLER
	"1615": stale,         // ER_NEED_REPREPARE
	"1146": noSchema,      // ER_NO_SUCH_TABLE
	"1054": noSchema,      // ER_BAD_FIELD_ERROR
	"1461": tooManyStmt,   // ER_MAX_PREPARED_STMT_COUNT_REACHED
	"1290": readOnly,      // ER_OPTION_PREVENTS_STATEMENT
	"1792": readOnly,      // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
	"1836": readOnly,      // ER_READ_ONLY_MODE
	"1047": notReady,      // ER_UNKNOWN_COM_ERROR, of a Galera node that is not ready
	"1205": waitedTooLong, // ER_LOCK_WAIT_TIMEOUT, which undoes the statement
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
	"UNIQUE constraint failed":             duplicate,
	"no such table":                        noSchema,
	"no such column":                       noSchema,
	"has no column named":                  noSchema,
	"database is locked":                   locked,
	"database table is locked":             locked,
	"attempt to write a readonly database": readOnly,
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
