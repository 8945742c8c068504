package archive

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// where returns the place of a record: an entry, and a line if line is not 0.
func (e *entry) where(line int64) string {
	name := e.name
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		name = strconv.QuoteToASCII(name)
	}
	if line == 0 {
		return name
	}
	return fmt.Sprintf("%s, line %d", name, line)
}

// recordError returns err with the place that it belongs to. A broken rule of the
// format is [ErrCorrupt] in an archive.
func recordError(e *entry, line int64, err error) error {
	var placed *datatransfer.RecordError
	if errors.As(err, &placed) {
		return err
	}
	if errors.Is(err, datatransfer.ErrInvalid) && !errors.Is(err, ErrCorrupt) {
		err = corruptError{err}
	}
	return &datatransfer.RecordError{Stage: e.kind.stage(), Where: e.where(line), Err: err}
}

// A corruptError is [ErrCorrupt], and has the text and the kind of another error.
type corruptError struct{ error }

func (e corruptError) Unwrap() []error { return []error{ErrCorrupt, e.error} }
