package datatransfer

import (
	"bytes"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"
)

// AppendJSON appends the JSON of e to b, in one line. It fails with [ErrInvalid] or
// [ErrTooLarge], and returns b unchanged, if a Parser without a limit of size would
// not take it. Data that came from a Parser and was not replaced is not checked again.
func (e Entity) AppendJSON(b []byte) ([]byte, error) {
	if err := e.check(); err != nil {
		return b, err
	}
	out, err := appendString(append(b, `{"type":`...), e.Type)
	if err != nil {
		return b, err
	}
	out = append(append(out, `,"id":`...), e.ID...)
	out = appendOneLine(append(out, `,"data":`...), e.Data)
	out = appendOneLine(out, e.rest)
	return append(out, '}'), nil
}

// AppendJSON appends the JSON of l to b, in one line. It fails with [ErrInvalid],
// and returns b unchanged, if a Parser would not take it.
func (l Link) AppendJSON(b []byte) ([]byte, error) {
	if err := l.check(); err != nil {
		return b, err
	}
	out, err := appendString(append(b, `{"kind":`...), l.Kind)
	if err != nil {
		return b, err
	}
	if out, err = appendString(append(out, `,"relation":`...), l.Relation); err != nil {
		return b, err
	}
	if out, err = l.Left.append(append(out, `,"left":`...)); err != nil {
		return b, err
	}
	if out, err = l.Right.append(append(out, `,"right":`...)); err != nil {
		return b, err
	}
	out = appendOneLine(out, l.rest)
	return append(out, '}'), nil
}

func (end LinkEnd) append(b []byte) (out []byte, err error) {
	if out, err = appendString(append(b, `{"type":`...), end.Type); err != nil {
		return b, err
	}
	out = append(append(out, `,"ref":`...), end.Ref...)
	switch {
	case end.Field != "":
		if out, err = appendString(append(out, `,"field":`...), end.Field); err != nil {
			return b, err
		}
	case end.nulls.field:
		out = append(out, `,"field":null`...)
	}
	switch {
	case end.Pos != "":
		out = append(append(out, `,"pos":`...), end.Pos...)
	case end.nulls.pos:
		out = append(out, `,"pos":null`...)
	}
	out = appendOneLine(out, end.rest)
	return append(out, '}'), nil
}

// AppendJSON appends the JSON of c to b, in one line. It fails as that of [Entity]
// does.
func (c Config) AppendJSON(b []byte) ([]byte, error) {
	if err := c.check(); err != nil {
		return b, err
	}
	out, err := appendString(append(b, `{"type":`...), c.Type)
	if err != nil {
		return b, err
	}
	out = appendOneLine(append(out, `,"value":`...), c.Value)
	out = appendOneLine(out, c.rest)
	return append(out, '}'), nil
}

// MarshalJSON returns the JSON of e. Note that encoding/json escapes U+2028 and
// HTML in what a MarshalJSON method returned; AppendJSON keeps the bytes.
func (e Entity) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil) }

// MarshalJSON returns the JSON of l.
func (l Link) MarshalJSON() ([]byte, error) { return l.AppendJSON(nil) }

// MarshalJSON returns the JSON of c, as that of [Entity] does.
func (c Config) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil) }

// UnmarshalJSON sets e to what a zero [Parser] returns for a copy of text.
func (e *Entity) UnmarshalJSON(text []byte) (err error) {
	parsed, err := new(Parser).Entity(bytes.Clone(text))
	if err == nil {
		*e = parsed
	}
	return err
}

// UnmarshalJSON sets l to what a zero [Parser] returns for text.
func (l *Link) UnmarshalJSON(text []byte) error {
	parsed, err := new(Parser).Link(bytes.Clone(text))
	if err == nil {
		*l = parsed
	}
	return err
}

// UnmarshalJSON sets c to what a zero [Parser] returns for a copy of text.
func (c *Config) UnmarshalJSON(text []byte) error {
	parsed, err := new(Parser).Config(bytes.Clone(text))
	if err == nil {
		*c = parsed
	}
	return err
}

