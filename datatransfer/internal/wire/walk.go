package wire

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// walkObject calls member for each member of the object text, with its name and its value. It does not check that
// values are JSON, only that they end.
func walkObject(text []byte, member func(name string, value jsontext.Value) error) error {
	end := len(text) - 1
	if end < 1 || text[0] != '{' || text[end] != '}' {
		return invalidf("not a JSON object")
	}
	i := skipSpace(text, 1)
	for more := i < end; more; {
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
		if after == i || after > end {
			return invalidf("not a JSON object")
		}
		if err := member(name, text[i:after:after]); err != nil {
			return err
		}
		if i, more, err = skipComma(text, after, end); err != nil {
			return err
		}
	}
	return nil
}

// ReadArray calls item for each item of the array text. It does not check that items are JSON, only that they end.
func ReadArray(text []byte, item func(value jsontext.Value) error) error {
	end := len(text) - 1
	if end < 1 || text[0] != '[' || text[end] != ']' {
		return invalidf("not a JSON array")
	}
	i := skipSpace(text, 1)
	for more := i < end; more; {
		after := skipValue(text, i)
		if after == i || after > end {
			return invalidf("not a JSON array")
		}
		err := item(text[i:after:after])
		if err != nil {
			return err
		}
		if i, more, err = skipComma(text, after, end); err != nil {
			return err
		}
	}
	return nil
}

// skipComma returns the place behind the comma after i, and reports whether there is one before the end.
func skipComma(text []byte, i, end int) (next int, more bool, err error) {
	i = skipSpace(text, i)
	if i == end {
		return i, false, nil
	}
	if text[i] != ',' {
		return i, false, errNotJSON
	}
	return skipSpace(text, i+1), true, nil
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the place after the value that begins at i, or i if none does.
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
			if depth == 0 {
				return i
			}
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
