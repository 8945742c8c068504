package wire

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// walkObject does the same as readObject, faster, with a part of a message that was read before: its JSON is not
// checked again. What would not be JSON is an error or comes as values that are not JSON.
func walkObject(text []byte, member func(name string, value jsontext.Value) error) error {
	i, end := 1, len(text)-1
	if end < 1 || text[0] != '{' || text[end] != '}' {
		return invalidf("not a JSON object")
	}
	for i = skipSpace(text, i); i < end; i = skipSpace(text, i) {
		after := skipValue(text, i)
		colon := skipSpace(text, after)
		if text[i] != '"' || colon >= end || text[colon] != ':' {
			return invalidf("not a JSON object")
		}
		name, err := readString("a name", text[i:after])
		if err != nil {
			return err
		}
		i = skipSpace(text, colon+1)
		after = skipValue(text, i)
		if err := member(name, text[i:after:after]); err != nil {
			return err
		}
		if i = skipSpace(text, after); i < end && text[i] != ',' {
			return invalidf("not a JSON object")
		}
		i++
	}
	return nil
}

// ReadArray calls item for each item of an array, which must be the data of a message that was parsed: its JSON is not
// checked again.
func ReadArray(text []byte, item func(value jsontext.Value) error) error {
	i, end := 1, len(text)-1
	if end < 1 || text[0] != '[' || text[end] != ']' {
		return invalidf("not a JSON array")
	}
	for i = skipSpace(text, i); i < end; i = skipSpace(text, i) {
		after := skipValue(text, i)
		if err := item(text[i:after:after]); err != nil {
			return err
		}
		if i = skipSpace(text, after); i < end && text[i] != ',' {
			return invalidf("not a JSON array")
		}
		i++
	}
	return nil
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the place after the value that begins at i.
func skipValue(text []byte, i int) int {
	depth := 0
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = skipString(text, i) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
			if depth < 0 {
				return i
			}
		case ',', ':', ' ', '\n', '\t', '\r':
			continue
		default:
			i = skipLiteral(text, i) - 1
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(text)
}

// skipString returns the place after the string that begins at i.
func skipString(text []byte, i int) int {
	for at := i + 1; ; {
		quote := bytes.IndexByte(text[at:], '"')
		if quote < 0 {
			return len(text)
		}
		at += quote + 1
		slashes := 0
		for text[at-2-slashes] == '\\' { // it ends at the quote that begins the string at the latest
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
	}
}

// skipLiteral returns the place after the number or name that begins at i.
func skipLiteral(text []byte, i int) int {
	if length := bytes.IndexAny(text[i:], ",:]} \n\t\r\"[{"); length > 0 {
		return i + length
	}
	return len(text)
}
