package browser

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestDeletedTokensAreGoneAndTheFocusGoesOn(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	secrets := map[string]string{}
	for _, name := range []string{"a", "b", "c"} {
		secrets[name] = b.issue(transfertoken.NewToken{Name: name, Permissions: transfertoken.FullAccess,
			Lifespan: transfertoken.Days7}).Secret.Reveal()
	}
	p := b.enter(t, "ann")
	remove := func(name string) {
		p.remove(name)
		question := p.in("alertdialog", "Delete "+name+"?")
		question.see("Whoever uses it is refused from now on. This cannot be undone.")
		p.awaitFocus("button", "Cancel")
		b.works(secrets[name], transfertoken.Push)
		question.click("button", "Delete")
		p.dismissed()
		p.see(name + " has been deleted.")
		b.refuses(secrets[name])
	}
	remove("b")
	p.awaitFocus("button", "c")
	require.Equal(t, []string{"a", "c"}, p.names())
	p.see("Tokens: 2 of 2")
	remove("c")
	p.awaitFocus("heading", "Transfer tokens")
	require.Equal(t, []string{"a"}, p.names())
	remove("a")
	p.awaitFocus("heading", "Transfer tokens")
	p.see("There are no transfer tokens yet")
	require.Empty(t, b.tokens())
	require.Equal(t, `"1"`, b.seen("DELETE")[0].Header.Get("If-Match"))
	p.reload()
	p.see("There are no transfer tokens yet")
}

func TestDeletingIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]func(p *page){
		"Cancel": func(p *page) { p.question().click("button", "Cancel") },
		"Escape": func(p *page) { p.press("Escape") },
		"Enter":  func(p *page) { p.press("Enter") }, // the focus is on Cancel
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBackend(t, nil)
			secret := b.issue(staging).Secret.Reveal()
			p := b.enter(t, "ann")
			p.remove("staging")
			p.awaitFocus("button", "Cancel")
			cancel(p)
			p.dismissed()
			p.awaitFocus("button", "Delete staging")
			require.Empty(t, b.seen("DELETE"))
			b.works(secret, transfertoken.Push)
		})
	}
}

func TestADeletedTokenWithDetailsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	issued := b.issue(staging)
	other := staging
	other.Name = "zeta"
	b.issue(other)
	p := b.enter(t, "ann")
	p.click("button", "staging")
	p.see(issued.Token.ID.String())
	p.deletes("staging")
	p.notSee(issued.Token.ID.String())
	p.awaitFocus("button", "zeta")
}
