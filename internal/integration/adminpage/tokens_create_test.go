package adminpage

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestEveryTypeAndDurationIsCreatedAsItWasChosen(t *testing.T) {
	t.Parallel()
	for kind, permissions := range map[string]transfertoken.Permissions{
		"Push": transfertoken.Push, "Pull": transfertoken.Pull, "Full access": transfertoken.FullAccess,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := browser.NewBackend(t, nil)
			p := b.Enter(t, "ann")
			now := b.Clock.Now()
			for _, c := range []struct {
				duration, shown string
				lifespan        transfertoken.Lifespan
				expires         time.Time
			}{
				{"7 days", "expires in 7 days", transfertoken.Days7, now.Add(7 * browser.Day)},
				{"30 days", "expires in 30 days", transfertoken.Days30, now.Add(30 * browser.Day)},
				{"90 days", "expires in 90 days", transfertoken.Days90, now.Add(90 * browser.Day)},
				{"Unlimited", "unlimited", transfertoken.Unlimited, time.Time{}},
			} {
				name := "for " + c.duration
				p.Click("button", "Create new transfer token")
				form := p.In("dialog", "Create a transfer token")
				form.Fill("Name", name)
				form.Fill("Description (optional)", "mine")
				form.Choose("Token duration", c.duration)
				form.Click("radio", browser.Radios[kind])
				form.Click("button", "Save")

				b.Works(p.Secret(name), permissions)
				got := b.Named(name)
				require.Equal(t, "mine", got.Description)
				require.Equal(t, permissions, got.Permissions)
				require.Equal(t, c.lifespan, got.Lifespan)
				require.Equal(t, c.expires, got.ExpiresAt)
				require.Equal(t, "ann", got.CreatedBy)
				for _, text := range []string{"mine", kind, "Nov 21, 2026", c.shown} {
					p.Row(name).See(text)
				}
			}
			require.Len(t, b.Tokens(), 4)
			p.See("Tokens: 4 of 4")
		})
	}
}

func TestANewSecretIsShownInFullAtTheTop(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	p.See("There are no transfer tokens yet")
	secret := p.Create("staging")
	p.AwaitFocus("heading", "The secret of staging")
	p.Dismissed()
	b.Works(secret, transfertoken.Pull)
	p.Panel("staging").See("Copy it now. It is shown only this once: when you reload or leave the page, it is gone.")
	p.Row("staging").See("Pull")
	p.NotSee("There are no transfer tokens yet")
	require.True(t, browser.Eval[bool](p, `(() => {
		const secret = document.querySelector("#secrets code").getBoundingClientRect()
		const table = document.querySelector("table").getBoundingClientRect()
		return secret.top >= 0 && secret.bottom <= Math.min(innerHeight, table.top)
	})()`), "the secret is not above the list, in sight")
}

func TestWhatWasTypedForOneTokenIsNotThereForTheNext(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	p.Create("one")
	p.Click("button", "Create new transfer token")
	form := p.Dialog()
	require.Empty(t, form.Value("Name"))
	require.Empty(t, form.Value("Description (optional)"))
	require.Empty(t, form.Value("Token duration"))
	for _, radio := range browser.Radios {
		require.Equal(t, "false", form.State("checked", "radio", radio))
	}
	form.Fill("Name", "two")
	discard(p)
	p.Dismissed()
	require.Len(t, b.Tokens(), 1)
}
