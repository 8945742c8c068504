package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	pageapi "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// heard sorts out the events of p that are trouble.
func (p *Page) heard(event any) {
	p.watch.follow(event)
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.watch.note(exceptionTrouble, "%s", exceptionText(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		switch e.Type {
		case runtime.ConsoleAPICalledTypeError, runtime.ConsoleAPICalledTypeWarning, runtime.ConsoleAPICalledTypeAssert:
			var args []string
			for _, arg := range e.Args {
				args = append(args, objectText(arg))
			}
			p.watch.note(consoleTrouble, "%s: %s", e.Type, strings.Join(args, " "))
		}
	case *log.EventEntryAdded:
		p.watch.entry(e.Entry)
	case *audits.EventIssueAdded:
		p.watch.issue(e.Issue)
	case *runtime.EventBindingCalled:
		if e.Name == violationBinding {
			p.watch.note(cspTrouble, "%s", e.Payload)
		}
	case *pageapi.EventJavascriptDialogOpening:
		p.watch.note(dialogTrouble, "%s: %s", e.Type, e.Message)
		go p.answer(p.dialogs.Load())
	case *pageapi.EventFrameNavigated:
		if e.Frame.ParentID == "" {
			p.watch.navigated(e.Frame.LoaderID)
		}
	case *pageapi.EventWindowOpen:
		p.watch.note(windowTrouble, "%s", e.URL)
	case *inspector.EventTargetCrashed:
		p.watch.note(crashTrouble, "the page crashed")
	}
}

func (w *watch) entry(e *log.Entry) {
	text := fmt.Sprintf("%s: %s %s", e.Level, e.Text, e.URL)
	switch {
	case e.Level != log.EntryLevelError && e.Level != log.EntryLevelWarning:
	case e.Source == log.EntrySourceNetwork && strings.HasPrefix(e.Text, "Failed to load resource"):
		// the events of the network tell it as well
	case strings.Contains(e.Text, "Content Security Policy"):
		w.note(cspTrouble, "%s", text)
	default:
		w.note(consoleTrouble, "%s", text)
	}
}

func (w *watch) issue(issue *audits.InspectorIssue) {
	if csp := issue.Details.ContentSecurityPolicyIssueDetails; csp != nil {
		w.note(cspTrouble, "%s blocks %s %s", csp.ViolatedDirective, csp.ContentSecurityPolicyViolationType, csp.BlockedURL)
		return
	}
	if issue.Code == audits.InspectorIssueCodeGenericIssue {
		return // advice for autofill and the like
	}
	details, err := json.Marshal(issue.Details)
	if err != nil {
		details = []byte(err.Error())
	}
	w.note(issueTrouble, "%s %s", issue.Code, details)
}

// violationBinding is a function that documents have, which tells the tests what
// their Content Security Policy blocks.
const violationBinding = "transfertokenViolation"

func (p *Page) watchViolations() {
	p.T.Helper()
	Do(p, runtime.AddBinding, runtime.AddBindingParams{Name: violationBinding})
	Do(p, pageapi.AddScriptToEvaluateOnNewDocument, pageapi.AddScriptToEvaluateOnNewDocumentParams{Source: `{
		const tell = globalThis.` + violationBinding + `
		document.addEventListener("securitypolicyviolation", e =>
			tell(e.effectiveDirective + " blocks " + e.blockedURI + " at " + e.sourceFile + ":" + e.lineNumber))
	}`})
}

// acceptDialogs accepts the dialogs from now on, which are dismissed otherwise.
func (p *Page) acceptDialogs() { p.dialogs.Store(true) }

func (p *Page) answer(yes bool) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, pageapi.HandleJavaScriptDialog,
		pageapi.HandleJavaScriptDialogParams{Accept: yes}); err != nil {
		p.watch.note(dialogTrouble, "cannot be answered: %v", err)
	}
}
