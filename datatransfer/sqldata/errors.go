package sqldata

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A databaseError is an error of a driver in a form that may be shown. The text of a driver's error
// may quote values, and its fields hold them. That error is in a closure, which fmt does not print:
// errors.Is sees it, errors.As does not.
type databaseError struct {
	what string // was tried
	code string // of the database; "": none is known
	is   func(target error) bool
}

func (e *databaseError) Error() string {
	if e.code == "" {
		return "sqldata: " + e.what + ": the connection to the database failed"
	}
	text := "sqldata: " + e.what + ": the database refuses it (" + e.code + ")"
	if reason, known := reasons[e.code]; known {
		text += ": " + reason
	}
	return text
}

// reasons says in words what codes of the databases mean that a host can do something about.
var reasons = map[string]string{
	"Error 1366":       "a column of a character set such as latin1 cannot hold every text: create the table with utf8mb4",
	"Error 1021":       diskFull,
	"Error 1114":       diskFull,
	"SQLSTATE 53100":   diskFull,
	"SQLite code 13":   diskFull,
	"SQLite code 4874": diskFull, // SQLITE_IOERR_SHMSIZE: no room for the -shm file
}

const diskFull = "its disk is full"

func (e *databaseError) Is(target error) bool { return e.is(target) }

// failure returns the error of a statement. If ctx has ended, it returns an error that is ctx.Err().
func (m *model) failure(ctx context.Context, err error, what string) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("sqldata: %s: %w", what, ended)
	}
	return &databaseError{what, m.dialect.code(err), func(target error) bool { return errors.Is(err, target) }}
}

// code returns the code that the database gave its error, with a name for it, or "".
func (d Dialect) code(err error) string {
	switch d {
	case PostgreSQL:
		var state interface{ SQLState() string } // pgx and lib/pq have it
		if errors.As(err, &state) {
			return "SQLSTATE " + state.SQLState()
		}
	case MySQL:
		if match := numberInText.FindStringSubmatch(err.Error()); match != nil {
			return "Error " + match[1]
		}
	case SQLite:
		return sqliteCode(err)
	}
	return ""
}

// numberInText finds the number in an error of MySQL. The rest of the text is in the language of the server.
var numberInText = regexp.MustCompile(`(?i)\berror (\d{4})\b`)

// sqliteCode uses the method that the errors of modernc.org/sqlite have, or the field that those of
// github.com/mattn/go-sqlite3 have.
func sqliteCode(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		if coded, ok := err.(interface{ Code() int }); ok {
			return "SQLite code " + strconv.Itoa(coded.Code())
		}
		if value := reflect.ValueOf(err); value.Kind() == reflect.Struct {
			if field := value.FieldByName("ExtendedCode"); field.IsValid() && field.CanInt() {
				return "SQLite code " + strconv.FormatInt(field.Int(), 10)
			}
		}
	}
	return ""
}

// scanError finds the column in an error of database/sql about a value that it cannot convert. The rest of
// the text may hold the value.
var scanError = regexp.MustCompile(`^sql: Scan error on column index (\d+),`)

// misfit returns the column whose value did not fit its type, and nil for other errors and for the key.
func (t *table) misfit(err error) *Column {
	match := scanError.FindStringSubmatch(err.Error())
	if match == nil {
		return nil
	}
	index, err := strconv.Atoi(match[1])
	if err != nil || index < 1 || index > len(t.Columns) {
		return nil
	}
	return &t.Columns[index-1]
}

// isBusy reports whether a statement failed because another transaction holds what it needs.
func (d Dialect) isBusy(err error) bool {
	switch code := d.code(err); d {
	case PostgreSQL:
		return code == "SQLSTATE 55P03" || code == "SQLSTATE 40001" || code == "SQLSTATE 40P01"
	case MySQL:
		return code == "Error 1020" || code == "Error 1205" || code == "Error 1213" || code == "Error 3572"
	}
	return strings.Contains(err.Error(), "database is locked") || strings.Contains(err.Error(), "database table is locked")
}

// unclearCommit matches the codes with which a server or a pool in front of it says that the connection
// broke or the server stops. If that answers a commit, it may have taken place.
var unclearCommit = regexp.MustCompile(`^(SQLSTATE (08...|40003|57P0.)|Error (1053|1180|1317))$`)

// commitFailure returns the error of a commit. The database says when it refuses one; if it says
// nothing, nobody knows.
func (m *model) commitFailure(err error) error {
	code := m.dialect.code(err)
	if code != "" && !unclearCommit.MatchString(code) || errors.Is(err, driver.ErrBadConn) && m.dialect == SQLite {
		return &databaseError{"the commit", code, func(target error) bool { return errors.Is(err, target) }}
	}
	return fmt.Errorf("sqldata: %w", datatransfer.ErrCommitUnknown)
}

// recordError names a record that cannot be written.
func recordError(stage datatransfer.Stage, uid string, ref datatransfer.Ref, err error) error {
	return &datatransfer.RecordError{Stage: stage, Where: uid + " " + string(ref), Err: err}
}
