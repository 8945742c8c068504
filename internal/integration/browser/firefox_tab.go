package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"
)

// firefoxTab is a tab that is driven by WebDriver BiDi, and by scripts in the browser's own window for what that
// cannot do.
type firefoxTab struct {
	process     *firefoxProcess
	id          string // of the browsing context
	userContext string // which has the cookies and the storage
	ctx         context.Context
	cancel      func()
	watch       *watch
	document    string // the navigation that brought it; only for heard
	popup       bool   // the page opened it
}

// open opens a tab in the user context, or in a new one if it is "".
func (p *firefoxProcess) open(userContext string, w *watch) (tab, error) {
	f := &firefoxTab{process: p, userContext: userContext, watch: w}
	f.ctx, f.cancel = context.WithCancel(p.ctx)
	ctx, cancel := context.WithTimeout(f.ctx, patience)
	defer cancel()
	if userContext == "" {
		var created struct {
			UserContext string `json:"userContext"`
		}
		if err := p.send(ctx, "browser.createUserContext", map[string]any{}, &created); err != nil {
			return nil, err
		}
		f.userContext = created.UserContext
	}
	var created struct {
		Context string `json:"context"`
	}
	if err := p.send(ctx, "browsingContext.create", map[string]any{"type": p.kind(), "userContext": f.userContext},
		&created); err != nil {
		return nil, err
	}
	f.id = created.Context
	p.mu.Lock()
	p.tabs[f.id] = f
	p.active = f.id
	p.mu.Unlock()
	// Otherwise the Tab key leads from the last element of the page to the toolbar, which no test is about.
	if _, err := f.privileged(ctx, `context => {
		context.topChromeWindow.document.getElementById("navigator-toolbox").hidden = true
	}`); err != nil {
		return nil, err
	}
	return f, f.watchViolations(ctx)
}

// kind returns "tab", or "window" if there is a tab already: only one tab of a window is visible.
func (p *firefoxProcess) kind() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.tabs) > 0 {
		return "window"
	}
	return "tab"
}

func (f *firefoxTab) context() context.Context { return f.ctx }

func (f *firefoxTab) another(w *watch) (tab, error) { return f.process.open(f.userContext, w) }

func (f *firefoxTab) close() {
	ctx, cancel := context.WithTimeout(f.ctx, 10*time.Second)
	defer cancel()
	f.process.mu.Lock()
	maps.DeleteFunc(f.process.tabs, func(_ string, other *firefoxTab) bool { return other.watch == f.watch })
	f.process.mu.Unlock()
	f.process.send(ctx, "browsingContext.close", map[string]any{"context": f.id}, nil) // at the latest with the process
	f.cancel()
}

// send sends a command about this tab.
func (f *firefoxTab) send(ctx context.Context, method string, params map[string]any) error {
	params["context"] = f.id
	return f.process.send(ctx, method, params, nil)
}

// override sends a command that changes how things are for this tab.
func (f *firefoxTab) override(ctx context.Context, method string, params map[string]any) error {
	params["contexts"] = []string{f.id}
	return f.process.send(ctx, method, params, nil)
}

func (f *firefoxTab) evaluate(ctx context.Context, expression string) (json.RawMessage, error) {
	return f.process.script(ctx, "script.evaluate", f.id, map[string]any{"expression": expression})
}

// Nodes of Firefox are named by the indexes that lead to them from the document: "1,0,2".
func (f *firefoxTab) call(ctx context.Context, node, function string) (json.RawMessage, error) {
	return f.evaluate(ctx, fmt.Sprintf(
		`(%s).call(%q.split(",").filter(Boolean).reduce((node, i) => node.childNodes[i], document))`, function, node))
}

func (f *firefoxTab) onNewDocument(ctx context.Context, script string) error {
	return f.override(ctx, "script.addPreloadScript", map[string]any{"functionDeclaration": "() => {" + script + "\n}"})
}

func (f *firefoxTab) navigate(ctx context.Context, url string) error {
	return f.send(ctx, "browsingContext.navigate", map[string]any{"url": url, "wait": "complete"})
}

func (f *firefoxTab) reload(ctx context.Context) error {
	err := f.send(ctx, "browsingContext.reload", map[string]any{"wait": "none"})
	if err != nil && strings.Contains(err.Error(), "NS_ERROR_") {
		return nil // it shows why it cannot
	}
	return err
}

func (f *firefoxTab) travel(ctx context.Context, steps int64) error {
	return f.send(ctx, "browsingContext.traverseHistory", map[string]any{"delta": steps})
}

// activate gives the tab the focus.
func (f *firefoxTab) activate(ctx context.Context) error {
	f.process.mu.Lock()
	active := f.process.active == f.id
	f.process.active = f.id
	f.process.mu.Unlock()
	if active {
		return nil
	}
	return f.send(ctx, "browsingContext.activate", map[string]any{})
}

func (f *firefoxTab) perform(ctx context.Context, source map[string]any) error {
	if err := f.activate(ctx); err != nil {
		return err
	}
	return f.send(ctx, "input.performActions", map[string]any{"actions": []any{source}})
}

func (f *firefoxTab) click(ctx context.Context, x, y float64) error {
	return f.perform(ctx, map[string]any{"type": "pointer", "id": "mouse", "actions": []any{
		map[string]any{"type": "pointerMove", "x": int(math.Floor(x)), "y": int(math.Floor(y))},
		map[string]any{"type": "pointerDown", "button": 0},
		map[string]any{"type": "pointerUp", "button": 0},
	}})
}

// firefoxKeys are those of https://w3c.github.io/webdriver/#keyboard-actions.
var firefoxKeys = map[string]string{
	"Tab": "\uE004", "Enter": "\uE007", "Space": " ", "Escape": "\uE00C", "Backspace": "\uE003", "Delete": "\uE017",
	"Home": "\uE011", "End": "\uE010", "ArrowUp": "\uE013", "ArrowDown": "\uE015", "ArrowLeft": "\uE012",
	"ArrowRight": "\uE014", "Shift": "\uE008", "Control": "\uE009", "Alt": "\uE00A",
}

func (f *firefoxTab) press(ctx context.Context, chords ...chord) error {
	var actions []any
	move := func(kind, key string) {
		if named, ok := firefoxKeys[key]; ok {
			key = named
		}
		actions = append(actions, map[string]any{"type": kind, "value": key})
	}
	for _, c := range chords {
		for _, modifier := range c.modifiers {
			move("keyDown", modifier)
		}
		move("keyDown", c.key)
		move("keyUp", c.key)
		for _, modifier := range c.modifiers {
			move("keyUp", modifier)
		}
	}
	return f.perform(ctx, map[string]any{"type": "key", "id": "keyboard", "actions": actions})
}

func (f *firefoxTab) insert(ctx context.Context, text string) error {
	quoted, err := json.Marshal(text)
	if err != nil {
		return err
	}
	inserted, err := evaluate[bool](ctx, f, fmt.Sprintf(`document.execCommand("insertText", false, %s)`, quoted))
	if err == nil && !inserted {
		err = fmt.Errorf("nothing takes text")
	}
	return err
}
