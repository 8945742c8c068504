package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestDeletedTokensAreGoneAndTheFocusGoesOn(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	secrets := map[string]string{}
	for _, name := range []string{"a", "b", "c"} {
		secrets[name] = b.Issue(transfertoken.NewToken{Name: name, Permissions: transfertoken.FullAccess,
			Lifespan: transfertoken.Days7}).Secret.Reveal()
	}
	p := b.Enter(t, "ann")
	remove := func(name string) {
		p.Remove(name)
		question := p.In("alertdialog", "Delete "+name+"?")
		question.See("Whoever uses it is refused from now on. This cannot be undone.")
		p.AwaitFocus("button", "Cancel")
		b.Works(secrets[name], transfertoken.Push)
		question.Click("button", "Delete")
		p.Dismissed()
		p.See(name + " has been deleted.")
		b.Refuses(secrets[name])
	}
	remove("b")
	p.AwaitFocus("button", "c")
	require.Equal(t, []string{"a", "c"}, p.Names())
	p.See("Tokens: 2 of 2")
	remove("c")
	p.AwaitFocus("heading", "Transfer tokens")
	require.Equal(t, []string{"a"}, p.Names())
	remove("a")
	p.AwaitFocus("heading", "Transfer tokens")
	p.See("There are no transfer tokens yet")
	require.Empty(t, b.Tokens())
	require.Equal(t, `"1"`, b.Seen("DELETE")[0].Header.Get("If-Match"))
	p.Reload()
	p.See("There are no transfer tokens yet")
}

func TestDeletingIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]func(p *browser.Page){
		"Cancel": func(p *browser.Page) { p.Question().Click("button", "Cancel") },
		"Escape": func(p *browser.Page) { p.Press("Escape") },
		"Enter":  func(p *browser.Page) { p.Press("Enter") }, // the focus is on Cancel
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser.NewBackend(t, nil)
			secret := b.Issue(browser.Staging).Secret.Reveal()
			p := b.Enter(t, "ann")
			p.Remove("staging")
			p.AwaitFocus("button", "Cancel")
			cancel(p)
			p.Dismissed()
			p.AwaitFocus("button", "Delete staging")
			require.Empty(t, b.Seen("DELETE"))
			b.Works(secret, transfertoken.Push)
		})
	}
}

func TestADeletedTokenWithDetailsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	issued := b.Issue(browser.Staging)
	other := browser.Staging
	other.Name = "zeta"
	b.Issue(other)
	p := b.Enter(t, "ann")
	p.Click("button", "staging")
	p.See(issued.Token.ID.String())
	deletes(p, "staging")
	p.NotSee(issued.Token.ID.String())
	p.AwaitFocus("button", "zeta")
}
