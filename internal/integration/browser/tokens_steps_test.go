package browser

import (
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// radios are the choices of a type, whose names end in what they mean.
var radios = map[string]string{
	"Push":        "Push Data may be sent to this server.",
	"Pull":        "Pull Data may be fetched from this server.",
	"Full access": "Full access Both.",
}

// dialog is the form that is open.
func (p *page) dialog() scope { return p.in("dialog", "") }

// question is the confirmation that is open.
func (p *page) question() scope { return p.in("alertdialog", "") }

// row is that of the token with this name.
func (p *page) row(name string) scope { return p.with("row", name) }

func (p *page) edit(name string)       { p.t.Helper(); p.click("button", "Edit "+name) }
func (p *page) regenerate(name string) { p.t.Helper(); p.click("button", "Regenerate "+name) }
func (p *page) remove(name string)     { p.t.Helper(); p.click("button", "Delete "+name) }
func (p *page) save()                  { p.t.Helper(); p.dialog().click("button", "Save") }

// paste replaces what is in the field with this label, as pasting would.
func (s scope) paste(label, text string) {
	s.page.t.Helper()
	s.clickOne(label, fieldRoles...)
	s.page.press("Control+a")
	do(s.page, input.InsertText, input.InsertTextParams{Text: text})
}

// fillIn opens the form for a new token and fills it in.
func (p *page) fillIn(name string) scope {
	p.t.Helper()
	p.click("button", "Create new transfer token")
	form := p.dialog()
	form.fill("Name", name)
	form.fill("Description (optional)", "for tests")
	form.choose("Token duration", "30 days")
	form.click("radio", radios["Pull"])
	return form
}

// create makes a token and returns the secret that is shown.
func (p *page) create(name string) string {
	p.t.Helper()
	p.fillIn(name)
	p.save()
	return p.secret(name)
}

// panel is where the secret of the token with this name is shown.
func (p *page) panel(name string) scope { return p.in("region", "The secret of "+name) }

// secret returns the secret that is shown for the token with this name.
func (p *page) secret(name string) string {
	p.t.Helper()
	return p.panel(name).text("code", "")
}

// names returns those of all tokens in the order of the list.
func (p *page) names() []string {
	p.t.Helper()
	return eval[[]string](p, `[...document.querySelectorAll("tbody .name")].map(name => name.textContent)`)
}

// dismissed waits until no dialog is open.
func (p *page) dismissed() {
	p.t.Helper()
	p.awaitCount(0, "dialog", "")
	p.awaitCount(0, "alertdialog", "")
}

// works requires that secret is that of a token which grants permissions.
func (b *backend) works(secret string, permissions transfertoken.Permissions) {
	b.t.Helper()
	_, err := b.svc.Authorize(b.t.Context(), secret, permissions)
	require.NoError(b.t, err)
}

// refuses requires that secret lets nobody in any more.
func (b *backend) refuses(secret string) {
	b.t.Helper()
	for _, permission := range []transfertoken.Permissions{transfertoken.Push, transfertoken.Pull} {
		_, err := b.svc.Authorize(b.t.Context(), secret, permission)
		require.ErrorIs(b.t, err, transfertoken.ErrUnauthorized)
	}
}

// named returns the token with this name.
func (b *backend) named(name string) transfertoken.Token {
	b.t.Helper()
	var names []string
	for _, token := range b.tokens() {
		if token.Name == name {
			return token
		}
		names = append(names, token.Name)
	}
	require.Fail(b.t, "there is no "+name, strings.Join(names, ", "))
	return transfertoken.Token{}
}
