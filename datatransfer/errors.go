package datatransfer

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The errors that callers tell apart, with [errors.Is]. No text of an error of
// this package holds the content of a record or of a file. Types, IDs, stages,
// names of entries and line numbers may be named.
var (
	// ErrInvalid means that a record, a schema, an asset or a scope breaks a rule
	// of its format.
	ErrInvalid = errors.New("datatransfer: invalid")

	// ErrSchemas means that the schemas of source and destination differ in what
	// the transfer carries, and that nobody agreed to go on.
	ErrSchemas = errors.New("datatransfer: schemas differ")

	// ErrProtected means that data of a protected type was sent to somebody who
	// refuses it. Run drops such data instead, and counts it.
	ErrProtected = errors.New("datatransfer: protected type")

	// ErrTooLarge means that a limit was exceeded: the size of a record, its
	// depth, or a limit of the source or the destination.
	ErrTooLarge = errors.New("datatransfer: too large")

	// ErrCommitUnknown means that a destination cannot tell whether its commit
	// took place, for example because the connection broke after the commit was
	// sent. Either all of the data is new or all of it is old.
	ErrCommitUnknown = errors.New("datatransfer: unknown whether the commit took place")
)

// A RecordError is a failure that belongs to one place of a stage. It is used as
// a pointer, and wraps Err.
type RecordError struct {
	Stage Stage  // "" outside of a stage, for example in the schemas
	Where string // an entry and line, or a message; never the record itself
	Err   error
}

func (e *RecordError) Error() string {
	var text strings.Builder
	text.WriteString("datatransfer: ")
	if e.Stage != "" {
		text.WriteString(string(e.Stage) + ": ")
	}
	if e.Where != "" {
		text.WriteString(clip(e.Where) + ": ")
	}
	text.WriteString(strings.TrimPrefix(e.Err.Error(), "datatransfer: "))
	return text.String()
}

// Unwrap returns e.Err.
func (e *RecordError) Unwrap() error { return e.Err }

// clip returns text as it is fit for a message: cut to a length, and without control
// characters, which a terminal might obey.
func clip(text string) string {
	const limit = 200
	end := ""
	if len(text) > limit {
		text, end = strings.ToValidUTF8(text[:limit], ""), "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, text) + end
}

// quote returns text in quotes, cut to a length that is fit for a message.
func quote(text string) string { return fmt.Sprintf("%q", clip(text)) }

// invalidf returns an error that is [ErrInvalid]. The arguments must not be content
// of a record.
func invalidf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}
