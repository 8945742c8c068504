package browser

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// element is a node of the accessibility tree.
type element struct{ *accessibility.Node }

func (e element) role() string { return valueText(e.Role) }

func (e element) String() string { return Named(valueText(e.Role), valueText(e.Name)) }

// Named is how the tests write a role and an accessible name: button "Delete".
func Named(role, name string) string {
	if name == "" {
		return role
	}
	return fmt.Sprintf("%s %q", role, name)
}

// property returns what the accessibility tree says of e, such as "disabled",
// "checked", "expanded" or "invalid"; "" if it says nothing.
func (e element) property(name string) string {
	for _, p := range e.Properties {
		if string(p.Name) == name {
			return valueText(p.Value)
		}
	}
	return ""
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

// Call returns what a JavaScript function returns that has the element as this.
func Call[T any](ctx context.Context, e element, function string) (value T, err error) {
	resolved, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: e.BackendDOMNodeID})
	if err != nil {
		return value, err
	}
	return callOn[T](ctx, resolved.Object.ObjectID, function)
}

func callOn[T any](ctx context.Context, object runtime.RemoteObjectID, function string) (value T, err error) {
	yes := true
	result, err := chromedp.Call(ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: function, ObjectID: object, ReturnByValue: &yes, AwaitPromise: &yes,
	})
	if err != nil {
		return value, err
	}
	return decode[T](result.Result, result.ExceptionDetails)
}
