package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestRegeneratingReplacesTheSecret(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	old := b.Issue(browser.Staging).Secret.Reveal()
	p := b.Enter(t, "ann")
	p.Regenerate("staging")
	question := p.In("alertdialog", "Regenerate staging?")
	question.See("The secret that it has now stops working at once, and its duration starts again.")
	p.AwaitFocus("button", "Cancel")
	b.Works(old, transfertoken.Push)
	question.Click("button", "Regenerate")
	secret := p.Secret("staging")
	p.Dismissed()
	p.AwaitFocus("heading", "The secret of staging")
	b.Works(secret, transfertoken.Push)
	b.Refuses(old)
	posts := b.Seen("POST")
	require.Len(t, posts, 1)
	require.Equal(t, `"1"`, posts[0].Header.Get("If-Match"))
	require.Empty(t, posts[0].Body)
	b.KeepsSecret(secret)
}

func TestRegeneratingIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]func(p *browser.Page){
		"Cancel": func(p *browser.Page) { p.Question().Click("button", "Cancel") },
		"Escape": func(p *browser.Page) { p.Press("Escape") },
		"Enter":  func(p *browser.Page) { p.Press("Enter") }, // the focus is on Cancel
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser.NewBackend(t, nil)
			old := b.Issue(browser.Staging).Secret.Reveal()
			p := b.Enter(t, "ann")
			p.Regenerate("staging")
			p.AwaitFocus("button", "Cancel")
			cancel(p)
			p.Dismissed()
			p.AwaitFocus("button", "Regenerate staging")
			require.Empty(t, b.Seen("POST"))
			b.Works(old, transfertoken.Push)
		})
	}
}

func TestRegeneratingRevivesAnExpiredToken(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	old := b.Issue(browser.Staging).Secret.Reveal()
	b.Clock.Advance(9 * browser.Day)
	b.Refuses(old)
	p := b.Enter(t, "ann")
	p.Row("staging").See("expired 2 days ago")
	p.Regenerate("staging")
	p.Question().Click("button", "Regenerate")
	b.Works(p.Secret("staging"), transfertoken.Push)
	p.Panel("staging").See("Ends on Monday, December 7, 2026.")
	b.Refuses(old)
	p.Row("staging").See("expires in 7 days")
}

func TestATokenIsRegeneratedAgainAndAgain(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	secret := b.Issue(browser.Staging).Secret.Reveal()
	p := b.Enter(t, "ann")
	for range 3 {
		p.Regenerate("staging")
		p.Question().Click("button", "Regenerate")
		p.Dismissed()
		old := secret
		secret = p.Secret("staging")
		b.Refuses(old)
		b.Works(secret, transfertoken.Push)
		p.Settle()
	}
	renames(p, "staging", "production")
}
