package admin

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Limits of what a body may hold beyond its size. What is asked for needs a
// depth of 2 and a handful of values.
const (
	maxDepth  = 32
	maxValues = 1000
)

// parseJSON reads one JSON object or array by RFC 8259, and refuses what readers
// of JSON disagree about: keys that are given twice, and text that is not valid
// Unicode. The result consists of jsonObject, []any, string, jsonNumber, bool
// and nil.
func parseJSON(text []byte) (any, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if start := bytes.TrimLeft(text, " \t\r\n"); len(start) == 0 || start[0] != '{' && start[0] != '[' {
		return nil, syntaxError("invalid JSON, only supports object and array")
	}
	p := jsonParser{text: text, tokens: json.NewDecoder(bytes.NewReader(text))}
	p.tokens.UseNumber()
	v, err := p.value(nil)
	if err != nil {
		return nil, err
	}
	if _, err := p.tokens.Token(); err != io.EOF {
		return nil, p.malformed()
	}
	return v, nil
}

type jsonParser struct {
	text   []byte
	tokens *json.Decoder
	values int
}

// next returns the next token. Its text is checked here because the decoder
// replaces what is not valid Unicode.
func (p *jsonParser) next(path []string) (json.Token, error) {
	start := p.tokens.InputOffset()
	token, err := p.tokens.Token()
	if err != nil {
		return nil, p.malformed()
	}
	raw := p.text[start:p.tokens.InputOffset()]
	if !utf8.Valid(raw) || hasLoneSurrogate(raw) {
		return nil, malformedAt(path, "must be valid Unicode")
	}
	return token, nil
}

func (p *jsonParser) value(path []string) (any, error) {
	if p.values++; p.values > maxValues {
		return nil, malformedAt(path, "must not hold so many values")
	}
	token, err := p.next(path)
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Number:
		return numberOf(token), nil
	case json.Delim:
		if len(path) >= maxDepth {
			return nil, malformedAt(path[:1], "must not be nested so deep")
		}
		if token == '{' {
			return p.object(path)
		}
		return p.array(path)
	}
	return token, nil
}

func (p *jsonParser) array(path []string) (any, error) {
	items := []any{}
	for p.tokens.More() {
		item, err := p.value(append(path[:len(path):len(path)], strconv.Itoa(len(items))))
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := p.next(path)
	return items, err
}

func (p *jsonParser) object(path []string) (any, error) {
	var o jsonObject
	seen := make(map[string]bool)
	for p.tokens.More() {
		token, err := p.next(path)
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, p.malformed()
		}
		below := append(path[:len(path):len(path)], key)
		if key == "__proto__" {
			return nil, syntaxError("Object contains forbidden prototype property")
		}
		if seen[key] {
			return nil, malformedAt(below, "must not be given twice")
		}
		seen[key] = true
		v, err := p.value(below)
		if err != nil {
			return nil, err
		}
		o = append(o, member{key, v})
	}
	_, err := p.next(path)
	return inJavaScriptOrder(o), err
}

// inJavaScriptOrder sorts the keys that are array indexes to the front.
func inJavaScriptOrder(o jsonObject) jsonObject {
	slices.SortStableFunc(o, func(x, y member) int { return cmp.Compare(arrayIndex(x.key), arrayIndex(y.key)) })
	return o
}

// arrayIndex returns the number that key is the canonical form of, if JavaScript
// takes it for an index, else the greatest.
func arrayIndex(key string) uint64 {
	n, err := strconv.ParseUint(key, 10, 32)
	if err != nil || n == math.MaxUint32 || strconv.FormatUint(n, 10) != key {
		return math.MaxUint64
	}
	return n
}

// malformed returns the error for text that is not JSON. The text is parsed again
// to tell whether it breaks off, because a decoder of tokens does not always know.
func (p *jsonParser) malformed() error {
	var whole json.RawMessage
	if err := json.Unmarshal(p.text, &whole); err != nil && err.Error() == "unexpected end of JSON input" {
		return syntaxError("Unexpected end of JSON input")
	}
	return syntaxError("Invalid JSON")
}

// hasLoneSurrogate reports whether one of the escapes in raw, the text of a
// string, is half of a character.
func hasLoneSurrogate(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		high := escaped(raw[i:])
		if high < 0xd800 || high > 0xdfff {
			continue
		}
		low := -1
		if len(raw) > i+6 && raw[i+5] == '\\' {
			low = escaped(raw[i+6:])
		}
		if high > 0xdbff || low < 0xdc00 || low > 0xdfff {
			return true
		}
		i += 10
	}
	return false
}

// escaped is the code unit of what follows a backslash, or -1.
func escaped(raw []byte) int {
	if len(raw) < 5 || raw[0] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(raw[1:5]), 16, 16)
	if err != nil {
		return -1
	}
	return int(unit)
}

// numberOf is infinite for what float64 cannot hold, as in JavaScript.
func numberOf(n json.Number) jsonNumber {
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil {
		f = math.Copysign(math.Inf(1), f)
	}
	return jsonNumber(f)
}
