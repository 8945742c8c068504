package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Scope is a part of a page: the whole document, or an element in it.
type Scope struct {
	Page *Page
	path []step
}

// step leads from a scope to one inside of it.
type step struct {
	role, name string
	holding    bool // name is that of something in the element
}

func (s step) String() string {
	if s.holding {
		return fmt.Sprintf("%s with %q", s.role, s.name)
	}
	return Named(s.role, s.name)
}

// In returns the part of s that has this role and name, such as a dialog. ""
// stands for any name.
func (s Scope) In(role, name string) Scope { return s.then(step{role: role, name: name}) }

// With returns the part of s that has this role and holds something that has
// exactly this name or text, such as the row of a table.
func (s Scope) With(role, name string) Scope {
	return s.then(step{role: role, name: name, holding: true})
}

func (s Scope) then(next step) Scope { return Scope{s.Page, append(slices.Clip(s.path), next)} }

// root returns the node of s.
func (s Scope) root(ctx context.Context) (node string, err error) {
	for _, next := range s.path {
		found, err := next.find(ctx, s.Page.tab, node)
		if err != nil {
			return "", err
		}
		if len(found) != 1 {
			return "", fmt.Errorf("%d of %s", len(found), next)
		}
		node = found[0].node
	}
	return node, nil
}

func (s step) find(ctx context.Context, t tab, node string) ([]element, error) {
	if s.holding {
		return t.findHolding(ctx, node, s.role, s.name)
	}
	return t.find(ctx, node, s.role, s.name)
}

// all returns the elements that have this role and name; "" stands for any.
func (s Scope) all(ctx context.Context, role, name string) ([]element, error) {
	root, err := s.root(ctx)
	if err != nil {
		return nil, err
	}
	return s.Page.tab.find(ctx, root, role, name)
}

// One returns the only element that has one of these roles and this name.
func (s Scope) One(ctx context.Context, name string, roles ...string) (element, error) {
	var found []element
	for _, role := range roles {
		more, err := s.all(ctx, role, name)
		if err != nil {
			return element{}, err
		}
		found = append(found, more...)
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return element{}, fmt.Errorf("%d of %s in:\n%s", len(found), Named(strings.Join(roles, ", "), name), s.outline(ctx))
}

// outline lists what somebody can find in s, for messages.
func (s Scope) outline(ctx context.Context) string {
	all, err := s.all(ctx, "", "")
	if err != nil {
		return err.Error()
	}
	var lines []string
	for _, e := range all {
		switch e.role {
		case "none", "generic", "InlineTextBox", "StaticText", "LineBreak":
		default:
			lines = append(lines, "\t"+e.String())
		}
	}
	return strings.Join(lines, "\n")
}
