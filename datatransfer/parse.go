package datatransfer

import (
	"bytes"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"
)

// The limits of a record.
const (
	MaxRecord = 16 << 20 // bytes of a record's JSON, unless a Parser is told otherwise
	MaxDepth  = 512      // how deep objects and arrays may be nested in a record
)

// A Parser parses records. The zero Parser is ready to use and takes records of up
// to [MaxRecord] bytes. A Parser that is used for many records is faster than the
// UnmarshalJSON methods, because it reuses memory. It must not be used by two
// goroutines at the same time.
//
// The methods take the text of one JSON value, with optional white space around it,
// and keep parts of it: the text must not be changed afterwards. They refuse text
// that is not JSON, is not UTF-8, names a member of an object twice, or lacks a
// member of the record, with an error that is [ErrInvalid]. They refuse text that is
// too long or too deep with an error that is [ErrTooLarge].
type Parser struct {
	MaxRecord int64 // 0: the constant of that name; negative: no limit

	text    []byte
	input   bytes.Buffer
	decoder jsontext.Decoder
	names   map[string]string
}

// Entity parses an entity.
func (p *Parser) Entity(text []byte) (Entity, error) {
	var e Entity
	var rest []byte
	err := p.record(text, func(name string, quoted []byte) (err error) {
		switch name {
		case "type":
			e.Type, err = p.stringMember(name)
		case "id":
			e.ID, err = p.refMember(name)
		case "data":
			e.Data, err = p.objectMember(name)
		default:
			rest, err = p.appendMember(rest, quoted)
		}
		return err
	})
	switch {
	case err != nil:
		return Entity{}, err
	case e.Type == "":
		return Entity{}, invalidf("an entity has no type")
	case e.ID == "":
		return Entity{}, invalidf("an entity has no id")
	case e.Data == nil:
		return Entity{}, invalidf("an entity has no data")
	}
	e.checked, e.rest = e.Data, string(rest)
	return e, nil
}

// Link parses a link.
func (p *Parser) Link(text []byte) (Link, error) {
	var l Link
	var left, right bool
	var rest []byte
	err := p.record(text, func(name string, quoted []byte) (err error) {
		switch name {
		case "kind":
			l.Kind, err = p.stringMember(name)
		case "relation":
			l.Relation, err = p.stringMember(name)
		case "left":
			left = true
			l.Left, err = p.linkEnd(name)
		case "right":
			right = true
			l.Right, err = p.linkEnd(name)
		default:
			rest, err = p.appendMember(rest, quoted)
		}
		return err
	})
	switch {
	case err != nil:
		return Link{}, err
	case l.Kind == "":
		return Link{}, invalidf("a link has no kind")
	case l.Relation == "":
		return Link{}, invalidf("a link has no relation")
	case !left || !right:
		return Link{}, invalidf("a link lacks one of its ends")
	}
	l.rest = string(rest)
	return l, nil
}

func (p *Parser) linkEnd(side string) (LinkEnd, error) {
	var end LinkEnd
	var rest []byte
	err := p.members(func(name string, quoted []byte) (err error) {
		switch name {
		case "type":
			end.Type, err = p.stringMember(name)
		case "ref":
			end.Ref, err = p.refMember(name)
		case "field":
			if end.nulls.field, err = p.nullMember(); !end.nulls.field && err == nil {
				end.Field, err = p.stringMember(name)
			}
		case "pos":
			if end.nulls.pos, err = p.nullMember(); !end.nulls.pos && err == nil {
				end.Pos, err = p.numberMember(name)
			}
		default:
			rest, err = p.appendMember(rest, quoted)
		}
		return err
	})
	switch {
	case err != nil:
		return LinkEnd{}, err
	case end.Type == "":
		return LinkEnd{}, invalidf("the %s end of a link has no type", side)
	case end.Ref == "":
		return LinkEnd{}, invalidf("the %s end of a link has no ref", side)
	}
	end.rest = string(rest)
	return end, nil
}

// Config parses a setting or webhook.
func (p *Parser) Config(text []byte) (Config, error) {
	var c Config
	var rest []byte
	err := p.record(text, func(name string, quoted []byte) (err error) {
		switch name {
		case "type":
			c.Type, err = p.stringMember(name)
		case "value":
			var value []byte
			value, err = p.value()
			c.Value = value
		default:
			rest, err = p.appendMember(rest, quoted)
		}
		return err
	})
	switch {
	case err != nil:
		return Config{}, err
	case c.Type == "":
		return Config{}, invalidf("a configuration has no type")
	case c.Value == nil:
		return Config{}, invalidf("a configuration has no value")
	}
	c.checked, c.rest = c.Value, string(rest)
	return c, nil
}

// Object checks that text is a JSON object, as the metadata of an asset must be,
// and returns it without the white space around it.
func (p *Parser) Object(text []byte) (json.RawMessage, error) {
	err := p.record(text, func(string, []byte) error {
		_, err := p.value()
		return err
	})
	if err != nil {
		return nil, err
	}
	return bytes.TrimSpace(text), nil
}
