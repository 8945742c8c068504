package admin

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonObject is a JSON object with its members in the order of JavaScript.
type jsonObject []member

type member struct {
	key   string
	value any
}

func (o jsonObject) get(key string) (v any, ok bool) {
	for _, m := range o {
		if m.key == key {
			return m.value, true
		}
	}
	return nil, false
}

// with returns a copy of o in which the members with that key have the value.
func (o jsonObject) with(key string, value any) jsonObject {
	changed := make(jsonObject, len(o))
	for i, m := range o {
		if m.key == key {
			m.value = value
		}
		changed[i] = m
	}
	return changed
}

// jsonNumber is a number of JavaScript.
type jsonNumber float64

func (n jsonNumber) String() string {
	if math.IsInf(float64(n), 0) {
		return strings.TrimPrefix(strconv.FormatFloat(float64(n), 'f', -1, 64)+"inity", "+")
	}
	return string(encode(float64(n)))
}

// json returns null for an infinite number, and 0 for -0.
func (n jsonNumber) json() string {
	if math.IsInf(float64(n), 0) {
		return "null"
	}
	return jsonNumber(float64(n) + 0).String()
}

// encodeValue returns v as JSON that is escaped for HTML, or nil if that is longer
// than limit.
func encodeValue(v any, limit int) json.RawMessage {
	w := valueWriter{limit: limit, leaf: func(v any) string {
		switch v := v.(type) {
		case string:
			return string(encode(v))
		case jsonNumber:
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

// printed returns v as yup, the validator of Strapi, shows it in a message:
// indented, and with everything that is not an object or an array in quotes. The
// result is cut at limit.
func printed(v any, limit int) string {
	switch v.(type) {
	case jsonObject, []any:
		w := valueWriter{limit: limit, indent: "  ", leaf: func(v any) string { return unescaped(printedLeaf(v)) }}
		w.write(v, "\n")
		return truncated(string(w.out), limit)
	}
	return truncated(printedLeaf(v), limit)
}

func printedLeaf(v any) string {
	switch v := v.(type) {
	case string:
		return `"` + v + `"`
	case bool:
		return strconv.FormatBool(v)
	case jsonNumber:
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

// write appends v. newline is what begins a line of the object or array that v is
// in.
func (w *valueWriter) write(v any, newline string) {
	inner := newline + w.indent
	switch v := v.(type) {
	case jsonObject:
		w.list('{', '}', len(v), newline, inner, func(i int) {
			w.out = append(w.out, w.key(v[i].key)...)
			w.write(v[i].value, inner)
		})
	case []any:
		w.list('[', ']', len(v), newline, inner, func(i int) { w.write(v[i], inner) })
	case string:
		w.out = append(w.out, w.leaf(v[:min(len(v), w.limit+1)])...) // JSON is never shorter than the text
	default:
		w.out = append(w.out, w.leaf(v)...)
	}
}

func (w *valueWriter) key(key string) string {
	key = key[:min(len(key), w.limit+1)]
	if w.indent == "" {
		return string(encode(key)) + ":"
	}
	return unescaped(key) + ": "
}

func (w *valueWriter) list(open, end byte, n int, newline, inner string, item func(i int)) {
	w.out = append(w.out, open)
	for i := range n {
		if len(w.out) > w.limit {
			return
		}
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.out = append(w.out, inner...)
		item(i)
	}
	if n > 0 {
		w.out = append(w.out, newline...)
	}
	w.out = append(w.out, end)
}

// unescaped returns text as JSON without escapes for HTML. In a message they are
// added when the message is encoded.
func unescaped(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(err) // a string can be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// truncated returns as much of text as takes up limit bytes in an answer.
func truncated(text string, limit int) string {
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
