package browser

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
)

const (
	sessionEnded = "Your session has ended. Sign in in another tab, and come back."
	unavailable  = "Something that the server needs does not work. Try again later."
)

// write is something that can be done about the token staging.
type write struct {
	open    func(p *page)             // opens its dialog
	dialog  func(p *page) scope       // returns it
	confirm string                    // its button
	typed   string                    // what is in its field Name
	method  string                    // of the store
	done    func(b *backend, p *page) // waits until it is done
}

var writes = map[string]write{
	"create": {
		open:    func(p *page) { p.fillIn("new") },
		dialog:  (*page).dialog,
		confirm: "Save", typed: "new", method: "Create",
		done: func(b *backend, p *page) {
			b.works(p.secret("new"), transfertoken.Pull)
			p.row("new").see("Pull")
		},
	},
	"edit": {
		open: func(p *page) {
			p.edit("staging")
			p.dialog().fill("Name", "renamed")
		},
		dialog:  (*page).dialog,
		confirm: "Save", typed: "renamed", method: "Update",
		done: func(b *backend, p *page) {
			p.row("renamed").see("Push")
			require.Equal(b.t, "renamed", b.tokens()[0].Name)
		},
	},
	"regenerate": {
		open:    func(p *page) { p.regenerate("staging") },
		dialog:  (*page).question,
		confirm: "Regenerate", method: "Update",
		done: func(b *backend, p *page) {
			b.works(p.secret("staging"), transfertoken.Push)
			p.row("staging").see("Push")
		},
	},
	"delete": {
		open:    func(p *page) { p.remove("staging") },
		dialog:  (*page).question,
		confirm: "Delete", method: "Delete",
		done: func(b *backend, p *page) {
			p.see("There are no transfer tokens yet")
			require.Empty(b.t, b.tokens())
		},
	},
}

// refusals are reasons why nothing can be written at the moment.
var refusals = map[string]struct {
	begin func(b *backend, p *page, w write)
	text  string
	end   func(b *backend, p *page)
}{
	"session has ended": {
		begin: func(b *backend, p *page, _ write) {
			p.expectStatus(401)
			b.endSessions()
		},
		text: sessionEnded,
		end:  func(b *backend, p *page) { b.logIn(p, "ann") },
	},
	"store fails": {
		begin: func(b *backend, p *page, w write) {
			p.expectStatus(503)
			b.store.fail(errors.New("disk full"), w.method)
		},
		text: unavailable,
		end:  func(b *backend, _ *page) { b.store.fail(nil) },
	},
	"everything fails": {
		begin: func(b *backend, p *page, _ write) {
			p.expectStatus(503)
			b.breakSessions(errors.New("login is down"))
		},
		text: unavailable,
		end:  func(b *backend, _ *page) { b.breakSessions(nil) },
	},
	"network is cut": {
		begin: func(_ *backend, p *page, _ write) {
			p.expect(networkTrouble, "ERR_INTERNET_DISCONNECTED")
			p.offline(true)
		},
		text: unreachable,
		end:  func(_ *backend, p *page) { p.offline(false) },
	},
	"connections break": {
		begin: func(b *backend, p *page, _ write) {
			p.expect(networkTrouble, "ERR_EMPTY_RESPONSE")
			b.cut()
		},
		text: unreachable,
		end:  func(b *backend, _ *page) { b.heal() },
	},
}

func TestWhatCannotBeDoneNowIsDoneLaterFromTheSameDialog(t *testing.T) {
	t.Parallel()
	for reason, refusal := range refusals {
		for name, w := range writes {
			t.Run(reason+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := newBackend(t, nil)
				secret := b.issue(staging).Secret.Reveal()
				p := b.enter(t, "ann")
				w.open(p)
				refusal.begin(b, p, w)
				dialog := w.dialog(p)
				dialog.click("button", w.confirm)
				dialog.in("alert", "").see(refusal.text)
				if w.typed != "" {
					dialog.in("alert", "").see(kept)
					require.Equal(t, w.typed, dialog.value("Name"))
				}
				b.works(secret, transfertoken.Push)
				require.Len(t, b.tokens(), 1)
				require.Equal(t, "staging", b.tokens()[0].Name)
				p.settle()
				refusal.end(b, p)
				dialog.click("button", w.confirm)
				p.dismissed()
				w.done(b, p)
			})
		}
	}
}

func TestWhoseSessionHasEndedSignsInElsewhere(t *testing.T) {
	t.Parallel()
	b := newBackend(t, &backendOptions{admin: admin.Options{SignInURL: "/login?next=tokens"}})
	p := b.enter(t, "ann")
	form := p.fillIn("staging")
	b.endSessions()
	p.expectStatus(401)
	p.save()
	form.see(sessionEnded)
	form.awaitCount(1, "link", "Sign in")
	require.Equal(t, []string{b.server.URL + "/login?next=tokens", "_blank", "noopener"},
		eval[[]string](p, `(a => [a.href, a.target, a.rel])(document.querySelector("dialog[open] a"))`))
	b.logIn(p.tab(), "ann")
	p.save()
	b.works(p.secret("staging"), transfertoken.Pull)
}
