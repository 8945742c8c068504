package browser

import (
	"context"
	"encoding/json"
	"errors"

	pageapi "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

func (c *chromiumTab) evaluate(ctx context.Context, expression string) (json.RawMessage, error) {
	yes := true
	result, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression: expression, ReturnByValue: &yes, AwaitPromise: &yes,
	})
	if err != nil {
		return nil, err
	}
	return objectValue(result.Result, result.ExceptionDetails)
}

func (c *chromiumTab) call(ctx context.Context, node, function string) (json.RawMessage, error) {
	object, err := c.object(ctx, node)
	if err != nil {
		return nil, err
	}
	yes := true
	result, err := chromedp.Call(ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: function, ObjectID: object, ReturnByValue: &yes, AwaitPromise: &yes,
	})
	if err != nil {
		return nil, err
	}
	return objectValue(result.Result, result.ExceptionDetails)
}

func (c *chromiumTab) onNewDocument(ctx context.Context, script string) error {
	_, err := chromedp.Call(ctx, pageapi.AddScriptToEvaluateOnNewDocument,
		pageapi.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	return err
}

func objectValue(result *runtime.RemoteObject, thrown *runtime.ExceptionDetails) (json.RawMessage, error) {
	if thrown != nil {
		return nil, errors.New(exceptionText(thrown))
	}
	if len(result.Value) == 0 { // undefined
		return nil, nil
	}
	return json.RawMessage(result.Value), nil
}

func exceptionText(thrown *runtime.ExceptionDetails) string {
	text := thrown.Text
	if thrown.Exception != nil {
		text += " " + objectText(thrown.Exception)
	}
	return text
}

func objectText(o *runtime.RemoteObject) string {
	if o.Description != "" {
		return o.Description
	}
	var text string
	if json.Unmarshal(o.Value, &text) == nil {
		return text
	}
	return string(o.Value)
}
