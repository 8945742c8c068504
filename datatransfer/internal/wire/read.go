package wire

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// maxMembers bounds the members of an object that are looked for the same name. Those of the protocol have 8 at most.
const maxMembers = 64

// readObject calls member for each member of the object text, with its name and its value. Text
// that is not one JSON object is an error that is datatransfer.ErrInvalid.
//
// The member named unchecked holds most of a message, and its value can be anything that ends where a JSON value would.
// What takes it apart checks its parts.
func readObject(text []byte, unchecked string, member func(name string, value jsontext.Value) error) error {
	var names []string
	return walkObject(bytes.Trim(text, " \t\r\n"), func(name string, value jsontext.Value) error {
		switch {
		case slices.Contains(names, name):
			return invalidf("a member of an object is named twice")
		case len(names) == maxMembers:
			return invalidf("an object has more than %d members", maxMembers)
		case name != unchecked && !value.IsValid():
			return errNotJSON
		}
		names = append(names, name)
		return member(name, value)
	})
}

// readString returns the string that value stands for.
func readString(name string, value jsontext.Value) (string, error) {
	if value.Kind() != '"' {
		return "", invalidf("%s is not a string", name)
	}
	text, err := jsontext.AppendUnquote(nil, value)
	return string(text), syntaxError(err)
}

func isNull(value jsontext.Value) bool { return value.Kind() == 'n' }

func appendString(b []byte, text string) []byte {
	b, err := jsontext.AppendQuote(b, text)
	if err != nil { // the text is not valid UTF-8, and was quoted with replacement characters
		return b
	}
	return b
}

// invalidf returns an error that is datatransfer.ErrInvalid. The arguments must not be content
// of a record.
func invalidf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{datatransfer.ErrInvalid}, args...)...)
}

var errNotJSON = invalidf("not valid JSON")

// syntaxError turns an error of the decoder into one that quotes nothing of the input.
func syntaxError(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName):
		return invalidf("a member of an object is named twice")
	case errors.As(err, &syntax):
		return invalidf("not valid JSON at byte %d", syntax.ByteOffset)
	}
	return invalidf("the JSON ends too early")
}
