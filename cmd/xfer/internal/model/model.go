// Package model reads schemas, to say how a record is called and what it holds.
package model

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A Model knows the content types and components of an instance.
type Model struct {
	types map[string]*Type
}

// A Type is a content type or a component.
type Type struct {
	UID        string
	Name       string // for people, from info.displayName; may be ""
	Component  bool
	Order      []string // of Attributes, as in the schema
	Attributes map[string]Attribute
}

// An Attribute is a field of a type.
type Attribute struct {
	Type       string   `json:"type"`
	Component  string   `json:"component"`
	Components []string `json:"components"`
	Repeatable bool     `json:"repeatable"`
	Relation   string   `json:"relation"`
	Target     string   `json:"target"`
}

// Details returns what an attribute of a relation or component leads to, for people.
func (a Attribute) Details() string {
	switch {
	case a.Type == "relation" && a.Target != "":
		return a.Relation + " " + a.Target
	case a.Type == "relation":
		return a.Relation
	case a.Type == "component" && a.Repeatable:
		return a.Component + ", repeatable"
	case a.Type == "component":
		return a.Component
	case a.Type == "dynamiczone":
		return strings.Join(a.Components, ", ")
	}
	return ""
}

// New reads the schemas of one or more instances. Of types and attributes that several have, the first one counts, but
// one that holds components comes before one that doesn't. An attribute of an unknown shape is kept without details.
func New(instances ...datatransfer.Schemas) *Model {
	m := &Model{types: map[string]*Type{}}
	for _, schemas := range instances {
		for _, schema := range schemas {
			m.add(schema)
		}
	}
	return m
}

func (m *Model) add(schema datatransfer.Schema) {
	t := m.types[schema.UID]
	if t == nil {
		var raw struct{ Info struct{ DisplayName string } }
		_ = json.Unmarshal(schema.Raw, &raw)
		t = &Type{
			UID:        schema.UID,
			Name:       raw.Info.DisplayName,
			Component:  schema.ModelType == datatransfer.ModelComponent,
			Order:      attributeOrder(schema.Raw),
			Attributes: make(map[string]Attribute, len(schema.Attributes)),
		}
		m.types[schema.UID] = t
	}
	for name, definition := range schema.Attributes {
		var attribute Attribute
		_ = json.Unmarshal(definition, &attribute)
		if known, ok := t.Attributes[name]; !ok || attribute.nests() && !known.nests() {
			t.Attributes[name] = attribute
		}
	}
}

// Type returns a type by its UID, or nil.
func (m *Model) Type(uid string) *Type { return m.types[uid] }

// attributeOrder returns the names of a schema's attributes in the order of its text.
func attributeOrder(schema json.RawMessage) []string {
	var raw struct{ Attributes json.RawMessage }
	if json.Unmarshal(schema, &raw) != nil {
		return nil
	}
	var order []string
	for name := range members(raw.Attributes) {
		order = append(order, name)
	}
	return order
}

// A Record is an entity, taken apart.
type Record struct {
	Type   string
	Key    string // what it has in common with its counterpart elsewhere, for people: "abc (en, draft)"
	Fields map[string]json.RawMessage
}

// Record takes an entity apart. Its key is made of its documentId, its locale and whether it is a draft, or of its ID
// if there is no documentId, as in archives of Strapi 4. The key doesn't depend on schemas, because those of two
// instances may differ.
func (m *Model) Record(entity datatransfer.Entity) (Record, error) {
	record := Record{Type: entity.Type}
	if err := json.Unmarshal(entity.Data, &record.Fields); err != nil {
		return record, fmt.Errorf("an entity of %s: its data is not an object", entity.Type)
	}
	record.Key = textOf(record.Fields["documentId"])
	if record.Key == "" {
		record.Key = "id " + RefText(entity.ID)
	}
	var details []string
	if locale := textOf(record.Fields["locale"]); locale != "" {
		details = append(details, locale)
	}
	if string(record.Fields["publishedAt"]) == "null" {
		details = append(details, "draft")
	}
	if len(details) > 0 {
		record.Key += " (" + strings.Join(details, ", ") + ")"
	}
	return record, nil
}

// RefText returns a reference as text: 3 or a document ID.
func RefText(ref datatransfer.Ref) string {
	if text, ok := ref.Text(); ok {
		return text
	}
	return string(ref)
}

func textOf(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}

// ConfigKey returns what a record of the configuration has in common with its counterpart elsewhere.
func ConfigKey(record Record) string {
	if record.Type == datatransfer.ConfigWebhook {
		return textOf(record.Fields["name"])
	}
	key := textOf(record.Fields["key"])
	for _, field := range []string{"environment", "tag"} {
		if detail := textOf(record.Fields[field]); detail != "" {
			key += " (" + field + " " + detail + ")"
		}
	}
	return key
}
