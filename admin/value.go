package admin

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// jsonObject is a JSON object with its members in order.
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

// MarshalJSON keeps the order. Whoever marshals decides about escapes for HTML.
func (o jsonObject) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(unescaped(m.key))
		b.WriteByte(':')
		b.Write(unescaped(m.value))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// jsonNumber is a number as JavaScript has it.
type jsonNumber float64

// MarshalJSON writes null for what is infinite, and 0 for -0.
func (n jsonNumber) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n) + 0)
}

func (n jsonNumber) String() string {
	if math.IsInf(float64(n), 0) {
		return strings.TrimPrefix(strconv.FormatFloat(float64(n), 'f', -1, 64)+"inity", "+")
	}
	return string(encode(float64(n)))
}

// printed is how yup, the validator of Strapi, shows a value in a message:
// indented, and with everything that is not an object or an array in quotes.
func printed(v any) string {
	switch v := v.(type) {
	case jsonObject, []any:
		var b bytes.Buffer
		if err := json.Indent(&b, unescaped(leavesQuoted(v)), "", "  "); err != nil {
			panic(err) // it has just been encoded
		}
		return b.String()
	}
	return printedLeaf(v)
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

func leavesQuoted(v any) any {
	switch v := v.(type) {
	case jsonObject:
		quoted := make(jsonObject, len(v))
		for i, m := range v {
			quoted[i] = member{m.key, leavesQuoted(m.value)}
		}
		return quoted
	case []any:
		quoted := make([]any, len(v))
		for i, item := range v {
			quoted[i] = leavesQuoted(item)
		}
		return quoted
	}
	return printedLeaf(v)
}

// unescaped is JSON without escapes for HTML. In a message they are added when the
// message is encoded.
func unescaped(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // it holds nothing that cannot be encoded
	}
	return bytes.TrimSpace(b.Bytes())
}
