package browser

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// evaluate returns the value of a JavaScript expression, or of the promise that
// it is. No Content Security Policy keeps it from that.
func evaluate[T any](ctx context.Context, expression string) (value T, err error) {
	yes := true
	result, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression: expression, ReturnByValue: &yes, AwaitPromise: &yes,
	})
	if err != nil {
		return value, err
	}
	return decode[T](result.Result, result.ExceptionDetails)
}

// Eval is an evaluate that has to succeed.
func Eval[T any](p *Page, expression string) T {
	p.T.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	value, err := evaluate[T](ctx, expression)
	require.NoError(p.T, err, expression)
	return value
}

func decode[T any](result *runtime.RemoteObject, thrown *runtime.ExceptionDetails) (value T, err error) {
	if thrown != nil {
		return value, errors.New(exceptionText(thrown))
	}
	if len(result.Value) == 0 { // undefined
		return value, nil
	}
	return value, json.Unmarshal(result.Value, &value)
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
