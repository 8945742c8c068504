package adminpage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestANewTokenSaysWhenItWillEnd(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	form := p.FillIn("staging") // for 30 days
	form.See("Ends on Monday, December 21, 2026.")
	require.Contains(t, form.Description("combobox", "Token duration"), "December 21")
	form.Choose("Token duration", "Unlimited")
	form.See("Never ends.")
	p.Save()
	p.Panel("staging").See("Never ends.")
}

func TestTheFormSaysWhenATokenEndsAndWasUsed(t *testing.T) {
	t.Parallel()
	p := listed(t, nil, "ann")
	for name, line := range map[string]string{
		"staging to production": "Expires Nov 23, 2026 (in 2 days) · Used 4 minutes ago",
		"contractor":            "Expired Nov 19, 2026 (2 days ago) · Used 3 days ago",
		"laptop of Noor":        "Expires Nov 28, 2026 (in 7 days) · Never used",
		"nightly backup":        "Never expires · Used 16 hours ago",
	} {
		p.Edit(name)
		p.Dialog().See(line)
		p.Dialog().Click("button", "Cancel")
		p.Dismissed()
	}
}

func TestRegeneratingInTheFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	old := b.Issue(browser.Staging).Secret.Reveal()
	p := b.Enter(t, "ann")
	p.Edit("staging")
	p.Dialog().Fill("Name", "production")
	p.Dialog().Click("button", "Regenerate…")
	p.In("alertdialog", "Regenerate staging?").Click("button", "Regenerate")
	p.AwaitFocus("heading", "The secret of staging")
	secret := p.Dialog().In("region", "The secret of staging").In("code", "")
	secret.See("xfer_")
	b.Refuses(old)
	require.Equal(t, "production", p.Dialog().Value("Name"))
	shown := p.Secret("staging")
	p.Settle()
	p.Save()
	p.Dismissed()
	require.Equal(t, "production", b.Tokens()[0].Name)
	require.Equal(t, shown, p.Secret("staging"), "the secret is gone with the form")
	b.Works(shown, transfertoken.Push)
	p.AwaitFocus("heading", "The secret of staging")
	p.Panel("staging").Click("button", "Done")
	p.AwaitFocus("button", "production")
}

func TestATokenIsSuspendedAndResumed(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	secret := b.Issue(browser.Staging).Secret.Reveal()
	p := b.Enter(t, "ann")
	p.Row("staging").NotSee("suspended")
	toggle := func() {
		p.Edit("staging")
		p.Dialog().Click("switch",
			"Suspended Whoever uses it is refused until this is switched off. Its secret stays the same.")
		p.Save()
		p.Dismissed()
	}
	toggle()
	p.Row("staging").See("suspended")
	require.JSONEq(t, `{"suspended": true}`, b.Seen("PUT")[0].Body)
	_, err := b.Svc.Authorize(t.Context(), secret, transfertoken.Push)
	require.Error(t, err)
	toggle()
	p.Row("staging").NotSee("suspended")
	b.Works(secret, transfertoken.Push)
}
