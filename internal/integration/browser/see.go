package browser

import (
	"context"
	"fmt"
	"strings"
)

// See waits until s shows text, in which any white space is a space. What only
// screen readers get to know is shown; values of fields are not.
func (s Scope) See(text string) {
	s.Page.T.Helper()
	s.Page.Until(fmt.Sprintf("see %q", text), func(ctx context.Context) error {
		shown, err := s.shown(ctx)
		if err == nil && !strings.Contains(shown, text) {
			err = fmt.Errorf("there is: %s", shown)
		}
		return err
	})
}

// NotSee waits until s does not show text. It is content with a page that has
// not yet begun to show it: see something else first.
func (s Scope) NotSee(text string) {
	s.Page.T.Helper()
	s.Page.Until(fmt.Sprintf("do not see %q", text), func(ctx context.Context) error {
		shown, err := s.shown(ctx)
		if err == nil && strings.Contains(shown, text) {
			err = fmt.Errorf("there is: %s", shown)
		}
		return err
	})
}

func (s Scope) shown(ctx context.Context) (string, error) {
	root, err := s.root(ctx)
	if err != nil {
		return "", err
	}
	text, err := decode[string](s.Page.tab.call(ctx, root, visibleText))
	return strings.Join(strings.Fields(text), " "), err
}

const visibleText = `function() { return (this.body ?? this).innerText ?? "" }`

// text returns what the only element with this role and name shows.
func (s Scope) text(role, name string) (text string) {
	s.Page.T.Helper()
	s.Page.Until("text of "+Named(role, name), func(ctx context.Context) error {
		e, err := s.One(ctx, name, role)
		if err != nil {
			return err
		}
		text, err = Call[string](ctx, e, visibleText)
		return err
	})
	return strings.Join(strings.Fields(text), " ")
}
