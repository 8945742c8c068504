package datatransfer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
)

// Values of [Schema.ModelType].
const (
	ModelContentType = "contentType"
	ModelComponent   = "component"
)

// A Schema describes a content type or a component. Raw is the whole of it, byte for
// byte as it came; the other fields are read from it. A Schema without Raw, which a
// backend may write by hand, is encoded from the other fields.
type Schema struct {
	UID        string
	ModelType  string                     // ModelContentType or ModelComponent
	Attributes map[string]json.RawMessage // a JSON object for each attribute
	Raw        json.RawMessage
}

// Schemas are the schemas of an instance, in its order. No two have one UID.
type Schemas []Schema

// ParseSchemas returns the schemas of a sequence of JSON objects. It returns the
// first error that the sequence yields. A schema that cannot be parsed, and a UID
// that stands there twice, are errors that are [ErrInvalid].
func ParseSchemas(lines iter.Seq2[json.RawMessage, error]) (Schemas, error) {
	var schemas Schemas
	var p Parser
	known := make(map[string]bool)
	for line, err := range lines {
		if err != nil {
			return nil, err
		}
		where := fmt.Sprintf("schema %d", len(schemas)+1)
		schema, err := p.Schema(line)
		if err != nil {
			return nil, &RecordError{Where: where, Err: err}
		}
		if known[schema.UID] {
			return nil, &RecordError{Where: where, Err: invalidf("there are two schemas of %s", quote(schema.UID))}
		}
		known[schema.UID] = true
		schemas = append(schemas, schema)
	}
	return schemas, nil
}

// Lookup returns the schema with the UID, and reports whether there is one.
func (s Schemas) Lookup(uid string) (Schema, bool) {
	i := slices.IndexFunc(s, func(schema Schema) bool { return schema.UID == uid })
	if i < 0 {
		return Schema{}, false
	}
	return s[i], true
}

// Schema parses a schema.
func (p *Parser) Schema(text []byte) (Schema, error) {
	var s Schema
	err := p.record(text, func(name string, _ []byte) (err error) {
		switch name {
		case "uid":
			s.UID, err = p.stringMember(name)
		case "modelType":
			s.ModelType, err = p.stringMember(name)
		case "attributes":
			s.Attributes = make(map[string]json.RawMessage)
			err = p.members(func(name string, _ []byte) (err error) {
				s.Attributes[name], err = p.objectMember("an attribute")
				return err
			})
		default:
			_, err = p.value()
		}
		return err
	})
	switch {
	case err != nil:
		return Schema{}, err
	case s.UID == "":
		return Schema{}, invalidf("a schema has no uid")
	case s.ModelType != ModelContentType && s.ModelType != ModelComponent:
		return Schema{}, invalidf("the modelType of the schema of %s is neither %s nor %s",
			quote(s.UID), ModelContentType, ModelComponent)
	case s.Attributes == nil:
		return Schema{}, invalidf("the schema of %s has no attributes", quote(s.UID))
	}
	s.Raw = bytes.TrimSpace(text)
	return s, nil
}

// AppendJSON appends the JSON of s to b, in one line. It fails with [ErrInvalid],
// and returns b unchanged, if a Parser would not take it.
func (s Schema) AppendJSON(b []byte) ([]byte, error) {
	raw := s.json()
	p := Parser{MaxRecord: -1}
	if _, err := p.Schema(raw); err != nil {
		return b, err
	}
	return appendOneLine(b, raw), nil
}

// json returns Raw, or the JSON of the other fields if there is no Raw. It returns nil
// if an attribute is not JSON.
func (s Schema) json() json.RawMessage {
	if s.Raw != nil {
		return s.Raw
	}
	raw, err := json.Marshal(struct {
		UID        string                     `json:"uid"`
		ModelType  string                     `json:"modelType"`
		Attributes map[string]json.RawMessage `json:"attributes"`
	}{s.UID, s.ModelType, s.Attributes})
	if err != nil {
		return nil
	}
	return raw
}

// MarshalJSON returns the JSON of s.
func (s Schema) MarshalJSON() ([]byte, error) { return s.AppendJSON(nil) }

// UnmarshalJSON sets s to what a zero [Parser] returns for a copy of text.
func (s *Schema) UnmarshalJSON(text []byte) error {
	parsed, err := new(Parser).Schema(bytes.Clone(text))
	if err == nil {
		*s = parsed
	}
	return err
}
