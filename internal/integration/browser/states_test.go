package browser

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
)

func TestLoadingIsSaid(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	gate := b.hold(list)
	p := b.enter(t, "ann")
	<-gate.reached
	p.see("Loading the tokens…")
	p.awaitCount(0, "table", "")
	p.notSee("There are no transfer tokens")
	gate.open()
	p.see("Tokens: 5 of 5")
	p.notSee("Loading")
}

func TestAnEmptyListSaysWhatToDo(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := b.enter(t, "ann")
	p.see("There are no transfer tokens yet")
	p.see("Create one for each client")
	p.awaitCount(1, "button", "Create new transfer token")
	p.awaitCount(0, "table", "")
	p.awaitCount(0, "searchbox", "")
}

func TestAnEmptyListTellsReadersWhoHasToAct(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.permit("bob", admin.ActionAccess, admin.ActionRead)
	p := b.enter(t, "bob")
	p.see("There are no transfer tokens yet")
	p.see("Someone who may create them has to make the first one.")
	p.notSee("Create one")
	p.awaitCount(0, "button", "")
}

func TestAListShowsEveryToken(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, "ann")
	p.see("Tokens: 5 of 5")
	p.awaitCount(6, "row", "")
	row := p.with("row", "staging to production")
	for _, text := range []string{"Releases of the editors", "Full access", "Oct 24, 2026", "4 minutes ago",
		"expires in 2 days"} {
		row.see(text)
	}
	p.with("row", "contractor").see("expired 2 days ago")
	p.with("row", "laptop of Noor").see("never")
	p.with("row", "nightly backup").see("unlimited")
	p.awaitCount(0, "button", "Show more")
}

func TestDetailsShowTheRest(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	id := b.given(usual(b.clock.Now())...)[2].ID
	p := b.enter(t, "ann")
	require.Equal(t, "false", p.state("expanded", "button", "contractor"))
	p.click("button", "contractor")
	require.Equal(t, "true", p.state("expanded", "button", "contractor"))
	for _, text := range []string{"Created by bob", "Ends in 2Ghe4s", "ID " + id.String(),
		"Expires Thursday, November 19, 2026", "5:37:17 PM UTC"} {
		p.with("row", "bob").see(text)
	}
	p.click("button", "contractor")
	p.notSee("2Ghe4s")
}

func TestDisabledSaysHowToConfigureASalt(t *testing.T) {
	t.Parallel()
	b := newBackend(t, &backendOptions{disabled: true})
	p := newPage(t)
	p.expectStatus(http.StatusNotImplemented)
	b.show(p, "ann")
	p.see("Transfer tokens are disabled")
	p.see("No salt is configured")
	p.see("openssl rand -base64 32")
	p.awaitCount(0, "button", "Create new transfer token")
	p.awaitCount(0, "table", "")
	p.awaitCount(1, "button", "Try again")
}

// loadFaults are the reasons why the page may have no list.
var loadFaults = map[string]struct {
	arrange func(b *backend)
	trouble func(p *page)
	say     string
}{
	"the store fails": {
		func(b *backend) { b.store.fail(errors.New("disk full")) },
		func(p *page) { p.expectStatus(503) },
		"Something that the server needs does not work. Try again later.",
	},
	"the network is cut": {
		func(b *backend) { b.cut(list) },
		func(p *page) { p.expect(networkTrouble, "ERR_EMPTY_RESPONSE") },
		"The server cannot be reached. Check your connection.",
	},
	"the session has ended": {
		func(b *backend) {
			b.answer(401, "application/json", `{"data":null,"error":{"status":401,"name":"UnauthorizedError"}}`, list)
		},
		func(p *page) { p.expectStatus(401) },
		"Your session has ended. Sign in in another tab, and come back.",
	},
	"reading is not allowed any more": {
		func(b *backend) {
			b.answer(403, "application/json", `{"data":null,"error":{"status":403,"name":"PolicyError"}}`, list)
		},
		func(p *page) { p.expectStatus(403) },
		"You may not do this.",
	},
	"a proxy has no backend": {
		func(b *backend) { b.answer(502, "text/html", `<html><h1>Bad Gateway</h1>`, list) },
		func(p *page) { p.expectStatus(502) },
		"Something that the server needs does not work. Try again later.",
	},
	"a proxy sends to a login": {
		func(b *backend) { b.redirect("/login", list) },
		func(*page) {},
		"Your session has ended. Sign in in another tab, and come back.",
	},
	"a proxy asks for a login": {
		func(b *backend) { b.answer(200, "text/html", `<html><form>Password`, list) },
		func(*page) {},
		"The server answered with something unexpected (status 200).",
	},
	"other JSON comes": {
		func(b *backend) { b.answer(200, "application/json", `{"status":"ok"}`, list) },
		func(*page) {},
		"The server answered with something unexpected (status 200).",
	},
	"too many requests": {
		func(b *backend) { b.answer(429, "text/plain", "slow down", list) },
		func(p *page) { p.expectStatus(429) },
		"The server answered with something unexpected (status 429).",
	},
}

func TestALoadThatFailsSaysWhyAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	for name, fault := range loadFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBackend(t, &backendOptions{admin: admin.Options{SignInURL: "/login"}})
			b.given(usual(b.clock.Now())...)
			fault.arrange(b)
			p := newPage(t)
			fault.trouble(p)
			b.show(p, "ann")
			failed := func() {
				p.see("The tokens could not be loaded")
				p.see(fault.say)
				p.notSee("Loading")
				p.awaitCount(0, "table", "")
			}
			failed()
			before := len(b.seen("GET"))
			p.press("Tab", "Tab")
			for p.focused() != `button "Try again"` {
				p.press("Tab")
			}
			p.press("Enter")
			p.until("ask again", func(context.Context) error {
				if len(b.seen("GET")) == before {
					return errors.New("nothing was asked for")
				}
				return nil
			})
			p.awaitFocus("heading", "The tokens could not be loaded")
			failed()
			b.heal()
			b.store.fail(nil)
			p.click("button", "Try again")
			p.see("Tokens: 5 of 5")
			p.notSee("could not be loaded")
			p.awaitFocus("heading", "Transfer tokens")
		})
	}
}

func TestASessionThatEndedLeadsToTheLogin(t *testing.T) {
	t.Parallel()
	b := newBackend(t, &backendOptions{admin: admin.Options{SignInURL: "/login"}})
	b.redirect("/login", list)
	p := b.enter(t, "ann")
	require.Equal(t, b.server.URL+"/login", p.href("Sign in"))
	require.Equal(t, "_blank", eval[string](p, `document.querySelector("#notice a").target`),
		"what was typed here would be lost")
}

func TestAPartOfTheListNeverLooksWhole(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.many(1001)
	b.refuseFurther(http.StatusServiceUnavailable)
	p := newPage(t)
	p.expectStatus(503)
	b.show(p, "ann")
	p.see("The tokens could not be loaded")
	p.awaitCount(0, "table", "")
	p.notSee("Tokens: ")
	b.heal()
	p.click("button", "Try again")
	p.see("Tokens: 100 of 1001")
}

func TestAListThatCannotBeReadAgainIsTakenAway(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(usual(b.clock.Now())...)
	p := newPage(t)
	p.expectStatus(503)
	p.expect(networkTrouble, "ERR_EMPTY_RESPONSE")
	b.show(p, "ann")
	p.see("Tokens: 5 of 5")
	form := p.fillIn("robot")
	b.lose("POST")
	b.answer(503, "text/plain", "", list)
	p.save()
	form.see("It is not certain whether this took effect.")
	form.click("button", "Cancel")
	p.see("The tokens could not be loaded")
	p.awaitCount(0, "table", "")
	p.notSee("contractor")
	b.heal()
	p.click("button", "Try again")
	p.see("Tokens: 6 of 6")
}

func TestALongListSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.many(1001)
	held := make(chan struct{})
	b.replace(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Query().Has("after") {
			select {
			case <-held:
			case <-r.Context().Done():
			}
		}
		next.ServeHTTP(w, r)
	}, list)
	p := b.enter(t, "ann")
	p.see("Loading the tokens: 1000 so far…")
	p.awaitCount(0, "table", "")
	close(held)
	p.see("Tokens: 100 of 1001")
}

func TestWithoutJavaScriptThePageSaysThatItNeedsIt(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.given(transfertoken.Token{Name: "staging"})
	p := newPage(t)
	disableScripts := func(disabled bool) {
		do(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: disabled})
	}
	disableScripts(true)
	defer disableScripts(false) // what waits for the page needs its timers
	b.show(p, "ann")
	p.see("This page needs JavaScript.")
	p.awaitCount(0, "button", "")
	p.awaitCount(0, "table", "")
}

// href returns where the link with this name leads.
func (p *page) href(name string) (address string) {
	p.t.Helper()
	p.until(fmt.Sprintf("link %q", name), func(ctx context.Context) error {
		e, err := p.one(ctx, name, "link")
		if err == nil {
			address, err = call[string](ctx, e, `function() { return this.href }`)
		}
		return err
	})
	return address
}
