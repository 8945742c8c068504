package strapi

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a body. Requests for transfer tokens need a depth of 2 and a handful of
// values.
const (
	MaxBody   = 1 << 20 // bytes; also the limit of Strapi
	maxDepth  = 32
	maxValues = 1000
)

var (
	errMediaType = NewError(http.StatusUnsupportedMediaType, "Content-Type must be application/json")
	errEncoding  = NewError(http.StatusUnsupportedMediaType, "Content-Encoding must be left out")
	errAborted   = NewError(http.StatusBadRequest, "request aborted")
)

// syntaxError returns the error for a body that cannot be parsed.
func syntaxError(message string) *Error {
	return &Error{Status: http.StatusBadRequest, Name: "SyntaxError", Message: message}
}

// ReadBody returns the JSON in body, which has the headers and the Content-Length
// of its request and is limited to MaxBody by http.MaxBytesReader. An empty or nil
// body is nil. The result consists of Object, []any, string, Number, bool and nil.
// An error is an *Error.
func ReadBody(body io.Reader, h http.Header, contentLength int64) (any, error) {
	switch {
	case body == nil:
		return nil, nil
	case contentLength > MaxBody:
		return nil, ErrTooLarge
	}
	buffered := bufio.NewReader(body)
	switch _, err := buffered.Peek(1); {
	case err == io.EOF:
		return nil, nil
	case err != nil:
		return nil, readError(err)
	case !IsJSON(h):
		return nil, errMediaType
	case isCompressed(h):
		return nil, errEncoding
	}
	text, err := io.ReadAll(buffered)
	if err != nil {
		return nil, readError(err)
	}
	return parse(text)
}

func readError(err error) *Error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return ErrTooLarge
	}
	return errAborted
}

// jsonTypes are the types that Strapi reads as JSON. A form is not among them,
// because a page of another site could send it.
var jsonTypes = []string{
	"application/json",
	"application/vnd.api+json",
	"application/json-patch+json",
	"application/csp-report",
	"application/reports+json",
}

// IsJSON reports whether there is one Content-Type, of JSON. A charset has no
// meaning for JSON, which is UTF-8 (RFC 8259, section 11).
func IsJSON(h http.Header) bool {
	types := h["Content-Type"]
	if len(types) != 1 {
		return false
	}
	mediaType, _, err := mime.ParseMediaType(types[0])
	return err == nil && slices.Contains(jsonTypes, mediaType)
}

func isCompressed(h http.Header) bool {
	return slices.ContainsFunc(h["Content-Encoding"], func(coding string) bool {
		return !strings.EqualFold(coding,
			"identity")
	})
}

// parse reads one JSON object or array by RFC 8259, after a byte order mark if
// there is one. It refuses what readers of JSON disagree about: keys that are given
// twice, and text that is not valid Unicode.
func parse(text []byte) (any, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if start := bytes.TrimLeft(text, " \t\r\n"); len(start) == 0 || start[0] != '{' && start[0] != '[' {
		return nil, syntaxError("invalid JSON, only supports object and array")
	}
	p := parser{text: text, tokens: json.NewDecoder(bytes.NewReader(text))}
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

type parser struct {
	text   []byte
	tokens *json.Decoder
	values int
}

// next returns the next token. It checks the text of the token, because the decoder
// replaces what is not valid Unicode.
func (p *parser) next(path []string) (json.Token, error) {
	start := p.tokens.InputOffset()
	token, err := p.tokens.Token()
	if err != nil {
		return nil, p.malformed()
	}
	raw := p.text[start:p.tokens.InputOffset()]
	if !utf8.Valid(raw) || hasLoneSurrogate(raw) {
		return nil, unreliable(path, "must be valid Unicode")
	}
	return token, nil
}

func (p *parser) value(path []string) (any, error) {
	if p.values++; p.values > maxValues {
		return nil, unreliable(path, "must not hold so many values")
	}
	token, err := p.next(path)
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Number:
		return parseNumber(token), nil
	case json.Delim:
		if len(path) >= maxDepth {
			return nil, unreliable(path[:1], "must not be nested so deep")
		}
		if token == '{' {
			return p.object(path)
		}
		return p.array(path)
	}
	return token, nil
}

func (p *parser) array(path []string) (any, error) {
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

func (p *parser) object(path []string) (any, error) {
	var o Object
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
			return nil, unreliable(below, "must not be given twice")
		}
		seen[key] = true
		v, err := p.value(below)
		if err != nil {
			return nil, err
		}
		o = append(o, Member{key, v})
	}
	_, err := p.next(path)
	sortLikeJavaScript(o)
	return o, err
}

// sortLikeJavaScript moves the keys that are array indexes to the front.
func sortLikeJavaScript(o Object) {
	slices.SortStableFunc(o, func(x, y Member) int { return cmp.Compare(arrayIndex(x.Key), arrayIndex(y.Key)) })
}

// arrayIndex returns the array index that key is the canonical form of, or
// math.MaxUint64.
func arrayIndex(key string) uint64 {
	n, err := strconv.ParseUint(key, 10, 32)
	if err != nil || n == math.MaxUint32 || strconv.FormatUint(n, 10) != key {
		return math.MaxUint64
	}
	return n
}

// malformed returns the error for text that is not JSON. It parses the text again
// to tell whether it breaks off, because the decoder does not always know.
func (p *parser) malformed() *Error {
	var whole json.RawMessage
	if err := json.Unmarshal(p.text, &whole); err != nil && err.Error() == "unexpected end of JSON input" {
		return errNoJSON
	}
	return syntaxError("Invalid JSON")
}

var errNoJSON = syntaxError("Unexpected end of JSON input")

// hasLoneSurrogate reports whether one of the escapes in raw, the text of a
// string, is half of a character.
func hasLoneSurrogate(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		high := codeUnit(raw[i:])
		if high < 0xd800 || high > 0xdfff {
			continue
		}
		low := -1
		if len(raw) > i+6 && raw[i+5] == '\\' {
			low = codeUnit(raw[i+6:])
		}
		if high > 0xdbff || low < 0xdc00 || low > 0xdfff {
			return true
		}
		i += 10
	}
	return false
}

// codeUnit returns the UTF-16 code unit of the escape whose backslash stands before
// raw, or -1.
func codeUnit(raw []byte) int {
	if len(raw) < 5 || raw[0] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(raw[1:5]), 16, 16)
	if err != nil {
		return -1
	}
	return int(unit)
}

// parseNumber returns an infinite number for one that float64 cannot hold, as
// JavaScript does.
func parseNumber(n json.Number) Number {
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil {
		f = math.Copysign(math.Inf(1), f)
	}
	return Number(f)
}
