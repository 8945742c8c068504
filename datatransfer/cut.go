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
		return c.component(value, here.component, there.component, depth)
	}
	items, err := c.filter.parser.spans(value)
	if err != nil {
		return nil, err
	}
	edit := editor{text: value}
	for _, item := range items {
		text := value[item.value:item.end]
		hereUID, thereUID := here.component, there.component
		if here.kind == "dynamiczone" {
			uid, err := c.filter.parser.componentOf(text)
			if err != nil {
				return nil, err
			}
			if limited && uid != "" && !slices.Contains(there.zone, uid) {
				edit.cut(item)
				if err := c.report(DroppedUnknownAttribute); err != nil {
					return nil, err
				}
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
