package browser

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Nodes of Chromium are named by their backend IDs.

func backendID(node string) (cdp.BackendNodeID, error) {
	id, err := strconv.ParseInt(node, 10, 64)
	return cdp.BackendNodeID(id), err
}

// object returns the JavaScript object of a node.
func (c *chromiumTab) object(ctx context.Context, node string) (runtime.RemoteObjectID, error) {
	if node == "" {
		document, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
		if err != nil {
			return "", err
		}
		return document.Result.ObjectID, nil
	}
	id, err := backendID(node)
	if err != nil {
		return "", err
	}
	resolved, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: id})
	if err != nil {
		return "", err
	}
	return resolved.Object.ObjectID, nil
}

func (c *chromiumTab) find(ctx context.Context, node, role, name string) ([]element, error) {
	params := accessibility.QueryAXTreeParams{Role: role, AccessibleName: name}
	var err error
	if node == "" {
		params.ObjectID, err = c.object(ctx, node)
	} else {
		params.BackendNodeID, err = backendID(node)
	}
	if err != nil {
		return nil, err
	}
	result, err := chromedp.Call(ctx, accessibility.QueryAXTree, params)
	if err != nil {
		return nil, err
	}
	var found []element
	for _, n := range result.Nodes {
		if !n.Ignored { // hidden from a screen reader
			found = append(found, c.element(n))
		}
	}
	return found, nil
}

func (c *chromiumTab) findHolding(ctx context.Context, node, role, name string) (found []element, err error) {
	all, err := c.find(ctx, node, role, "")
	for _, e := range all {
		inside, err := c.find(ctx, e.node, "", name)
		if err != nil {
			return nil, err
		}
		if len(inside) > 0 {
			found = append(found, e)
		}
	}
	return found, err
}

const activeElement = `(() => {
	let active = document.activeElement
	while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
	return active
})()`

func (c *chromiumTab) focused(ctx context.Context) (element, error) {
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
	return c.element(tree.Nodes[0]), nil
}

func (c *chromiumTab) element(n *accessibility.Node) element {
	e := element{
		tab: c, node: strconv.FormatInt(int64(n.BackendDOMNodeID), 10),
		role: valueText(n.Role), name: valueText(n.Name), description: valueText(n.Description),
		properties: map[string]string{},
	}
	for _, p := range n.Properties {
		e.properties[string(p.Name)] = valueText(p.Value)
	}
	return e
}

func valueText(v *accessibility.Value) string {
	if v == nil || len(v.Value) == 0 {
		return ""
	}
	var text string
	if json.Unmarshal(v.Value, &text) == nil {
		return text
	}
	return string(v.Value)
}
