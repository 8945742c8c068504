package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// bidi is a connection that speaks WebDriver BiDi, https://w3c.github.io/webdriver-bidi/.
type bidi struct {
	conn *websocket.Conn
	hear func(method string, params json.RawMessage) // is called for one event after the other

	mu      sync.Mutex
	last    int
	waiting map[int]chan bidiMessage
	broken  error
}

type bidiMessage struct {
	ID      *int            `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   string          `json:"error"`
	Message string          `json:"message"`
}

// dialBidi connects to a browser. The connection ends with ctx.
func dialBidi(ctx context.Context, url string, hear func(method string, params json.RawMessage)) (*bidi, error) {
	conn, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(-1)
	b := &bidi{conn: conn, hear: hear, waiting: map[int]chan bidiMessage{}}
	go b.read(ctx)
	return b, nil
}

func (b *bidi) read(ctx context.Context) {
	for {
		var message bidiMessage
		if err := wsjson.Read(ctx, b.conn, &message); err != nil {
			b.fail(err)
			return
		}
		if message.ID == nil {
			b.hear(message.Method, message.Params)
			continue
		}
		b.mu.Lock()
		answer := b.waiting[*message.ID]
		delete(b.waiting, *message.ID)
		b.mu.Unlock()
		if answer != nil {
			answer <- message
		}
	}
}

func (b *bidi) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = fmt.Errorf("the connection to the browser is broken: %w", err)
	for _, answer := range b.waiting {
		close(answer)
	}
	clear(b.waiting)
}

// send sends a command and stores what it returns in result, unless that is nil.
func (b *bidi) send(ctx context.Context, method string, params map[string]any, result any) error {
	answer := make(chan bidiMessage, 1)
	b.mu.Lock()
	if b.broken != nil {
		defer b.mu.Unlock()
		return b.broken
	}
	b.last++
	id := b.last
	b.waiting[id] = answer
	b.mu.Unlock()
	command := map[string]any{"id": id, "method": method, "params": params}
	// Not with ctx, whose end would close the connection.
	if err := wsjson.Write(context.WithoutCancel(ctx), b.conn, command); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	case message, ok := <-answer:
		switch {
		case !ok:
			return b.broken
		case message.Error != "":
			return fmt.Errorf("%s: %s: %s", method, message.Error, message.Message)
		case result == nil:
			return nil
		}
		return json.Unmarshal(message.Result, result)
	}
}

// remoteValue is a JavaScript value as BiDi writes it.
type remoteValue struct {
	Type   string          `json:"type"`
	Value  json.RawMessage `json:"value"`
	Handle string          `json:"handle"`
}

// script runs script.evaluate or script.callFunction, and returns the result as JSON. Undefined is nil.
func (b *bidi) script(ctx context.Context, method, browsingContext string, params map[string]any) (
	json.RawMessage, error) {
	params["target"] = map[string]any{"context": browsingContext}
	params["awaitPromise"] = true
	params["resultOwnership"] = "root"
	params["serializationOptions"] = map[string]any{"maxObjectDepth": 0}
	var answer struct {
		Result           remoteValue `json:"result"`
		ExceptionDetails *struct {
			Text string `json:"text"`
		} `json:"exceptionDetails"`
	}
	if err := b.send(ctx, method, params, &answer); err != nil {
		return nil, err
	}
	if answer.ExceptionDetails != nil {
		return nil, errors.New(answer.ExceptionDetails.Text)
	}
	switch result := answer.Result; {
	case result.Type == "undefined":
		return nil, nil
	case result.Type == "number" && bytes.HasPrefix(result.Value, []byte(`"`)): // NaN, -0 and infinities
		return json.RawMessage("null"), nil
	case result.Handle != "":
		text, err := decode[string](b.script(ctx, "script.callFunction", browsingContext, map[string]any{
			"functionDeclaration": "JSON.stringify", "arguments": []any{map[string]any{"handle": result.Handle}},
		}))
		if text == "" { // a function
			return nil, err
		}
		return json.RawMessage(text), err
	default:
		return result.Value, nil
	}
}
