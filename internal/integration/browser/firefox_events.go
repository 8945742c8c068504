package browser

import (
	"context"
	"encoding/json"
	"strings"
)

var firefoxEvents = []string{
	"browsingContext.contextCreated", "browsingContext.navigationStarted", "browsingContext.navigationCommitted",
	"browsingContext.userPromptOpened", "log.entryAdded", "network.beforeRequestSent", "network.fetchError",
	"network.responseCompleted", "network.responseStarted", "script.message",
}

// firefoxEvent has the fields of all of them that count here.
type firefoxEvent struct {
	Context        string `json:"context"`
	OriginalOpener string `json:"originalOpener"`
	Navigation     string `json:"navigation"`
	URL            string `json:"url"`
	Message        string `json:"message"`
	Type           string `json:"type"`
	Level          string `json:"level"`
	Method         string `json:"method"`
	Text           string `json:"text"`
	ErrorText      string `json:"errorText"`
	Source         struct {
		Context string `json:"context"`
	} `json:"source"`
	Request struct {
		Request     string `json:"request"`
		Method      string `json:"method"`
		URL         string `json:"url"`
		Destination string `json:"destination"`
	} `json:"request"`
	Response struct {
		Status int `json:"status"`
	} `json:"response"`
	Data struct {
		Value string `json:"value"`
	} `json:"data"`
}

// heard hands an event to its tab.
func (p *firefoxProcess) heard(method string, params json.RawMessage) {
	var e firefoxEvent
	if err := json.Unmarshal(params, &e); err != nil {
		e.Message = err.Error()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if opener := p.tabs[e.OriginalOpener]; method == "browsingContext.contextCreated" && opener != nil {
		p.tabs[e.Context] = &firefoxTab{process: p, id: e.Context, watch: opener.watch, popup: true}
		return
	}
	f := p.tabs[e.Context]
	if f == nil {
		f = p.tabs[e.Source.Context]
	}
	if f != nil {
		f.heard(method, e)
	}
}

// heard sorts out the events that are trouble.
func (f *firefoxTab) heard(method string, e firefoxEvent) {
	w := f.watch
	if f.popup {
		if method == "browsingContext.navigationStarted" {
			w.note(windowTrouble, "%s", e.URL)
		}
		return
	}
	switch method {
	case "log.entryAdded":
		switch {
		case e.Type == "javascript" && strings.HasPrefix(e.Text, "Content-Security-Policy: "):
			w.note(cspTrouble, "%s", e.Text)
		case e.Type == "javascript" && e.Level == "error":
			w.note(exceptionTrouble, "%s", e.Text)
		case e.Type == "javascript" && e.Level == "warn":
			w.note(consoleTrouble, "warning: %s", e.Text)
		case e.Level == "error" || e.Method == "assert":
			w.note(consoleTrouble, "error: %s", e.Text)
		case e.Level == "warn":
			w.note(consoleTrouble, "warning: %s", e.Text)
		}
	case "script.message":
		kind, text, _ := strings.Cut(e.Data.Value, ": ")
		w.note(kind, "%s", text)
	case "browsingContext.userPromptOpened":
		w.note(DialogTrouble, "%s: %s", e.Type, e.Message)
		go f.answer(w.acceptsDialogs.Load())
	case "browsingContext.navigationCommitted":
		f.document = e.Navigation
		w.navigated(f.document)
	case "network.beforeRequestSent":
		document := f.document
		if e.Navigation != "" {
			document = e.Navigation
		}
		w.sent(e.Request.Request, e.Request.Method, e.Request.URL, document, e.Request.Method == tellsNoFailureOf)
	case "network.responseStarted":
		w.answered(e.Request.Request)
		if e.Response.Status >= 400 {
			w.note(statusTrouble, "%d %s %s", e.Response.Status, e.Request.Method, e.Request.URL)
		}
	case "network.responseCompleted":
		w.done(e.Request.Request)
	case "network.fetchError":
		f.failed(e)
	}
}

// tellsNoFailureOf is the method of requests whose lost answer Firefox 153 reports by no event.
const tellsNoFailureOf = "PUT"

// chromiumErrors are the names that Chromium has for errors of the network, so that tests need one only.
var chromiumErrors = map[string]string{
	"NS_ERROR_NET_EMPTY_RESPONSE": "ERR_EMPTY_RESPONSE",
	"NS_ERROR_NET_RESET":          "ERR_EMPTY_RESPONSE",
	"NS_ERROR_NET_INTERRUPT":      "ERR_EMPTY_RESPONSE",
	"NS_ERROR_OFFLINE":            "ERR_INTERNET_DISCONNECTED",
}

func (f *firefoxTab) failed(e firefoxEvent) {
	f.watch.done(e.Request.Request)
	if e.ErrorText == "NS_BINDING_ABORTED" {
		return // somebody left the page
	}
	f.watch.note(NetworkTrouble, "%s %s %s %s", chromiumErrors[e.ErrorText], e.ErrorText, e.Request.Method, e.Request.URL)
}

// watchViolations makes documents tell what their Content Security Policy blocks, and that they are in quirks mode.
func (f *firefoxTab) watchViolations(ctx context.Context) error {
	return f.override(ctx, "script.addPreloadScript", map[string]any{
		"functionDeclaration": `tell => {
			document.addEventListener("securitypolicyviolation", e => tell("` + cspTrouble + `: " +
				e.effectiveDirective + " blocks " + e.blockedURI + " at " + e.sourceFile + ":" + e.lineNumber))
			document.addEventListener("DOMContentLoaded", () => {
				if (document.compatMode === "BackCompat") tell("` + issueTrouble + `: QuirksModeIssue")
			})
		}`,
		"arguments": []any{map[string]any{"type": "channel", "value": map[string]any{"channel": "trouble"}}},
	})
}

func (f *firefoxTab) answer(yes bool) {
	ctx, cancel := context.WithTimeout(f.ctx, patience)
	defer cancel()
	if err := f.send(ctx, "browsingContext.handleUserPrompt", map[string]any{"accept": yes}); err != nil {
		f.watch.note(DialogTrouble, "cannot be answered: %v", err)
	}
}
