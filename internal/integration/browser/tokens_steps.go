package browser

import (
	"context"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// Radios are the names of the choices of a type, which end in their meaning.
var Radios = map[string]string{
	"Push":        "Push Data may be sent to this server.",
	"Pull":        "Pull Data may be fetched from this server.",
	"Full access": "Full access Data may be sent to this server and fetched from it.",
}

// Dialog returns the form that is open.
func (p *Page) Dialog() Scope { return p.In("dialog", "") }

// Question returns the confirmation that is open.
func (p *Page) Question() Scope { return p.In("alertdialog", "") }

// Row returns the row of the token with this name.
func (p *Page) Row(name string) Scope { return p.With("row", name) }

// Edit presses the button of the token with this name, and Save that of the form.
func (p *Page) Edit(name string) { p.T.Helper(); p.Click("button", "Edit "+name) }
func (p *Page) Save()            { p.T.Helper(); p.Dialog().Click("button", "Save") }

// Regenerate and Remove use the button of the token with this name, or on a narrow page
// its menu.
func (p *Page) Regenerate(name string) { p.T.Helper(); p.pick(name, "Regenerate "+name) }
func (p *Page) Remove(name string)     { p.T.Helper(); p.pick(name, "Delete "+name) }

func (p *Page) pick(name, action string) {
	p.T.Helper()
	if Eval[bool](p, `matchMedia("(min-width: 900px)").matches`) {
		p.Click("button", action)
		return
	}
	p.Click("button", "More for "+name)
	p.Click("menuitem", action)
}

// Paste replaces what is in the field with this label, as pasting would.
func (s Scope) Paste(label, text string) {
	s.Page.T.Helper()
	s.clickOne(label, fieldRoles...)
	s.Page.Press("Control+a")
	s.Page.do(func(ctx context.Context, t tab) error { return t.insert(ctx, text) })
}

// FillIn opens the form for a new token and fills it in.
func (p *Page) FillIn(name string) Scope {
	p.T.Helper()
	p.Click("button", "Create new transfer token")
	form := p.Dialog()
	form.Fill("Name", name)
	form.Fill("Description (optional)", "for tests")
	form.Choose("Token duration", "30 days")
	form.Click("radio", Radios["Pull"])
	return form
}

// Create makes a token and returns the secret that is shown.
func (p *Page) Create(name string) string {
	p.T.Helper()
	p.FillIn(name)
	p.Save()
	return p.Secret(name)
}

// Panel returns the element that shows the secret of the token with this name.
func (p *Page) Panel(name string) Scope { return p.In("region", "The secret of "+name) }

// Secret returns the secret that is shown for the token with this name.
func (p *Page) Secret(name string) string {
	p.T.Helper()
	return p.Panel(name).text("code", "")
}

// Names returns the names of all tokens in the order of the list.
func (p *Page) Names() []string {
	p.T.Helper()
	return Eval[[]string](p, `[...document.querySelectorAll("tbody .name")].map(name => name.textContent)`)
}

// Dismissed waits until no dialog is open.
func (p *Page) Dismissed() {
	p.T.Helper()
	p.AwaitCount(0, "dialog", "")
	p.AwaitCount(0, "alertdialog", "")
}

// Works requires that a token with the secret grants permissions.
func (b *Backend) Works(secret string, permissions transfertoken.Permissions) {
	b.T.Helper()
	_, err := b.Svc.Authorize(b.T.Context(), secret, permissions)
	require.NoError(b.T, err)
}

// Refuses requires that secret lets nobody in any more.
func (b *Backend) Refuses(secret string) {
	b.T.Helper()
	for _, permission := range []transfertoken.Permissions{transfertoken.Push, transfertoken.Pull} {
		_, err := b.Svc.Authorize(b.T.Context(), secret, permission)
		require.ErrorIs(b.T, err, transfertoken.ErrUnauthorized)
	}
}

// Named returns the token with this name.
func (b *Backend) Named(name string) transfertoken.Token {
	b.T.Helper()
	var names []string
	for _, token := range b.Tokens() {
		if token.Name == name {
			return token
		}
		names = append(names, token.Name)
	}
	require.Fail(b.T, "there is no "+name, strings.Join(names, ", "))
	return transfertoken.Token{}
}

// MayLeave lets the browser leave the page although a secret or a form would be lost.
// The browser asks only somebody who has touched the page.
func (p *Page) MayLeave() {
	p.T.Helper()
	p.AcceptDialogs()
	p.allow(DialogTrouble, "beforeunload")
}
