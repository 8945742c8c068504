package adminpage

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

const (
	sessionEnded = "Your session has ended. Sign in in another tab, and come back."
	unavailable  = "Something that the server needs does not work. Try again later."
)

// write is something that can be done about the token staging.
type write struct {
	open    func(p *browser.Page)                     // opens its dialog
	dialog  func(p *browser.Page) browser.Scope       // returns it
	confirm string                                    // its button
	typed   string                                    // what is in its field Name
	method  string                                    // of the store
	done    func(b *browser.Backend, p *browser.Page) // waits until it is done
}

var writes = map[string]write{
	"create": {
		open:    func(p *browser.Page) { p.FillIn("new") },
		dialog:  (*browser.Page).Dialog,
		confirm: "Save", typed: "new", method: "Create",
		done: func(b *browser.Backend, p *browser.Page) {
			b.Works(p.Secret("new"), transfertoken.Pull)
			p.Row("new").See("Pull")
		},
	},
	"edit": {
		open: func(p *browser.Page) {
			p.Edit("staging")
			p.Dialog().Fill("Name", "renamed")
		},
		dialog:  (*browser.Page).Dialog,
		confirm: "Save", typed: "renamed", method: "Update",
		done: func(b *browser.Backend, p *browser.Page) {
			p.Row("renamed").See("Push")
			require.Equal(b.T, "renamed", b.Tokens()[0].Name)
		},
	},
	"regenerate": {
		open:    func(p *browser.Page) { p.Regenerate("staging") },
		dialog:  (*browser.Page).Question,
		confirm: "Regenerate", method: "Update",
		done: func(b *browser.Backend, p *browser.Page) {
			b.Works(p.Secret("staging"), transfertoken.Push)
			p.Row("staging").See("Push")
		},
	},
	"delete": {
		open:    func(p *browser.Page) { p.Remove("staging") },
		dialog:  (*browser.Page).Question,
		confirm: "Delete", method: "Delete",
		done: func(b *browser.Backend, p *browser.Page) {
			p.See("There are no transfer tokens yet")
			require.Empty(b.T, b.Tokens())
		},
	},
}

// refusals are reasons why nothing can be written at the moment.
var refusals = map[string]struct {
	begin func(b *browser.Backend, p *browser.Page, w write)
	text  string
	end   func(b *browser.Backend, p *browser.Page)
}{
	"session has ended": {
		begin: func(b *browser.Backend, p *browser.Page, _ write) {
			p.ExpectStatus(401)
			b.EndSessions()
		},
		text: sessionEnded,
		end:  func(b *browser.Backend, p *browser.Page) { b.LogIn(p, "ann") },
	},
	"store fails": {
		begin: func(b *browser.Backend, p *browser.Page, w write) {
			p.ExpectStatus(503)
			b.Store.Fail(errors.New("disk full"), w.method)
		},
		text: unavailable,
		end:  func(b *browser.Backend, _ *browser.Page) { b.Store.Fail(nil) },
	},
	"everything fails": {
		begin: func(b *browser.Backend, p *browser.Page, _ write) {
			p.ExpectStatus(503)
			b.BreakSessions(errors.New("login is down"))
		},
		text: unavailable,
		end:  func(b *browser.Backend, _ *browser.Page) { b.BreakSessions(nil) },
	},
	"network is cut": {
		begin: func(_ *browser.Backend, p *browser.Page, _ write) {
			p.Expect(browser.NetworkTrouble, "ERR_INTERNET_DISCONNECTED")
			p.Offline(true)
		},
		text: unreachable,
		end:  func(_ *browser.Backend, p *browser.Page) { p.Offline(false) },
	},
	"connections break": {
		begin: func(b *browser.Backend, p *browser.Page, _ write) {
			p.Expect(browser.NetworkTrouble, "ERR_EMPTY_RESPONSE")
			b.Cut()
		},
		text: unreachable,
		end:  func(b *browser.Backend, _ *browser.Page) { b.Heal() },
	},
}

func TestWhatCannotBeDoneNowIsDoneLaterFromTheSameDialog(t *testing.T) {
	t.Parallel()
	for reason, refusal := range refusals {
		for name, w := range writes {
			t.Run(reason+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := browser.NewBackend(t, nil)
				secret := b.Issue(browser.Staging).Secret.Reveal()
				p := b.Enter(t, "ann")
				w.open(p)
				refusal.begin(b, p, w)
				dialog := w.dialog(p)
				dialog.Click("button", w.confirm)
				dialog.In("alert", "").See(refusal.text)
				if w.typed != "" {
					dialog.In("alert", "").See(kept)
					require.Equal(t, w.typed, dialog.Value("Name"))
				}
				b.Works(secret, transfertoken.Push)
				require.Len(t, b.Tokens(), 1)
				require.Equal(t, "staging", b.Tokens()[0].Name)
				p.Settle()
				refusal.end(b, p)
				dialog.Click("button", w.confirm)
				p.Dismissed()
				w.done(b, p)
			})
		}
	}
}

func TestWhoseSessionHasEndedSignsInElsewhere(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{SignInURL: "/login?next=tokens"}})
	p := b.Enter(t, "ann")
	form := p.FillIn("staging")
	b.EndSessions()
	p.ExpectStatus(401)
	p.Save()
	form.See(sessionEnded)
	form.AwaitCount(1, "link", "Sign in")
	require.Equal(t, []string{b.Server.URL + "/login?next=tokens", "_blank", "noopener"},
		browser.Eval[[]string](p, `(a => [a.href, a.target, a.rel])(document.querySelector("dialog[open] a"))`))
	b.LogIn(p.Tab(), "ann")
	p.Save()
	b.Works(p.Secret("staging"), transfertoken.Pull)
}
