package adminpage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestLoadingIsSaid(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	gate := b.Hold(browser.List)
	p := b.Enter(t, "ann")
	<-gate.Reached
	p.See("Loading the tokens…")
	p.AwaitCount(0, "table", "")
	p.NotSee("There are no transfer tokens")
	gate.Open()
	p.See("Tokens: 5 of 5")
	p.NotSee("Loading")
}

func TestAnEmptyListSaysWhatToDo(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	p.See("There are no transfer tokens yet")
	p.See("A transfer token lets one client push data to this server, pull data from it, or both.")
	p.AwaitCount(3, "listitem", "")
	p.AwaitCount(1, "button", "Create new transfer token")
	p.AwaitCount(0, "table", "")
	p.AwaitCount(0, "searchbox", "")
}

func TestAnEmptyListTellsReadersWhoHasToAct(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Permit("bob", admin.ActionAccess, admin.ActionRead)
	p := b.Enter(t, "bob")
	p.See("There are no transfer tokens yet")
	p.See("Someone who may create them has to make the first one.")
	p.AwaitCount(0, "listitem", "")
	p.AwaitCount(0, "button", "")
}

func TestAListShowsEveryToken(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := b.Enter(t, "ann")
	p.See("Tokens: 5 of 5")
	p.AwaitCount(6, "row", "")
	row := p.With("row", "staging to production")
	for _, text := range []string{"Releases of the editors", "Full access", "Oct 24, 2026", "4 minutes ago",
		"expires in 2 days"} {
		row.See(text)
	}
	p.With("row", "contractor").See("expired 2 days ago")
	p.With("row", "laptop of Noor").See("never")
	p.With("row", "nightly backup").See("unlimited")
	p.AwaitCount(0, "button", "Show more")
}

func TestDetailsShowTheRest(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	id := b.Given(browser.Usual(b.Clock.Now())...)[2].ID
	p := b.Enter(t, "ann")
	require.Equal(t, "false", p.State("expanded", "button", "contractor"))
	p.Click("button", "contractor")
	require.Equal(t, "true", p.State("expanded", "button", "contractor"))
	for _, text := range []string{"Created by bob", "Ends in 2Ghe4s", "ID " + id.String(),
		"Expires Thursday, November 19, 2026", "5:37:17 PM UTC"} {
		p.With("row", id.String()).See(text)
	}
	p.Click("button", "contractor")
	p.NotSee(id.String())
}

func TestDisabledSaysHowToConfigureASalt(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, &browser.BackendOptions{Disabled: true})
	p := browser.NewPage(t)
	p.ExpectStatus(http.StatusNotImplemented)
	b.Show(p, "ann")
	p.See("Transfer tokens are disabled")
	p.See("No salt is configured")
	p.See("openssl rand -base64 32")
	p.AwaitCount(0, "button", "Create new transfer token")
	p.AwaitCount(0, "table", "")
	p.AwaitCount(1, "button", "Try again")
}

// loadFaults are the reasons why the page may have no list.
var loadFaults = map[string]struct {
	arrange func(b *browser.Backend)
	trouble func(p *browser.Page)
	say     string
}{
	"the store fails": {
		func(b *browser.Backend) { b.Store.Fail(errors.New("disk full")) },
		func(p *browser.Page) { p.ExpectStatus(503) },
		"Something that the server needs does not work. Try again later.",
	},
	"the network is cut": {
		func(b *browser.Backend) { b.Cut(browser.List) },
		func(p *browser.Page) { p.Expect(browser.NetworkTrouble, "ERR_EMPTY_RESPONSE") },
		"The server cannot be reached. Check your connection.",
	},
	"the session has ended": {
		func(b *browser.Backend) {
			b.Answer(401, "application/json", `{"data":null,"error":{"status":401,"name":"UnauthorizedError"}}`, browser.List)
		},
		func(p *browser.Page) { p.ExpectStatus(401) },
		"Your session has ended. Sign in in another tab, and come back.",
	},
	"reading is not allowed any more": {
		func(b *browser.Backend) {
			b.Answer(403, "application/json", `{"data":null,"error":{"status":403,"name":"PolicyError"}}`, browser.List)
		},
		func(p *browser.Page) { p.ExpectStatus(403) },
		"You may not do this.",
	},
	"a proxy has no backend": {
		func(b *browser.Backend) { b.Answer(502, "text/html", `<html><h1>Bad Gateway</h1>`, browser.List) },
		func(p *browser.Page) { p.ExpectStatus(502) },
		"Something that the server needs does not work. Try again later.",
	},
	"a proxy sends to a login": {
		func(b *browser.Backend) { b.Redirect("/login", browser.List) },
		func(*browser.Page) {},
		"Your session has ended. Sign in in another tab, and come back.",
	},
	"a proxy asks for a login": {
		func(b *browser.Backend) { b.Answer(200, "text/html", `<html><form>Password`, browser.List) },
		func(*browser.Page) {},
		"The server answered with something unexpected (status 200).",
	},
	"other JSON comes": {
		func(b *browser.Backend) { b.Answer(200, "application/json", `{"status":"ok"}`, browser.List) },
		func(*browser.Page) {},
		"The server answered with something unexpected (status 200).",
	},
	"too many requests": {
		func(b *browser.Backend) { b.Answer(429, "text/plain", "slow down", browser.List) },
		func(p *browser.Page) { p.ExpectStatus(429) },
		"The server answered with something unexpected (status 429).",
	},
}

func TestALoadThatFailsSaysWhyAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	for name, fault := range loadFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{SignInURL: "/login"}})
			b.Given(browser.Usual(b.Clock.Now())...)
			fault.arrange(b)
			p := browser.NewPage(t)
			fault.trouble(p)
			b.Show(p, "ann")
			failed := func() {
				p.See("The tokens could not be loaded")
				p.See(fault.say)
				p.NotSee("Loading")
				p.AwaitCount(0, "table", "")
			}
			failed()
			before := len(b.Seen("GET"))
			p.Press("Tab", "Tab")
			for p.Focused() != `button "Try again"` {
				p.Press("Tab")
			}
			p.Press("Enter")
			p.Until("ask again", func(context.Context) error {
				if len(b.Seen("GET")) == before {
					return errors.New("nothing was asked for")
				}
				return nil
			})
			p.AwaitFocus("heading", "The tokens could not be loaded")
			failed()
			b.Heal()
			b.Store.Fail(nil)
			p.Click("button", "Try again")
			p.See("Tokens: 5 of 5")
			p.NotSee("could not be loaded")
			p.AwaitFocus("heading", "Transfer tokens")
		})
	}
}

func TestASessionThatEndedLeadsToTheLogin(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{SignInURL: "/login"}})
	b.Redirect("/login", browser.List)
	p := b.Enter(t, "ann")
	require.Equal(t, b.Server.URL+"/login", href(p, "Sign in"))
	require.Equal(t, "_blank", browser.Eval[string](p, `document.querySelector("#notice a").target`),
		"what was typed here would be lost")
}

func TestAPartOfTheListNeverLooksWhole(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	many(b, 1001)
	b.RefuseFurther(http.StatusServiceUnavailable)
	p := browser.NewPage(t)
	p.ExpectStatus(503)
	b.Show(p, "ann")
	p.See("The tokens could not be loaded")
	p.AwaitCount(0, "table", "")
	p.NotSee("Tokens: ")
	b.Heal()
	p.Click("button", "Try again")
	p.See("Tokens: 100 of 1001")
}

func TestAListThatCannotBeReadAgainIsTakenAway(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(browser.Usual(b.Clock.Now())...)
	p := browser.NewPage(t)
	p.ExpectStatus(503)
	p.Expect(browser.NetworkTrouble, "ERR_EMPTY_RESPONSE")
	b.Show(p, "ann")
	p.See("Tokens: 5 of 5")
	form := p.FillIn("robot")
	b.Lose("POST")
	b.Answer(503, "text/plain", "", browser.List)
	p.Save()
	form.See("It is not certain whether this took effect.")
	discard(p)
	p.See("The tokens could not be loaded")
	p.AwaitCount(0, "table", "")
	p.NotSee("contractor")
	b.Heal()
	p.Click("button", "Try again")
	p.See("Tokens: 6 of 6")
}

func TestALongListSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	many(b, 1001)
	held := make(chan struct{})
	b.Replace(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Query().Has("after") {
			select {
			case <-held:
			case <-r.Context().Done():
			}
		}
		next.ServeHTTP(w, r)
	}, browser.List)
	p := b.Enter(t, "ann")
	p.See("Loading the tokens: 1000 so far…")
	p.AwaitCount(0, "table", "")
	close(held)
	p.See("Tokens: 100 of 1001")
}

func TestWithoutJavaScriptThePageSaysThatItNeedsIt(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Given(transfertoken.Token{Name: "staging"})
	p := browser.NewPage(t)
	p.Scripting(false)
	defer p.Scripting(true) // what waits for the page needs its timers
	b.Show(p, "ann")
	p.See("This page needs JavaScript.")
	p.AwaitCount(0, "button", "")
	p.AwaitCount(0, "table", "")
}

// href returns where the link with this name leads.
func href(p *browser.Page, name string) (address string) {
	p.T.Helper()
	p.Until(fmt.Sprintf("link %q", name), func(ctx context.Context) error {
		e, err := p.One(ctx, name, "link")
		if err == nil {
			address, err = browser.Call[string](ctx, e, `function() { return this.href }`)
		}
		return err
	})
	return address
}
