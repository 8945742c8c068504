package strapi

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Object is a JSON object with its members in the order of JavaScript.
type Object []Member

// Member is a key of an Object and its value.
type Member struct {
	Key   string
	Value any
}

// Get returns the value of a key.
func (o Object) Get(key string) (v any, ok bool) {
	for _, m := range o {
		if m.Key == key {
			return m.Value, true
		}
	}
	return nil, false
}

// With returns a copy of o in which the member with that key has the value.
func (o Object) With(key string, value any) Object {
	changed := make(Object, len(o))
	for i, m := range o {
		if m.Key == key {
			m.Value = value
		}
		changed[i] = m
	}
	return changed
}

// Number is a number of JavaScript.
type Number float64

// String returns n as JavaScript prints it.
func (n Number) String() string {
	if math.IsInf(float64(n), 0) {
		return strings.TrimPrefix(strconv.FormatFloat(float64(n), 'f', -1, 64)+"inity", "+")
	}
	return string(encode(float64(n)))
}

// json returns null for an infinite number, and 0 for -0, as JSON.stringify does.
func (n Number) json() string {
	if math.IsInf(float64(n), 0) {
		return "null"
	}
	return Number(float64(n) + 0).String()
}

// trim removes the white space of JavaScript from both ends. U+0085 does not belong
// to it, and the byte order mark does.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) && r != '\u0085' || r == '\ufeff' })
}

// encodeValue returns v as JSON that is escaped for HTML, or nil if that is longer
// than limit bytes.
func encodeValue(v any, limit int) json.RawMessage {
	w := valueWriter{limit: limit, leaf: func(v any) string {
		switch v := v.(type) {
		case string:
			return string(encode(v))
		case Number:
			return v.json()
		}
		return printedLeaf(v)
	}}
	w.write(v, "")
	if len(w.out) > limit {
		return nil
	}
	return w.out
}

// printed returns v as yup shows it in a message: indented, and with everything
// that is not an object or an array in quotes. It is cut at limit bytes.
func printed(v any, limit int) string {
	switch v.(type) {
	case Object, []any:
		w := valueWriter{limit: limit, indent: "  ", leaf: func(v any) string { return quoted(printedLeaf(v)) }}
		w.write(v, "\n")
		return truncate(string(w.out), limit)
	}
	return truncate(printedLeaf(v), limit)
}

func printedLeaf(v any) string {
	switch v := v.(type) {
	case string:
		return `"` + v + `"`
	case bool:
		return strconv.FormatBool(v)
	case Number:
		return v.String()
	}
	return "null"
}

// valueWriter writes JSON in one pass. It stops soon after limit bytes.
type valueWriter struct {
	out    []byte
	limit  int
	indent string           // "" for one line
	leaf   func(any) string // returns the JSON of anything but an object or an array
}

// write appends v. newline begins each line of the object or array that v is in.
func (w *valueWriter) write(v any, newline string) {
	inner := newline + w.indent
	switch v := v.(type) {
	case Object:
		w.writeList('{', '}', len(v), newline, inner, func(i int) {
			w.writeKey(v[i].Key)
			w.write(v[i].Value, inner)
		})
	case []any:
		w.writeList('[', ']', len(v), newline, inner, func(i int) { w.write(v[i], inner) })
	case string:
		w.out = append(w.out, w.leaf(v[:min(len(v), w.limit+1)])...) // JSON is never shorter than the text
	default:
		w.out = append(w.out, w.leaf(v)...)
	}
}

func (w *valueWriter) writeKey(key string) {
	key = key[:min(len(key), w.limit+1)]
	if w.indent == "" {
		w.out = append(append(w.out, encode(key)...), ':')
		return
	}
	w.out = append(w.out, quoted(key)+": "...)
}

func (w *valueWriter) writeList(open, end byte, n int, newline, inner string, writeItem func(i int)) {
	w.out = append(w.out, open)
	for i := range n {
		if len(w.out) > w.limit {
			return
		}
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.out = append(w.out, inner...)
		writeItem(i)
	}
	if n > 0 {
		w.out = append(w.out, newline...)
	}
	w.out = append(w.out, end)
}

// quoted returns text as JSON without escapes for HTML. In a message they are added
// when the message is encoded.
func quoted(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(err) // a string can be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// truncate cuts text where it takes up more than limit bytes in an answer.
func truncate(text string, limit int) string {
	size := 0
	for i, r := range text {
		switch {
		case r == '<' || r == '>' || r == '&' || r < ' ' || r == '\u2028' || r == '\u2029' || r == utf8.RuneError:
			size += len(`\u003c`)
		case r == '"' || r == '\\':
			size += len(`\"`)
		default:
			size += utf8.RuneLen(r)
		}
		if size > limit {
			return text[:i] + "…"
		}
	}
	return text
}
