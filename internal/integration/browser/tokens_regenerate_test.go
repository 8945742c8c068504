package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestRegeneratingReplacesTheSecret(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	old := b.issue(staging).Secret.Reveal()
	p := b.enter(t, "ann")
	p.regenerate("staging")
	question := p.in("alertdialog", "Regenerate staging?")
	question.see("The secret that it has now stops working at once, and its duration starts again.")
	p.awaitFocus("button", "Cancel")
	b.works(old, transfertoken.Push)
	question.click("button", "Regenerate")
	secret := p.secret("staging")
	p.dismissed()
	p.awaitFocus("heading", "The secret of staging")
	b.works(secret, transfertoken.Push)
	b.refuses(old)
	posts := b.seen("POST")
	require.Len(t, posts, 1)
	require.Equal(t, `"1"`, posts[0].Header.Get("If-Match"))
	require.Empty(t, posts[0].Body)
	b.keepsSecret(secret)
}

func TestRegeneratingIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]func(p *page){
		"Cancel": func(p *page) { p.question().click("button", "Cancel") },
		"Escape": func(p *page) { p.press("Escape") },
		"Enter":  func(p *page) { p.press("Enter") }, // the focus is on Cancel
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBackend(t, nil)
			old := b.issue(staging).Secret.Reveal()
			p := b.enter(t, "ann")
			p.regenerate("staging")
			p.awaitFocus("button", "Cancel")
			cancel(p)
			p.dismissed()
			p.awaitFocus("button", "Regenerate staging")
			require.Empty(t, b.seen("POST"))
			b.works(old, transfertoken.Push)
		})
	}
}

func TestRegeneratingRevivesAnExpiredToken(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	old := b.issue(staging).Secret.Reveal()
	b.clock.Advance(9 * day)
	b.refuses(old)
	p := b.enter(t, "ann")
	p.row("staging").see("expired 2 days ago")
	p.regenerate("staging")
	p.question().click("button", "Regenerate")
	b.works(p.secret("staging"), transfertoken.Push)
	b.refuses(old)
	p.row("staging").see("expires in 7 days")
}

func TestATokenIsRegeneratedAgainAndAgain(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	secret := b.issue(staging).Secret.Reveal()
	p := b.enter(t, "ann")
	for range 3 {
		p.regenerate("staging")
		p.question().click("button", "Regenerate")
		p.dismissed()
		old := secret
		secret = p.secret("staging")
		b.refuses(old)
		b.works(secret, transfertoken.Push)
		p.settle()
	}
	p.renames("staging", "production")
}
