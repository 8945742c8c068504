package browser

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// impatience lists the things that people do while an answer takes long.
var impatience = map[string]func(p *page){
	"clicks again":  func(p *page) { p.dialog().clickDisabled("Saving…") },
	"presses Enter": func(p *page) { p.press("Enter", "Enter") },
	"clicks Cancel": func(p *page) {
		p.dialog().click("button", "Cancel")
		p.awaitFocus("button", "Cancel")
	},
	"Escape": func(p *page) {
		p.dialog().click("textbox", "Description (optional)")
		p.press("Escape")
		p.awaitFocus("textbox", "Description (optional)")
	},
	"Escape twice": func(p *page) { p.press("Escape", "Escape") },
	"Escape often": func(p *page) { p.press("Escape", "Escape", "Escape", "Escape", "Escape") },
}

// clickDisabled clicks a button that says that it is disabled.
func (s scope) clickDisabled(name string) {
	s.page.t.Helper()
	s.page.until("click "+name, func(ctx context.Context) error {
		e, err := s.one(ctx, name, "button")
		if err != nil {
			return err
		}
		at, err := call[point](ctx, e, findPoint)
		if err != nil {
			return err
		}
		return clickAt(ctx, at)
	})
}

func TestImpatienceNeitherCreatesTwiceNorLosesTheSecret(t *testing.T) {
	t.Parallel()
	for name, hurry := range impatience {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBackend(t, nil)
			p := b.enter(t, "ann")
			form := p.fillIn("staging")
			form.click("textbox", "Name")
			gate := b.hold("POST")
			p.press("Enter")
			<-gate.reached
			hurry(p)
			require.Equal(t, "staging", form.value("Name"))
			form.see("Saving…")
			gate.open()
			secret := p.secret("staging")
			p.dismissed()
			p.awaitFocus("heading", "The secret of staging")
			b.works(secret, transfertoken.Pull)
			require.Len(t, b.seen("POST"), 1)
			require.Len(t, b.tokens(), 1)
			p.edit("staging")
			p.dialog().click("button", "Cancel")
			p.dismissed()
		})
	}
}

func TestImpatienceDoesNotLoseTheSecretOfARegeneratedToken(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.issue(staging)
	p := b.enter(t, "ann")
	p.regenerate("staging")
	gate := b.hold("POST")
	p.question().click("button", "Regenerate")
	<-gate.reached
	p.question().clickDisabled("Regenerating…")
	p.question().click("button", "Cancel")
	p.press("Escape", "Escape", "Escape")
	p.question().see("Regenerating…")
	gate.open()
	b.works(p.secret("staging"), transfertoken.Push)
	p.dismissed()
	require.Len(t, b.seen("POST"), 1)
	p.press("Escape")
	b.works(p.secret("staging"), transfertoken.Push)
}

func TestARefusalThatTakesLongIsShownInSpiteOfEscape(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.issue(staging)
	p := b.enter(t, "ann")
	form := p.fillIn("staging")
	gate := b.hold("POST")
	p.expectStatus(400)
	p.save()
	<-gate.reached
	p.press("Escape", "Escape")
	gate.open()
	p.complains(atFault{"textbox", "Name", takenProblem})
	require.Equal(t, "for tests", form.value("Description (optional)"))
	p.press("Escape")
	p.dismissed()
}
