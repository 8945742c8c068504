package browser

import (
	"context"
	_ "embed"
	"encoding/json"
)

// finder runs beside the page, as part of the browser, and asks the accessibility service of Firefox.
//
//go:embed firefox_finder.js
var finder string

// ask sends a question to the finder.
func (f *firefoxTab) ask(ctx context.Context, question map[string]any) ([]element, error) {
	data, err := f.privileged(ctx, `(context, question, finder) => new Promise((done, fail) => {
		if (!globalThis.questions) {
			globalThis.questions = 0
			Services.mm.loadFrameScript("data:application/javascript;charset=utf-8," + encodeURIComponent(finder), true)
		}
		const messages = context.embedderElement.messageManager
		question.id = ++globalThis.questions
		const timer = setTimeout(() => { end(), fail(new Error("there is no document")) }, 5000)
		const hear = ({data}) => {
			if (data.id === question.id) end(), data.error ? fail(new Error(data.error)) : done(data.found)
		}
		const end = () => { clearTimeout(timer), messages.removeMessageListener("transfertoken:found", hear) }
		messages.addMessageListener("transfertoken:found", hear)
		messages.sendAsyncMessage("transfertoken:find", question)
	})`, question, finder)
	if err != nil {
		return nil, err
	}
	var found []struct {
		Node, Role, Name, Description string
		Properties                    map[string]string
	}
	if err := json.Unmarshal(data, &found); err != nil {
		return nil, err
	}
	var elements []element
	for _, e := range found {
		elements = append(elements, element{f, e.Node, e.Role, e.Name, e.Description, e.Properties})
	}
	return elements, nil
}

func (f *firefoxTab) find(ctx context.Context, node, role, name string) ([]element, error) {
	return f.ask(ctx, map[string]any{"node": node, "role": role, "name": name})
}

func (f *firefoxTab) findHolding(ctx context.Context, node, role, name string) ([]element, error) {
	return f.ask(ctx, map[string]any{"node": node, "role": role, "holding": name})
}

func (f *firefoxTab) focused(ctx context.Context) (element, error) {
	found, err := f.ask(ctx, map[string]any{"focused": true})
	if err != nil || len(found) == 0 {
		return nothing, err
	}
	return found[0], nil
}
