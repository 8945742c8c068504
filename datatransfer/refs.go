package datatransfer

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A Ref is the ID of an entity, or a reference to one: the JSON text of an integer
// or of a string. Two Refs are equal if they are the same ID. Refs mean something
// only within one archive or transfer, because a destination gives entities IDs of
// its own. The zero Ref, "", is no ID, and no record with it can be encoded.
type Ref string

// IntRef returns the Ref of an integer.
func IntRef(n int64) Ref { return Ref(strconv.FormatInt(n, 10)) }

// StringRef returns the Ref of a string. Bytes that are not valid UTF-8 are replaced
// by U+FFFD.
func StringRef(s string) Ref {
	text, _ := jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\uFFFD"))
	return Ref(text)
}

// Int returns the integer, and reports whether r is one that fits into an int64.
func (r Ref) Int() (int64, bool) {
	n, err := strconv.ParseInt(string(r), 10, 64)
	return n, err == nil && isInteger(r)
}

// Text returns the string, and reports whether r is a string.
func (r Ref) Text() (string, bool) {
	if len(r) < 2 || r[0] != '"' {
		return "", false
	}
	text, err := jsontext.AppendUnquote(nil, string(r))
	return string(text), err == nil
}

// MarshalJSON returns the number or string. It fails with [ErrInvalid] if r is
// neither.
func (r Ref) MarshalJSON() ([]byte, error) {
	if err := checkRef(r); err != nil {
		return nil, err
	}
	return []byte(r), nil
}

// UnmarshalJSON sets r to a number without fraction and exponent, or to a string.
func (r *Ref) UnmarshalJSON(text []byte) error {
	ref, err := parseRef(text)
	if err != nil {
		return err
	}
	*r = ref
	return nil
}

// parseRef returns the Ref of a valid JSON value. Strings are brought into one
// form, so that equal IDs are equal Refs however their source escaped them.
func parseRef(value []byte) (Ref, error) {
	if len(value) > 0 && value[0] == '"' {
		text, err := jsontext.AppendUnquote(nil, value)
		if err != nil {
			return "", invalidf("an ID is not a valid string")
		}
		return StringRef(string(text)), nil
	}
	if !isInteger(value) {
		return "", invalidf("an ID is neither an integer nor a string")
	}
	return Ref(value), nil
}

// checkRef returns an error unless parseRef could return r.
func checkRef(r Ref) error {
	if isInteger(r) {
		return nil
	}
	if text, ok := r.Text(); ok && StringRef(text) == r {
		return nil
	}
	return invalidf("an ID is neither an integer nor a string")
}

// isInteger reports whether text is an integer in JSON, without fraction and
// exponent. -0 is not one, because it would be a second name of 0.
func isInteger[T ~string | ~[]byte](text T) bool {
	digits := text
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || digits[0] == '0' && len(text) > 1 {
		return false
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
