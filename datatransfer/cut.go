package datatransfer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxComponentDepth is how deep components may be nested in each other. Strapi's own
// limit is far below.
const maxComponentDepth = 32

// creatorFields are the relations to the user who created and who changed an entity.
// Strapi adds them to every type.
var creatorFields = []string{"createdBy", "updatedBy"}

// A quickCheck tells whether an entity of a type can have anything that must be cut
// because it is protected. Looking for the names is much faster than parsing.
type quickCheck struct {
	names  [][]byte // in quotes
	always bool     // a name may be written in several ways, so that looking for it proves nothing
}

// quickCheckOf returns the quickCheck of a type.
func (f *filter) quickCheckOf(uid string) *quickCheck {
	if known, ok := f.quickChecks[uid]; ok {
		return known
	}
	var names []string
	seen := map[string]bool{}
	var visit func(uid string)
	visit = func(uid string) {
		if seen[uid] {
			return
		}
		seen[uid] = true
		model := f.here[uid]
		for _, name := range creatorFields {
			if f.protects(model, name) {
				names = append(names, name)
			}
		}
		for name, attribute := range model.attributes {
			if f.protects(model, name) {
				names = append(names, name)
			}
			for _, component := range attribute.components() {
				visit(component)
			}
		}
	}
	visit(uid)
	check := &quickCheck{}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		quoted, err := jsontext.AppendQuote(nil, name)
		if err != nil || len(quoted) != len(name)+2 || strings.Contains(name, "/") {
			check.always = true
		}
		check.names = append(check.names, quoted)
	}
	f.quickChecks[uid] = check
	return check
}

// mayFind reports whether data may have a member with one of the names.
func (c *quickCheck) mayFind(data []byte) bool {
	if c.always || bytes.Contains(data, []byte(`\u`)) {
		return true
	}
	return slices.ContainsFunc(c.names, func(name []byte) bool { return bytes.Contains(data, name) })
}

// protects reports whether a member of an entity or component is a relation to a
// protected type. Relations are not in data, but a source may put them there.
func (f *filter) protects(model model, name string) bool {
	attribute, ok := model.attributes[name]
	if !ok {
		return slices.Contains(creatorFields, name)
	}
	target := attribute.relationTarget()
	return target != "" && IsProtected(target, f.start.Protected...)
}

// cut returns the data of e without the members that must not or cannot travel, and
// counts those. What stays keeps its bytes.
func (f *filter) cut(s *stream, e Entity) (json.RawMessage, error) {
	if f.there == nil && !f.quickCheckOf(e.Type).mayFind(e.Data) {
		return e.Data, nil
	}
	c := cutter{filter: f, stream: s}
	return c.entity(e.Data, e.Type)
}

// A cutter cuts members out of the data of one entity.
type cutter struct {
	filter *filter
	stream *stream
}

// A span is a member of an object or an item of an array: where its bytes are.
type span struct {
	start, value, end int // start is value for an item
	name              string
}

func (c cutter) entity(data json.RawMessage, uid string) (json.RawMessage, error) {
	there, known := c.filter.there[uid]
	return c.object(data, c.filter.here[uid], there, known, []string{"documentId"}, 1)
}

// component cuts a component that both sides may call differently. An empty uid stands
// for one that the side does not know.
func (c cutter) component(value []byte, here, there string, depth int) ([]byte, error) {
	if value[0] != '{' {
		return value, nil
	}
	model, known := c.filter.there[there]
	return c.object(value, c.filter.here[here], model, known, []string{"documentId", "id", "__component"}, depth+1)
}

// object cuts members out of an object. Unless limited, the destination takes any.
func (c cutter) object(text []byte, here, there model, limited bool, keep []string, depth int) ([]byte, error) {
	if depth > maxComponentDepth {
		return nil, fmt.Errorf("%w: components are nested deeper than %d", ErrTooLarge, maxComponentDepth)
	}
	members, err := c.filter.parser.spans(text)
	if err != nil {
		return nil, err
	}
	edit := editor{text: text}
	for _, member := range members {
		_, taken := there.attributes[member.name]
		switch {
		case slices.Contains(keep, member.name):
			edit.keep(member)
		case c.filter.protects(here, member.name) || limited && taken && c.filter.protects(there, member.name):
			edit.cut(member)
			c.stream.drop(DroppedProtected, 1)
		case limited && !taken:
			edit.cut(member)
			c.stream.drop(DroppedUnknownAttribute, 1)
		default:
			value, err := c.value(text[member.value:member.end], here.attributes[member.name],
				there.attributes[member.name], limited, depth)
			if err != nil {
				return nil, err
			}
			edit.replace(member, value)
		}
	}
	return edit.result(), nil
}

// value cuts members out of the components in the value of an attribute.
func (c cutter) value(value []byte, here, there attribute, limited bool, depth int) ([]byte, error) {
	if len(here.components()) == 0 && len(there.components()) == 0 || value[0] != '{' && value[0] != '[' {
		return value, nil
	}
	if value[0] == '{' {
		return c.component(value, here.Component, there.Component, depth)
	}
	items, err := c.filter.parser.spans(value)
	if err != nil {
		return nil, err
	}
	edit := editor{text: value}
	for _, item := range items {
		text := value[item.value:item.end]
		hereUID, thereUID := here.Component, there.Component
		if here.Type == "dynamiczone" {
			uid, err := c.filter.parser.componentOf(text)
			if err != nil {
				return nil, err
			}
			if limited && uid != "" && !slices.Contains(there.Components, uid) {
				edit.cut(item)
				c.stream.drop(DroppedUnknownAttribute, 1)
				continue
			}
			hereUID, thereUID = uid, uid
		}
		text, err := c.component(text, hereUID, thereUID, depth)
		if err != nil {
			return nil, err
		}
		edit.replace(item, text)
	}
	return edit.result(), nil
}

// spans returns the members or items of valid JSON, an object or array.
func (p *Parser) spans(text []byte) ([]span, error) {
	if err := p.begin(text, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, err
	}
	if _, err := p.decoder.ReadToken(); err != nil {
		return nil, p.syntaxError(err)
	}
	var spans []span
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

// componentOf returns the component that an item of a dynamic zone names, or "".
func (p *Parser) componentOf(item []byte) (string, error) {
	if item[0] != '{' {
		return "", nil
	}
	members, err := p.spans(item)
	if err != nil {
		return "", err
	}
	for _, member := range members {
		if value := item[member.value:member.end]; member.name == "__component" && value[0] == '"' {
			return p.unquote(value)
		}
	}
	return "", nil
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
