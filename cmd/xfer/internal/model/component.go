package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
)

// A Component is one that is nested in a record.
type Component struct {
	UID  string
	ID   string // as in links to it; "" if it has none
	Path string // in its record: "seo" or "blocks[2].image"
}

// Components returns the components in a record, at any depth.
func (m *Model) Components(record Record) iter.Seq[Component] {
	return func(yield func(Component) bool) {
		if t := m.types[record.Type]; t != nil {
			m.walk(t, record.Fields, "", yield)
		}
	}
}

func (m *Model) walk(t *Type, fields map[string]json.RawMessage, prefix string, yield func(Component) bool) bool {
	for name, attribute := range t.Attributes {
		if !attribute.nests() || len(fields[name]) == 0 {
			continue
		}
		for i, item := range items(fields[name]) {
			var nested map[string]json.RawMessage
			if json.Unmarshal(item, &nested) != nil || nested == nil {
				continue
			}
			component := Component{UID: attribute.Component, ID: numberOf(nested["id"]), Path: prefix + name}
			if component.UID == "" {
				component.UID = textOf(nested["__component"])
			}
			if i >= 0 {
				component.Path += fmt.Sprintf("[%d]", i)
			}
			if !yield(component) {
				return false
			}
			if inner := m.types[component.UID]; inner != nil && !m.walk(inner, nested, component.Path+".", yield) {
				return false
			}
		}
	}
	return true
}

// nests reports whether the attribute holds components.
func (a Attribute) nests() bool { return a.Type == "component" || a.Type == "dynamiczone" }

// items returns the elements of an array with their index, or the value itself with the index -1.
func items(value json.RawMessage) iter.Seq2[int, json.RawMessage] {
	return func(yield func(int, json.RawMessage) bool) {
		var list []json.RawMessage
		if json.Unmarshal(value, &list) != nil {
			yield(-1, value)
			return
		}
		for i, item := range list {
			if !yield(i, item) {
				return
			}
		}
	}
}

// members returns the members of an object in the order of its text, and nothing if it is not one.
func members(object json.RawMessage) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		decoder := json.NewDecoder(bytes.NewReader(object))
		if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
			return
		}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return
			}
			var value json.RawMessage
			if decoder.Decode(&value) != nil || !yield(name.(string), value) {
				return
			}
		}
	}
}

func numberOf(value json.RawMessage) string {
	var number json.Number
	if json.Unmarshal(value, &number) != nil {
		return ""
	}
	return number.String()
}

// Canonical returns a text that is equal for two values of a field if and only if they say the same: the order of
// members and the notation of strings don't count, and neither do the IDs of components, which every instance chooses
// itself.
func (m *Model) Canonical(record Record, field string) ([]byte, error) {
	if text := record.Fields[field]; isCanonical(text) {
		return text, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(record.Fields[field]))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("a field of %s is not JSON", record.Type)
	}
	if t := m.Type(record.Type); t != nil {
		m.dropIDs(t.Attributes[field], value)
	}
	return json.Marshal(value)
}

// isCanonical reports whether a value has only one notation: most fields do, and decoding is slow.
func isCanonical(value json.RawMessage) bool {
	switch value[0] {
	case '{', '[':
		return false
	case '"':
		return !bytes.ContainsAny(value, "\\<>&\u2028\u2029") // which json.Marshal escapes
	}
	return true
}

func (m *Model) dropIDs(attribute Attribute, value any) {
	if !attribute.nests() {
		return
	}
	if list, ok := value.([]any); ok {
		for _, item := range list {
			m.dropIDs(attribute, item)
		}
		return
	}
	component, ok := value.(map[string]any)
	if !ok {
		return
	}
	delete(component, "id")
	uid := attribute.Component
	if uid == "" {
		uid, _ = component["__component"].(string)
	}
	if inner := m.types[uid]; inner != nil {
		for name, value := range component {
			m.dropIDs(inner.Attributes[name], value)
		}
	}
}
