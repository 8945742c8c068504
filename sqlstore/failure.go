package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-39e76d91/transfertoken"
)

// failure is an error of the driver that may be shown. There is no Unwrap: the
// error value of a driver may quote a key where its text does not. The value is
// in a closure, where fmt does not look.
type failure struct {
	text string
	is   func(target error) bool
}

func (f *failure) Error() string        { return f.text }
func (f *failure) Is(target error) bool { return f.is(target) }

// failure turns an error of the driver into one that may be shown.
func (s *Store) failure(ctx context.Context, err error) error {
	if done := ctx.Err(); done != nil {
		return fmt.Errorf("sqlstore: %w", done)
	}
	text := err.Error()
	kind := s.kind(err)
	switch {
	case kind == duplicate:
		text = "the database refuses a duplicate, but no name, digest or ID is one: " +
			"is there a unique index that Migrate has not made?"
	case quotesDigest(text):
		text = "the message of the database might quote a digest and is withheld"
	}
	switch kind {
	case noSchema:
		text = fmt.Sprintf("the table %s is not there, or not of this schema: "+
			"call Store.Migrate at start-up, or apply the files of sqlstore.Migrations: %s", s.table, text)
	case locked:
		text += ": set the pragmas journal_mode=WAL and busy_timeout on every connection"
	}
	return &failure{"sqlstore: " + text, func(target error) bool { return errors.Is(err, target) }}
}

var longHex = regexp.MustCompile(`[0-9A-Fa-f]{32}`)

// quotesDigest reports whether a text may have a digest in it, as bytes, with
// escapes or in hexadecimal.
func quotesDigest(text string) bool {
	return !utf8.ValidString(text) || strings.Contains(text, `\x`) || longHex.MatchString(text) ||
		strings.ContainsFunc(text, func(r rune) bool {
			return r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\t'
		})
}

// kind is what an error of a driver means for the statement that failed.
type kind int

const (
	other     kind = iota
	duplicate      // a unique index has the key
	undone         // nothing was done, because of a deadlock or a serialization failure
	noSchema       // a table or a column is missing
	locked         // SQLite only
)

var errDuplicate = errors.New("duplicate")

// kind tells errors apart without the types of the drivers.
func (s *Store) kind(err error) kind {
	if errors.Is(err, errDuplicate) {
		return duplicate
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

var kindOfSQLState = map[string]kind{
	"23505": duplicate,
	"40001": undone,
	"40P01": undone,
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
	"1062": duplicate, // ER_DUP_ENTRY
	"1586": duplicate, // ER_DUP_ENTRY_WITH_KEY_NAME
	"1213": undone,    // ER_LOCK_DEADLOCK
	"1020": undone,    // ER_CHECKREAD
	"1146": noSchema,  // ER_NO_SUCH_TABLE
	"1054": noSchema,  // ER_BAD_FIELD_ERROR
}

var numberInText = regexp.MustCompile(`(?i)\berror (\d{4})\b`)

// mysqlNumber reads the number off the text: the rest of it is in the language
// of the server.
func mysqlNumber(err error) string {
	if match := numberInText.FindStringSubmatch(err.Error()); match != nil {
		return match[1]
	}
	return ""
}

// kindOfSQLite goes by what SQLite itself writes, which all drivers pass on.
var kindOfSQLite = map[string]kind{
	"UNIQUE constraint failed": duplicate,
	"no such table":            noSchema,
	"no such column":           noSchema,
	"has no column named":      noSchema,
	"database is locked":       locked,
	"database table is locked": locked,
}

// contract reports whether err is one that the contract of Store names.
func contract(err error) bool {
	switch err {
	case transfertoken.ErrNotFound, transfertoken.ErrNameTaken, transfertoken.ErrSecretTaken, transfertoken.ErrConflict:
		return true
	}
	return false
}