// check checks e, and its data unless that was checked before.
func (e *Entity) check() error {
	if e.Type == "" {
		return invalidf("an entity has no type")
	}
	if err := checkRef(e.ID); err != nil {
		return err
	}
	if !sameBytes(e.Data, e.checked) {
		if err := checkValue(e.Data, '{'); err != nil {
			return err
		}
		e.checked = e.Data
	}
	return nil
}

// check checks l.
func (l *Link) check() error {
	if l.Kind == "" || l.Relation == "" {
		return invalidf("a link has no kind or no relation")
	}
	for _, end := range [2]*LinkEnd{&l.Left, &l.Right} {
		if end.Type == "" {
			return invalidf("an end of a link has no type")
		}
		if err := checkRef(end.Ref); err != nil {
			return err
		}
		if end.Pos != "" && !isInteger(end.Pos) {
			if err := checkValue([]byte(end.Pos), '0'); err != nil {
				return err
			}
		}
	}
	return nil
}

// check checks c, and its value unless that was checked before.
func (c *Config) check() error {
	if c.Type == "" {
		return invalidf("a configuration has no type")
	}
	if !sameBytes(c.Value, c.checked) {
		if err := checkValue(c.Value, 0); err != nil {
			return err
		}
		c.checked = c.Value
	}
	return nil
}

// sameBytes reports whether a and b are the same part of the same memory.
func sameBytes(a, b []byte) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}

// checkValue returns an error unless value is one JSON value within the limit of
// depth, and of the kind, if one is given.
func checkValue(value []byte, kind jsontext.Kind) error {
	p := Parser{MaxRecord: -1}
	if err := p.begin(value); err != nil {
		return err
	}
	if found := p.decoder.PeekKind(); kind != 0 && found != kind && found != 0 {
		return invalidf("%s where %s must be", describe(found), describe(kind))
	}
	if _, err := p.value(); err != nil {
		return err
	}
	return p.end()
}

// appendString appends text as a JSON string.
func appendString(b []byte, text string) ([]byte, error) {
	out, err := jsontext.AppendQuote(b, text)
	if err != nil {
		return b, invalidf("a name is not valid UTF-8")
	}
	return out, nil
}

// appendOneLine appends valid JSON, without the line breaks that may stand between
// its tokens. Inside of strings JSON has none.
func appendOneLine[T string | json.RawMessage](b []byte, text T) []byte {
	start := len(b)
	b = append(b, text...)
	added := b[start:]
	if bytes.IndexByte(added, '\n') < 0 && bytes.IndexByte(added, '\r') < 0 {
		return b
	}
	kept := b[:start]
	for _, c := range added {
		if c != '\n' && c != '\r' {
			kept = append(kept, c)
		}
	}
	return kept
}

// size returns the length of the JSON of e, if its names need no escapes.
func (e Entity) size() int64 {
	return int64(len(`{"type":"","id":,"data":}`) + len(e.Type) + len(e.ID) + len(e.Data) + len(e.rest))
}

// size returns the length of the JSON of l, if its names need no escapes.
func (l Link) size() int64 {
	return int64(len(`{"kind":"","relation":"","left":,"right":}`)+len(l.Kind)+len(l.Relation)+len(l.rest)) +
		l.Left.size() + l.Right.size()
}

func (end LinkEnd) size() int64 {
	n := len(`{"type":"","ref":}`) + len(end.Type) + len(end.Ref) + len(end.rest)
	if end.Field != "" {
		n += len(`,"field":""`) + len(end.Field)
	} else if end.nulls.field {
		n += len(`,"field":null`)
	}
	if end.Pos != "" {
		n += len(`,"pos":`) + len(end.Pos)
	} else if end.nulls.pos {
		n += len(`,"pos":null`)
	}
	return int64(n)
}

// size returns the length of the JSON of c, if its names need no escapes.
func (c Config) size() int64 {
	return int64(len(`{"type":"","value":}`) + len(c.Type) + len(c.Value) + len(c.rest))
}
