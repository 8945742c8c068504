package browser

import (
	"context"
	"fmt"
)

// awaitCount waits until s has n elements with this role and name.
func (s scope) awaitCount(n int, role, name string) {
	s.page.t.Helper()
	s.page.until(fmt.Sprintf("%d of %s", n, named(role, name)), func(ctx context.Context) error {
		found, err := s.all(ctx, role, name)
		if err == nil && len(found) != n {
			err = fmt.Errorf("there are %d in:\n%s", len(found), s.outline(ctx))
		}
		return err
	})
}

// state returns the state of an element for a screen reader, such as whether it
// is "disabled", "checked", "expanded" or "invalid"; "" for nothing.
func (s scope) state(property, role, name string) (state string) {
	s.page.t.Helper()
	s.page.until(property+" of "+named(role, name), func(ctx context.Context) error {
		e, err := s.one(ctx, name, role)
		state = ""
		if err == nil {
			state = e.property(property)
		}
		return err
	})
	return state
}

// description returns the accessible description of an element.
func (s scope) description(role, name string) (text string) {
	s.page.t.Helper()
	s.page.until("description of "+named(role, name), func(ctx context.Context) error {
		e, err := s.one(ctx, name, role)
		if err == nil {
			text = valueText(e.Description)
		}
		return err
	})
	return text
}
