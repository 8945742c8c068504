package datatransfer

import "github.com/go-json-experiment/json/jsontext"

// A span is a member of an object or an item of an array: where its bytes are.
type span struct {
	start, value, end int // start is value for an item
	name              string
}

// spans returns the members or items of valid JSON, an object or array.
func (p *Parser) spans(text []byte) ([]span, error) {
	if err := p.begin(text, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, err
	}
	if _, err := p.decoder.ReadToken(); err != nil {
		return nil, p.syntaxError(err)
	}
	spans := make([]span, 0, 16)
	kind, _ := p.decoder.StackIndex(1)
	for {
		if next := p.decoder.PeekKind(); next == '}' || next == ']' {
			return spans, nil
		}
		var next span
		if kind == '{' {
			quoted, err := p.value()
			if err != nil {
				return nil, err
			}
			if next.name, err = p.unquote(quoted); err != nil {
				return nil, err
			}
			next.start = int(p.decoder.InputOffset()) - len(quoted)
		}
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		next.end = int(p.decoder.InputOffset())
		next.value = next.end - len(value)
		if kind != '{' {
			next.start = next.value
		}
		spans = append(spans, next)
	}
}

// An editor copies an object or array without the spans that are cut. It takes every
// span, in order. As long as nothing changes it copies nothing.
type editor struct {
	text    []byte
	out     []byte // what replaces text[:copied]
	copied  int
	changed bool
	kept    int // how many spans are kept so far
	end     int // of the last span
}

// cut leaves out a span, and the comma between it and the span before or after it.
func (e *editor) cut(s span) {
	switch {
	case e.kept > 0:
		e.out = append(e.out, e.text[e.copied:max(e.end, e.copied)]...)
	case !e.changed:
		e.out = append(e.out, e.text[:s.start]...)
	}
	e.copied, e.end, e.changed = s.end, s.end, true
}

// keep keeps a span.
func (e *editor) keep(s span) { e.replace(s, e.text[s.value:s.end]) }

// replace keeps a span, with another value.
func (e *editor) replace(s span, value []byte) {
	if e.kept == 0 && e.changed {
		e.copied = s.start
	}
	if !sameBytes(value, e.text[s.value:s.end]) {
		e.out = append(e.out, e.text[e.copied:s.value]...)
		e.out = append(e.out, value...)
		e.copied, e.changed = s.end, true
	}
	e.kept++
	e.end = s.end
}

// result returns the edited text, or text itself if nothing changed.
func (e *editor) result() []byte {
	if !e.changed {
		return e.text
	}
	return append(e.out, e.text[e.copied:]...)
}
