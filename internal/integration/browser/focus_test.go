package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// focused returns what has the focus, such as button "Delete", or "nothing".
func (p *page) focused() string {
	p.t.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	e, err := focusedElement(ctx)
	require.NoError(p.t, err)
	return e.String()
}

// awaitFocus waits until an element with this role and name has the focus.
func (p *page) awaitFocus(role, name string) {
	p.t.Helper()
	p.until("focus on "+named(role, name), func(ctx context.Context) error {
		e, err := focusedElement(ctx)
		if err == nil && e.String() != named(role, name) {
			err = fmt.Errorf("the focus is on %s", e)
		}
		return err
	})
}

const activeElement = `(() => {
	let active = document.activeElement
	while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
	return active
})()`

var nothing = element{&accessibility.Node{Role: &accessibility.Value{Value: []byte(`"nothing"`)}}}

func focusedElement(ctx context.Context) (element, error) {
	active, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: activeElement})
	if err != nil {
		return element{}, err
	}
	alone := false
	tree, err := chromedp.Call(ctx, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{
		ObjectID: active.Result.ObjectID, FetchRelatives: &alone,
	})
	if err != nil {
		return element{}, err
	}
	if len(tree.Nodes) == 0 || tree.Nodes[0].Ignored {
		return nothing, nil
	}
	return element{tree.Nodes[0]}, nil
}
