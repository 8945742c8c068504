package browser

import (
	"context"
	"fmt"
)

// AwaitCount waits until s has n elements with this role and name.
func (s Scope) AwaitCount(n int, role, name string) {
	s.Page.T.Helper()
	s.Page.Until(fmt.Sprintf("%d of %s", n, Named(role, name)), func(ctx context.Context) error {
		found, err := s.all(ctx, role, name)
		if err == nil && len(found) != n {
			err = fmt.Errorf("there are %d in:\n%s", len(found), s.outline(ctx))
		}
		return err
	})
}

// State returns the state of an element for a screen reader, such as whether it
// is "disabled", "checked", "expanded" or "invalid"; "" for nothing.
func (s Scope) State(property, role, name string) (state string) {
	s.Page.T.Helper()
	s.Page.Until(property+" of "+Named(role, name), func(ctx context.Context) error {
		e, err := s.One(ctx, name, role)
		state = ""
		if err == nil {
			state = e.properties[property]
		}
		return err
	})
	return state
}

// Description returns the accessible description of an element.
func (s Scope) Description(role, name string) (text string) {
	s.Page.T.Helper()
	s.Page.Until("description of "+Named(role, name), func(ctx context.Context) error {
		e, err := s.One(ctx, name, role)
		if err == nil {
			text = e.description
		}
		return err
	})
	return text
}
