package datatransfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// record parses text as one object. It calls member for each member, as members does.
func (p *Parser) record(text []byte, member func(name string, quoted []byte) error) error {
	if err := p.begin(text); err != nil {
		return err
	}
	if err := p.members(member); err != nil {
		return err
	}
	return p.end()
}

// begin checks the limits and makes text the input of the decoder.
func (p *Parser) begin(text []byte, opts ...jsontext.Options) error {
	limit := p.MaxRecord
	if limit == 0 {
		limit = MaxRecord
	}
	if limit > 0 && int64(len(text)) > limit {
		return fmt.Errorf("%w: a record has %d bytes, of at most %d", ErrTooLarge, len(text), limit)
	}
	if err := checkDepth(text); err != nil {
		return err
	}
	p.text = text
	p.input = *bytes.NewBuffer(text)
	p.decoder.Reset(&p.input, opts...)
	return nil
}

// end checks that nothing follows the value that was read.
func (p *Parser) end() error {
	if _, err := p.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return invalidf("more than one JSON value in a record")
	}
	return nil
}

// members reads an object. It calls member with the name of each member, as a
// string and as it stands in the text; member must read the value.
func (p *Parser) members(member func(name string, quoted []byte) error) error {
	if kind := p.decoder.PeekKind(); kind != '{' && kind != 0 {
		return invalidf("%s where an object must be", describe(kind))
	}
	if _, err := p.decoder.ReadToken(); err != nil {
		return p.syntaxError(err)
	}
	for p.decoder.PeekKind() != '}' {
		quoted, err := p.value()
		if err != nil {
			return err
		}
		name, err := p.unquote(quoted)
		if err != nil {
			return err
		}
		if err := member(name, quoted); err != nil {
			return err
		}
	}
	_, err := p.decoder.ReadToken()
	return p.syntaxError(err)
}

// value reads a value and returns its bytes, which are a part of the input.
func (p *Parser) value() ([]byte, error) {
	value, err := p.decoder.ReadValue()
	if err != nil {
		return nil, p.syntaxError(err)
	}
	end := p.decoder.InputOffset()
	start := end - int64(len(value))
	return p.text[start:end:end], nil
}

func (p *Parser) stringMember(name string) (string, error) {
	if kind := p.decoder.PeekKind(); kind != '"' && kind != 0 {
		return "", invalidf("%s is %s where a string must be", name, describe(kind))
	}
	value, err := p.value()
	if err != nil {
		return "", err
	}
	text, err := p.unquote(value)
	if err == nil && text == "" {
		err = invalidf("%s is empty", name)
	}
	return text, err
}

func (p *Parser) numberMember(name string) (json.Number, error) {
	if kind := p.decoder.PeekKind(); kind != '0' && kind != 0 {
		return "", invalidf("%s is %s where a number must be", name, describe(kind))
	}
	value, err := p.value()
	return json.Number(value), err
}

func (p *Parser) objectMember(name string) (json.RawMessage, error) {
	if kind := p.decoder.PeekKind(); kind != '{' && kind != 0 {
		return nil, invalidf("%s is %s where an object must be", name, describe(kind))
	}
	return p.value()
}

func (p *Parser) refMember(name string) (Ref, error) {
	value, err := p.value()
	if err != nil {
		return "", err
	}
	ref, err := parseRef(value)
	if err != nil {
		return "", invalidf("%s is neither an integer nor a string", name)
	}
	return ref, nil
}

// nullMember reports whether the next value is null, and reads it if it is.
func (p *Parser) nullMember() (bool, error) {
	if p.decoder.PeekKind() != 'n' {
		return false, nil
	}
	_, err := p.value()
	return err == nil, err
}

// appendMember reads the value of a member and appends a comma and the member to rest.
func (p *Parser) appendMember(rest, quoted []byte) ([]byte, error) {
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	rest = append(rest, ',')
	rest = append(rest, quoted...)
	rest = append(rest, ':')
	return append(rest, value...), nil
}

// unquote returns the string that quoted stands for. Short strings are kept and
// returned again, because a file names few types and fields many times.
func (p *Parser) unquote(quoted []byte) (string, error) {
	const longest, most = 128, 4096
	if bytes.IndexByte(quoted, '\\') >= 0 {
		return unquoteString(quoted)
	}
	text := quoted[1 : len(quoted)-1]
	if known, ok := p.names[string(text)]; ok {
		return known, nil
	}
	name := string(text)
	if len(name) <= longest && len(p.names) < most {
		if p.names == nil {
			p.names = make(map[string]string)
		}
		p.names[name] = name
	}
	return name, nil
}

// unquoteString returns the string that quoted stands for.
func unquoteString(quoted []byte) (string, error) {
	text, err := jsontext.AppendUnquote(nil, quoted)
	return string(text), err
}

// syntaxError turns an error of the decoder into one that quotes nothing of the input.
func (p *Parser) syntaxError(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName):
		return invalidf("a member of an object is named twice, near byte %d", p.decoder.InputOffset())
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return invalidf("the JSON ends too early, after %d bytes", len(p.text))
	case errors.As(err, &syntax):
		return invalidf("not valid JSON at byte %d", syntax.ByteOffset)
	}
	return invalidf("not valid JSON")
}

// describe names a kind of JSON value.
func describe(kind jsontext.Kind) string {
	switch kind {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '[':
		return "an array"
	case '{':
		return "an object"
	}
	return "something else"
}

// checkDepth returns an error if objects and arrays are nested deeper than MaxDepth.
// Counting brackets is much faster than following them, and most records have so few
// that counting is enough.
func checkDepth(text []byte) error {
	if bytes.Count(text, []byte("{"))+bytes.Count(text, []byte("[")) <= MaxDepth {
		return nil
	}
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("%w: a record is nested deeper than %d", ErrTooLarge, MaxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}
