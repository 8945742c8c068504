package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Focused returns what has the focus, such as button "Delete", or "nothing".
func (p *Page) Focused() string {
	p.T.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	e, err := focusedElement(ctx)
	require.NoError(p.T, err)
	return e.String()
}

// AwaitFocus waits until an element with this role and name has the focus.
func (p *Page) AwaitFocus(role, name string) {
	p.T.Helper()
	p.Until("focus on "+Named(role, name), func(ctx context.Context) error {
		e, err := focusedElement(ctx)
		if err == nil && e.String() != Named(role, name) {
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
