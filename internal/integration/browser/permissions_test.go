package browser

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/admin"
)

var everyAction = []string{
	admin.ActionAccess, admin.ActionRead, admin.ActionCreate, admin.ActionUpdate, admin.ActionRegenerate,
	admin.ActionDelete,
}

// without lets bob do everything but these actions.
func (b *backend) without(actions ...string) {
	b.permit("bob", slices.DeleteFunc(slices.Clone(everyAction), func(action string) bool {
		return slices.Contains(actions, action)
	})...)
}

func TestOnlyWhatTheHostAllowsIsOffered(t *testing.T) {
	t.Parallel()
	buttons := map[string]string{
		admin.ActionCreate:     "Create new transfer token",
		admin.ActionUpdate:     "Edit contractor",
		admin.ActionRegenerate: "Regenerate contractor",
		admin.ActionDelete:     "Delete contractor",
	}
	for refused := range buttons {
		t.Run(refused, func(t *testing.T) {
			b := newBackend(t, nil)
			b.without(refused)
			b.given(usual(b.clock.Now())...)
			p := b.enter(t, "bob")
			p.see("Tokens: 5 of 5")
			for action, button := range buttons {
				if action == refused {
					p.awaitCount(0, "button", button)
				} else {
					p.awaitCount(1, "button", button)
				}
			}
			p.awaitCount(1, "columnheader", "Actions")
		})
	}
}

func TestReadersSeeNoActions(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.permit("bob", admin.ActionAccess, admin.ActionRead)
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, "bob")
	p.see("Tokens: 5 of 5")
	p.awaitCount(6, "columnheader", "")
	p.awaitCount(0, "columnheader", "Actions")
	p.awaitCount(5, "button", "") // which open the details
	p.click("button", "contractor")
	p.see("2Ghe4s")
	require.Equal(t, eval[float64](p, `document.querySelector("table").getBoundingClientRect().right`),
		eval[float64](p, `document.querySelector(".details td").getBoundingClientRect().right + 1`),
		"the details are as wide as the table")
}

func TestWhoMayNotReadIsToldSo(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.permit("bob", admin.ActionAccess)
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, "bob")
	p.see("You may not see the transfer tokens")
	p.see("Ask an administrator for the permission to read them.")
	p.notSee("Loading")
	p.awaitCount(0, "table", "")
	p.awaitCount(0, "button", "")
	for _, r := range b.seen() {
		require.NotContains(t, r.URI, "/transfer/tokens", "it would be refused")
	}
}

func TestWhoMayCreateButNotReadSeesTheSecretAlone(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.without(admin.ActionRead)
	b.given(usual(b.clock.Now())...)
	p := b.enter(t, "bob")
	p.see("You may not see the transfer tokens")
	p.click("button", "Create new transfer token")
	p.fill("Name", "robot")
	p.choose("Token duration", "7 days")
	p.click("radio", "Push Data may be sent to this server.")
	p.click("button", "Save")
	p.see("The secret of robot")
	p.awaitCount(0, "table", "")
	p.notSee("Loading")
	p.notSee("contractor")
}

func TestWhoeverIsNotSignedInIsSentToTheLogin(t *testing.T) {
	t.Parallel()
	b := newBackend(t, &backendOptions{admin: admin.Options{SignInURL: "/login"}})
	p := newPage(t)
	p.expectStatus(401)
	b.show(p, "")
	p.see("You are not signed in")
	p.see("Sign in, then open this page again.")
	require.Equal(t, b.server.URL+"/login", p.href("Sign in"))
	require.Equal(t, "You are not signed in", eval[string](p, "document.title"))
}

func TestWithoutALoginAddressThereIsNoLink(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := newPage(t)
	p.expectStatus(401)
	b.show(p, "")
	p.see("You are not signed in")
	p.awaitCount(0, "link", "")
}

func TestWhoeverIsNotAllowedIsToldSo(t *testing.T) {
	t.Parallel()
	b := newBackend(t, &backendOptions{admin: admin.Options{SignInURL: "/login"}})
	b.permit("eve", admin.ActionRead)
	p := newPage(t)
	p.expectStatus(403)
	b.show(p, "eve")
	p.see("You may not see the transfer tokens")
	p.awaitCount(0, "link", "")
	p.awaitCount(0, "button", "")
}

func TestAHostThatCannotTellWhoAsksIsNotAvailable(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.breakSessions(errors.New("the directory is down"))
	p := newPage(t)
	p.expectStatus(503)
	b.show(p, "ann")
	p.see("The page is not available")
	p.notSee("directory")
	b.breakSessions(nil)
	p.reload()
	p.see("There are no transfer tokens yet")
}
