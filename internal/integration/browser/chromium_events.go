package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	pageapi "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// heard sorts out the events that are trouble.
func (c *chromiumTab) heard(event any) {
	c.watch.follow(event)
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		c.watch.note(exceptionTrouble, "%s", exceptionText(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		switch e.Type {
		case runtime.ConsoleAPICalledTypeError, runtime.ConsoleAPICalledTypeWarning, runtime.ConsoleAPICalledTypeAssert:
			var args []string
			for _, arg := range e.Args {
				args = append(args, objectText(arg))
			}
			c.watch.note(consoleTrouble, "%s: %s", e.Type, strings.Join(args, " "))
		}
	case *log.EventEntryAdded:
		c.watch.entry(e.Entry)
	case *audits.EventIssueAdded:
		c.watch.issue(e.Issue)
	case *runtime.EventBindingCalled:
		if e.Name == violationBinding {
			c.watch.note(cspTrouble, "%s", e.Payload)
		}
	case *pageapi.EventJavascriptDialogOpening:
		c.watch.note(DialogTrouble, "%s: %s", e.Type, e.Message)
		go c.answer(c.watch.acceptsDialogs.Load())
	case *pageapi.EventFrameNavigated:
		if e.Frame.ParentID == "" {
			c.watch.navigated(string(e.Frame.LoaderID))
		}
	case *pageapi.EventWindowOpen:
		c.watch.note(windowTrouble, "%s", e.URL)
	case *inspector.EventTargetCrashed:
		c.watch.note(crashTrouble, "the page crashed")
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

func (c *chromiumTab) watchViolations(ctx context.Context) error {
	return errors.Join(
		send(ctx, runtime.AddBinding, runtime.AddBindingParams{Name: violationBinding}),
		c.onNewDocument(ctx, `{
			const tell = globalThis.`+violationBinding+`
			document.addEventListener("securitypolicyviolation", e =>
				tell(e.effectiveDirective + " blocks " + e.blockedURI + " at " + e.sourceFile + ":" + e.lineNumber))
		}`))
}

func (c *chromiumTab) answer(yes bool) {
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	if err := send(ctx, pageapi.HandleJavaScriptDialog, pageapi.HandleJavaScriptDialogParams{Accept: yes}); err != nil {
		c.watch.note(DialogTrouble, "cannot be answered: %v", err)
	}
}

// follow keeps account of the requests by the events about them.
func (w *watch) follow(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		icon := e.Type == network.ResourceTypeOther // which the browser may give up without a word
		w.sent(string(e.RequestID), e.Request.Method, e.Request.URL, string(e.LoaderID), icon)
	case *network.EventResponseReceived:
		w.answered(string(e.RequestID))
		if e.Response.Status >= 400 {
			w.note(statusTrouble, "%d %s", e.Response.Status, w.known(string(e.RequestID), e.Response.URL))
		}
	case *network.EventLoadingFinished:
		w.done(string(e.RequestID))
	case *network.EventLoadingFailed:
		if !e.Canceled && e.BlockedReason != network.BlockedReasonCsp { // which has an event of its own
			w.note(NetworkTrouble, "%s %s %s", e.ErrorText, e.BlockedReason, w.known(string(e.RequestID), ""))
		}
		w.done(string(e.RequestID))
	}
}
