package browser

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestEveryTypeAndDurationIsCreatedAsItWasChosen(t *testing.T) {
	t.Parallel()
	for kind, permissions := range map[string]transfertoken.Permissions{
		"Push": transfertoken.Push, "Pull": transfertoken.Pull, "Full access": transfertoken.FullAccess,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := newBackend(t, nil)
			p := b.enter(t, "ann")
			now := b.clock.Now()
			for _, c := range []struct {
				duration, shown string
				lifespan        transfertoken.Lifespan
				expires         time.Time
			}{
				{"7 days", "expires in 7 days", transfertoken.Days7, now.Add(7 * day)},
				{"30 days", "expires in 30 days", transfertoken.Days30, now.Add(30 * day)},
				{"90 days", "expires in 90 days", transfertoken.Days90, now.Add(90 * day)},
				{"Unlimited", "unlimited", transfertoken.Unlimited, time.Time{}},
			} {
				name := "for " + c.duration
				p.click("button", "Create new transfer token")
				form := p.in("dialog", "Create a transfer token")
				form.fill("Name", name)
				form.fill("Description (optional)", "mine")
				form.choose("Token duration", c.duration)
				form.click("radio", radios[kind])
				form.click("button", "Save")

				b.works(p.secret(name), permissions)
				got := b.named(name)
				require.Equal(t, "mine", got.Description)
				require.Equal(t, permissions, got.Permissions)
				require.Equal(t, c.lifespan, got.Lifespan)
				require.Equal(t, c.expires, got.ExpiresAt)
				require.Equal(t, "ann", got.CreatedBy)
				for _, text := range []string{"mine", kind, "Nov 21, 2026", c.shown} {
					p.row(name).see(text)
				}
			}
			require.Len(t, b.tokens(), 4)
			p.see("Tokens: 4 of 4")
		})
	}
}

func TestANewSecretIsShownInFullAtTheTop(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := b.enter(t, "ann")
	p.see("There are no transfer tokens yet")
	secret := p.create("staging")
	p.awaitFocus("heading", "The secret of staging")
	p.dismissed()
	b.works(secret, transfertoken.Pull)
	p.panel("staging").see("Copy it now. It is shown only this once: when you reload or leave the page, it is gone.")
	p.row("staging").see("Pull")
	p.notSee("There are no transfer tokens yet")
	require.True(t, eval[bool](p, `(() => {
		const secret = document.querySelector("#secrets code").getBoundingClientRect()
		return secret.top >= 0 && secret.bottom <= Math.min(innerHeight, document.querySelector("table").getBoundingClientRect().top)
	})()`), "the secret is not above the list, in sight")
}

func TestWhatWasTypedForOneTokenIsNotThereForTheNext(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := b.enter(t, "ann")
	p.create("one")
	p.click("button", "Create new transfer token")
	form := p.dialog()
	require.Empty(t, form.value("Name"))
	require.Empty(t, form.value("Description (optional)"))
	require.Empty(t, form.value("Token duration"))
	for _, radio := range radios {
		require.Equal(t, "false", form.state("checked", "radio", radio))
	}
	form.fill("Name", "two")
	form.click("button", "Cancel")
	p.dismissed()
	require.Len(t, b.tokens(), 1)
}
