package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// readObject calls member for each member of the object text, with its name and its value. Text
// that is not one JSON object is an error that is datatransfer.ErrInvalid.
func readObject(text []byte, member func(name string, value jsontext.Value) error) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(text))
	if d.PeekKind() != '{' {
		return invalidf("not a JSON object")
	}
	if _, err := d.ReadToken(); err != nil {
		return syntaxError(err)
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return syntaxError(err)
		}
		key := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return syntaxError(err)
		}
		if err := member(key, valueOf(text, d, value)); err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return syntaxError(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return invalidf("something follows the JSON object")
	}
	return nil
}

// valueOf returns the value that d has just read as a part of text, which stays valid when d
// goes on.
func valueOf(text []byte, d *jsontext.Decoder, value jsontext.Value) jsontext.Value {
	end := d.InputOffset()
	return text[end-int64(len(value)) : end : end]
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
