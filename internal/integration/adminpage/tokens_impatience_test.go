package adminpage

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// impatience lists the things that people do while an answer takes long.
var impatience = map[string]func(p *browser.Page){
	"clicks again":  func(p *browser.Page) { clickDisabled(p.Dialog(), "Saving…") },
	"presses Enter": func(p *browser.Page) { p.Press("Enter", "Enter") },
	"clicks Cancel": func(p *browser.Page) {
		p.Dialog().Click("button", "Cancel")
		p.AwaitFocus("button", "Cancel")
	},
	"Escape": func(p *browser.Page) {
		p.Dialog().Click("textbox", "Description (optional)")
		p.Press("Escape")
		p.AwaitFocus("textbox", "Description (optional)")
	},
	"Escape twice": func(p *browser.Page) { p.Press("Escape", "Escape") },
	"Escape often": func(p *browser.Page) { p.Press("Escape", "Escape", "Escape", "Escape", "Escape") },
}

// clickDisabled clicks a button that says that it is disabled.
func clickDisabled(s browser.Scope, name string) {
	s.Page.T.Helper()
	s.Page.Until("click "+name, func(ctx context.Context) error {
		e, err := s.One(ctx, name, "button")
		if err != nil {
			return err
		}
		at, err := browser.Call[browser.Point](ctx, e, browser.FindPoint)
		if err != nil {
			return err
		}
		return s.Page.ClickAt(ctx, at)
	})
}

func TestImpatienceNeitherCreatesTwiceNorLosesTheSecret(t *testing.T) {
	t.Parallel()
	for name, hurry := range impatience {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser.NewBackend(t, nil)
			p := b.Enter(t, "ann")
			form := p.FillIn("staging")
			form.Click("textbox", "Name")
			gate := b.Hold("POST")
			p.Press("Enter")
			<-gate.Reached
			hurry(p)
			require.Equal(t, "staging", form.Value("Name"))
			form.See("Saving…")
			gate.Open()
			secret := p.Secret("staging")
			p.Dismissed()
			p.AwaitFocus("heading", "The secret of staging")
			b.Works(secret, transfertoken.Pull)
			require.Len(t, b.Seen("POST"), 1)
			require.Len(t, b.Tokens(), 1)
			p.Edit("staging")
			p.Dialog().Click("button", "Cancel")
			p.Dismissed()
		})
	}
}

func TestImpatienceDoesNotLoseTheSecretOfARegeneratedToken(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Issue(browser.Staging)
	p := b.Enter(t, "ann")
	p.Regenerate("staging")
	gate := b.Hold("POST")
	p.Question().Click("button", "Regenerate")
	<-gate.Reached
	clickDisabled(p.Question(), "Regenerating…")
	p.Question().Click("button", "Cancel")
	p.Press("Escape", "Escape", "Escape")
	p.Question().See("Regenerating…")
	gate.Open()
	b.Works(p.Secret("staging"), transfertoken.Push)
	p.Dismissed()
	require.Len(t, b.Seen("POST"), 1)
	p.Press("Escape")
	b.Works(p.Secret("staging"), transfertoken.Push)
}

func TestARefusalThatTakesLongIsShownInSpiteOfEscape(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Issue(browser.Staging)
	p := b.Enter(t, "ann")
	form := p.FillIn("staging")
	gate := b.Hold("POST")
	p.ExpectStatus(400)
	p.Save()
	<-gate.Reached
	p.Press("Escape", "Escape")
	gate.Open()
	complains(p, atFault{"textbox", "Name", takenProblem})
	require.Equal(t, "for tests", form.Value("Description (optional)"))
	discard(p)
}
