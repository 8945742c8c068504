package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

const (
	unreachable = "The server cannot be reached. Check your connection."
	uncertain   = "It is not certain whether this took effect. Look at the list before you try again; " +
		"a token whose secret you have not seen can be regenerated."
	kept = "What you typed is still here."
)

func TestACreateWhoseAnswerIsLostIsUncertain(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := b.enter(t, "ann")
	p.expect(networkTrouble, "ERR_EMPTY_RESPONSE")
	form := p.fillIn("staging")
	b.lose("POST /transfer/tokens")
	p.save()
	alert := form.in("alert", "")
	for _, text := range []string{unreachable, uncertain, kept} {
		alert.see(text)
	}
	require.Equal(t, "staging", form.value("Name"))
	require.Equal(t, "for tests", form.value("Description (optional)"))
	require.Len(t, b.tokens(), 1)
	b.heal()
	p.expectStatus(400)
	p.save()
	p.complains(atFault{"textbox", "Name", takenProblem})
	form.click("button", "Cancel")
	p.dismissed()
	p.row("staging").see("Pull")
	require.Len(t, b.tokens(), 1)
	p.regenerate("staging")
	p.question().click("button", "Regenerate")
	b.works(p.secret("staging"), transfertoken.Pull)
}

func TestASaveWhoseAnswerIsLostIsUncertain(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.issue(staging)
	p := b.enter(t, "ann")
	p.expect(networkTrouble, "ERR_EMPTY_RESPONSE")
	p.edit("staging")
	form := p.dialog()
	form.fill("Name", "production")
	b.lose("PUT")
	p.save()
	alert := form.in("alert", "")
	for _, text := range []string{unreachable, uncertain, kept} {
		alert.see(text)
	}
	require.Equal(t, "production", form.value("Name"))
	b.heal()
	form.click("button", "Cancel")
	p.dismissed()
	p.awaitFocus("button", "Edit production")
	require.Equal(t, "production", b.tokens()[0].Name)
}

func TestASaveWhoseAnswerWasLostIsNotTakenForAnothersChange(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.issue(staging)
	p := b.enter(t, "ann")
	p.expect(networkTrouble, "ERR_EMPTY_RESPONSE")
	p.edit("staging")
	p.dialog().fill("Name", "production")
	b.lose("PUT")
	p.save()
	p.dialog().see(uncertain)
	b.heal()
	p.expectStatus(412)
	p.save()
	p.dismissed()
	p.see("production has been saved.")
	require.EqualValues(t, 2, b.named("production").Revision)
}

func TestARegenerationWhoseAnswerIsLostIsDoneAgain(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	old := b.issue(staging).Secret.Reveal()
	p := b.enter(t, "ann")
	p.expect(networkTrouble, "ERR_EMPTY_RESPONSE")
	p.regenerate("staging")
	b.lose("POST")
	p.question().click("button", "Regenerate")
	p.question().in("alert", "").see(uncertain)
	b.refuses(old)
	p.settle()
	b.heal()
	p.question().click("button", "Regenerate")
	b.works(p.secret("staging"), transfertoken.Push)
	p.dismissed()
}

func TestADeletionWhoseAnswerIsLostEndsWell(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.issue(staging)
	p := b.enter(t, "ann")
	p.expect(networkTrouble, "ERR_EMPTY_RESPONSE")
	p.remove("staging")
	b.lose("DELETE")
	p.question().click("button", "Delete")
	p.question().in("alert", "").see(uncertain)
	require.Empty(t, b.tokens())
	p.settle()
	b.heal()
	p.expectStatus(412)
	p.expectStatus(404)
	p.question().click("button", "Delete")
	p.dismissed()
	p.see("staging had been deleted already.")
	p.see("There are no transfer tokens yet")
	p.awaitFocus("heading", "Transfer tokens")
}
