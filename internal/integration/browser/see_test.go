package browser

import (
	"context"
	"fmt"
	"strings"
)

// see waits until s shows text, in which any white space is a space. What only
// screen readers get to know is shown; values of fields are not.
func (s scope) see(text string) {
	s.page.t.Helper()
	s.page.until(fmt.Sprintf("see %q", text), func(ctx context.Context) error {
		shown, err := s.shown(ctx)
		if err == nil && !strings.Contains(shown, text) {
			err = fmt.Errorf("there is: %s", shown)
		}
		return err
	})
}

// notSee waits until s does not show text. It is content with a page that has
// not yet begun to show it: see something else first.
func (s scope) notSee(text string) {
	s.page.t.Helper()
	s.page.until(fmt.Sprintf("do not see %q", text), func(ctx context.Context) error {
		shown, err := s.shown(ctx)
		if err == nil && strings.Contains(shown, text) {
			err = fmt.Errorf("there is: %s", shown)
		}
		return err
	})
}

func (s scope) shown(ctx context.Context) (string, error) {
	root, err := s.root(ctx)
	if err != nil {
		return "", err
	}
	text, err := callOn[string](ctx, root, visibleText)
	return strings.Join(strings.Fields(text), " "), err
}

const visibleText = `function() { return (this.body ?? this).innerText ?? "" }`

// text returns what the only element with this role and name shows.
func (s scope) text(role, name string) (text string) {
	s.page.t.Helper()
	s.page.until("text of "+named(role, name), func(ctx context.Context) error {
		e, err := s.one(ctx, name, role)
		if err != nil {
			return err
		}
		text, err = call[string](ctx, e, visibleText)
		return err
	})
	return strings.Join(strings.Fields(text), " ")
}
