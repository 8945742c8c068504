package browser

import (
	"context"
	"fmt"

	"github.com/stretchr/testify/require"
)

// Focused returns what has the focus, such as button "Delete", or "nothing".
func (p *Page) Focused() string {
	p.T.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	e, err := p.tab.focused(ctx)
	require.NoError(p.T, err)
	return e.String()
}

// AwaitFocus waits until an element with this role and name has the focus.
func (p *Page) AwaitFocus(role, name string) {
	p.T.Helper()
	p.Until("focus on "+Named(role, name), func(ctx context.Context) error {
		e, err := p.tab.focused(ctx)
		if err == nil && e.String() != Named(role, name) {
			err = fmt.Errorf("the focus is on %s", e)
		}
		return err
	})
}

var nothing = element{role: "nothing"}
