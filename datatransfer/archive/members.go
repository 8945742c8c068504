package archive

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// A walker reads the members of JSON objects that a Parser has already checked. It
// keeps a decoder for each level of nesting, because making one costs memory.
type walker struct {
	levels []*walkerLevel
	depth  int
}

type walkerLevel struct {
	input   bytes.Buffer
	decoder jsontext.Decoder
}

// enter returns a decoder of value. leave must be called afterwards.
func (w *walker) enter(value []byte) *jsontext.Decoder {
	if w.depth == len(w.levels) {
		w.levels = append(w.levels, new(walkerLevel))
	}
	level := w.levels[w.depth]
	w.depth++
	level.input = *bytes.NewBuffer(value)
	level.decoder.Reset(&level.input, jsontext.AllowDuplicateNames(true)) // the Parser has refused them
	return &level.decoder
}

func (w *walker) leave() { w.depth-- }

// members calls f with the name and the value of each member of an object. It does
// nothing if value is something else. Both are valid until f returns.
func (w *walker) members(value []byte, f func(name, value []byte)) {
	w.each(value, '{', f)
}

// elements calls f with each element of an array. It does nothing if value is
// something else.
func (w *walker) elements(value []byte, f func(value []byte)) {
	w.each(value, '[', func(_, value []byte) { f(value) })
}

func (w *walker) each(value []byte, kind jsontext.Kind, f func(name, value []byte)) {
	d := w.enter(value)
	defer w.leave()
	if d.PeekKind() != kind {
		return
	}
	if _, err := d.ReadToken(); err != nil {
		return
	}
	var name []byte
	for d.PeekKind() != '}' && d.PeekKind() != ']' {
		if kind == '{' {
			quoted, err := d.ReadValue()
			if err != nil {
				return
			}
			name = append(name[:0], stringOf(quoted)...)
		}
		member, err := d.ReadValue()
		if err != nil {
			return
		}
		f(name, member)
	}
}

// stringOf returns the text of a JSON string, and nil for anything else.
func stringOf(value []byte) []byte {
	if len(value) < 2 || value[0] != '"' {
		return nil
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1]
	}
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return nil
	}
	return text
}
