package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

const (
	unreachable = "The server cannot be reached. Check your connection."
	uncertain   = "It is not certain whether this took effect. Look at the list before you try again; " +
		"a token whose secret you have not seen can be regenerated."
	kept = "What you typed is still here."
)

func TestACreateWhoseAnswerIsLostIsUncertain(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	p.Expect(browser.NetworkTrouble, "ERR_EMPTY_RESPONSE")
	form := p.FillIn("staging")
	b.Lose("POST /transfer/tokens")
	p.Save()
	alert := form.In("alert", "")
	for _, text := range []string{unreachable, uncertain, kept} {
		alert.See(text)
	}
	require.Equal(t, "staging", form.Value("Name"))
	require.Equal(t, "for tests", form.Value("Description (optional)"))
	require.Len(t, b.Tokens(), 1)
	b.Heal()
	p.ExpectStatus(400)
	p.Save()
	complains(p, atFault{"textbox", "Name", takenProblem})
	discard(p)
	p.Row("staging").See("Pull")
	require.Len(t, b.Tokens(), 1)
	p.Regenerate("staging")
	p.Question().Click("button", "Regenerate")
	b.Works(p.Secret("staging"), transfertoken.Pull)
}

func TestASaveWhoseAnswerIsLostIsUncertain(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Issue(browser.Staging)
	p := b.Enter(t, "ann")
	p.Expect(browser.NetworkTrouble, "ERR_EMPTY_RESPONSE")
	p.Edit("staging")
	form := p.Dialog()
	form.Fill("Name", "production")
	b.Lose("PUT")
	p.Save()
	alert := form.In("alert", "")
	for _, text := range []string{unreachable, uncertain, kept} {
		alert.See(text)
	}
	require.Equal(t, "production", form.Value("Name"))
	b.Heal()
	discard(p)
	p.AwaitFocus("button", "Edit production")
	require.Equal(t, "production", b.Tokens()[0].Name)
}

func TestASaveWhoseAnswerWasLostIsNotTakenForAnothersChange(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Issue(browser.Staging)
	p := b.Enter(t, "ann")
	p.Expect(browser.NetworkTrouble, "ERR_EMPTY_RESPONSE")
	p.Edit("staging")
	p.Dialog().Fill("Name", "production")
	b.Lose("PUT")
	p.Save()
	p.Dialog().See(uncertain)
	b.Heal()
	p.ExpectStatus(412)
	p.Save()
	p.Dismissed()
	p.See("production has been saved.")
	require.EqualValues(t, 2, b.Named("production").Revision)
}

func TestARegenerationWhoseAnswerIsLostIsDoneAgain(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	old := b.Issue(browser.Staging).Secret.Reveal()
	p := b.Enter(t, "ann")
	p.Expect(browser.NetworkTrouble, "ERR_EMPTY_RESPONSE")
	p.Regenerate("staging")
	b.Lose("POST")
	p.Question().Click("button", "Regenerate")
	p.Question().In("alert", "").See(uncertain)
	b.Refuses(old)
	p.Settle()
	b.Heal()
	p.Question().Click("button", "Regenerate")
	b.Works(p.Secret("staging"), transfertoken.Push)
	p.Dismissed()
}

func TestADeletionWhoseAnswerIsLostEndsWell(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Issue(browser.Staging)
	p := b.Enter(t, "ann")
	p.Expect(browser.NetworkTrouble, "ERR_EMPTY_RESPONSE")
	p.Remove("staging")
	b.Lose("DELETE")
	p.Question().Click("button", "Delete")
	p.Question().In("alert", "").See(uncertain)
	require.Empty(t, b.Tokens())
	p.Settle()
	b.Heal()
	p.ExpectStatus(412)
	p.ExpectStatus(404)
	p.Question().Click("button", "Delete")
	p.Dismissed()
	p.See("staging had been deleted already.")
	p.See("There are no transfer tokens yet")
	p.AwaitFocus("heading", "Transfer tokens")
}
