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

var errComponentDepth = fmt.Errorf("%w: components are nested deeper than %d", ErrTooLarge, maxComponentDepth)

// A quickCheck tells whether an entity of a type can have anything that must be cut
// because it is protected. Looking for the names is much faster than parsing.
type quickCheck struct {
	names  [][]byte // in quotes
	always bool     // a name may be written in several ways, so that looking for it proves nothing
}

// quickCheckOf returns the quickCheck of a type. All types without a schema have one,
// because a source may name any number of them.
func (f *filter) quickCheckOf(uid string) *quickCheck {
	if _, known := f.here[uid]; !known {
		uid = ""
	}
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
			if model.protects(name) {
				names = append(names, name)
			}
		}
		for name, attribute := range model.attributes {
			if model.protects(name) {
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

// cut returns the data of e without the members that must not or cannot travel, and
// calls report with the reason for each. What stays keeps its bytes.
func (f *filter) cut(e Entity, report func(reason string) error) (json.RawMessage, error) {
	if f.there == nil && !f.quickCheckOf(e.Type).mayFind(e.Data) {
		return e.Data, nil
	}
	c := cutter{filter: f, report: report}
	there, limited := f.there[e.Type]
	return c.object(e.Data, f.here[e.Type], there, limited, []string{"documentId"}, 1)
}

// A cutter cuts members out of the data of one entity.
type cutter struct {
	filter *filter
	report func(reason string) error
}

// object cuts members out of an object. Unless limited, the destination takes any.
func (c cutter) object(text []byte, here, there model, limited bool, keep []string, depth int) ([]byte, error) {
	if depth > maxComponentDepth {
		return nil, errComponentDepth
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
		case here.protects(member.name) || limited && taken && there.protects(member.name):
			edit.cut(member)
			if err := c.report(DroppedProtected); err != nil {
				return nil, err
			}
		case limited && !taken:
			edit.cut(member)
			if err := c.report(DroppedUnknownAttribute); err != nil {
				return nil, err
			}
		default:
			value, err := c.value(text[member.value:member.end], here.attributes[member.name],
				there.attributes[member.name], limited, depth)
			switch {
			case err != nil:
				return nil, err
			case value == nil:
				edit.cut(member)
			default:
				edit.replace(member, value)
			}
		}
	}
	return edit.result(), nil
}

// value cuts members out of the components in the value of an attribute, and returns nil
// if nothing of it may stay.
func (c cutter) value(value []byte, here, there attribute, limited bool, depth int) ([]byte, error) {
	if len(here.components()) == 0 && len(there.components()) == 0 {
		return value, nil
	}
	switch value[0] {
	case '{':
		return c.component(value, here, there, limited, depth+1)
	case '[':
		return c.list(value, here, there, limited, depth+1)
	}
	return value, nil
}

// list cuts members out of a list of components.
func (c cutter) list(list []byte, here, there attribute, limited bool, depth int) ([]byte, error) {
	if depth > maxComponentDepth {
		return nil, errComponentDepth
	}
	items, err := c.filter.parser.spans(list)
	if err != nil {
		return nil, err
	}
	edit := editor{text: list}
	for _, item := range items {
		value, err := c.value(list[item.value:item.end], here, there, limited, depth)
		switch {
		case err != nil:
			return nil, err
		case value == nil:
			edit.cut(item)
		default:
			edit.replace(item, value)
		}
	}
	return edit.result(), nil
}

// component cuts members out of a component. It returns nil if it is one in a dynamic
// zone that the destination does not take there.
func (c cutter) component(object []byte, here, there attribute, limited bool, depth int) ([]byte, error) {
	hereUID, thereUID := here.component, there.component
	if here.kind == "dynamiczone" {
		uid, err := c.filter.parser.componentOf(object)
		if err != nil {
			return nil, err
		}
		if limited && !slices.Contains(there.zone, uid) {
			return nil, c.report(DroppedUnknownAttribute)
		}
		hereUID, thereUID = uid, uid
	}
	model, limited := c.filter.there[thereUID]
	return c.object(object, c.filter.here[hereUID], model, limited, []string{"documentId", "id", "__component"}, depth)
}

// componentOf returns the component that an item of a dynamic zone names, or "".
func (p *Parser) componentOf(item []byte) (string, error) {
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
