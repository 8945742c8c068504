package adminpage

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// asks reports whether the browser would ask before it leaves the page.
func asks(p *browser.Page) bool {
	p.T.Helper()
	return !browser.Eval[bool](p, `dispatchEvent(new Event("beforeunload", {cancelable: true}))`)
}

func TestTheBrowserAsksBeforeItLosesASecretThatWasNotCopied(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	p.UseClipboard(true)
	require.False(t, asks(p))
	secret := p.Create("staging")
	p.Expect(browser.DialogTrouble, "beforeunload")
	browser.Eval[any](p, `setTimeout(() => location.reload()), undefined`) // the answer is to stay
	p.Settle()
	require.Equal(t, secret, p.Secret("staging"))
	p.Panel("staging").Click("button", "Copy")
	p.Panel("staging").In("status", "").See("Copied")
	require.False(t, asks(p))
	p.Create("another")
	require.True(t, asks(p))
	p.Panel("another").Click("button", "Done")
	require.False(t, asks(p), "the viewer is done with it")
}

func TestTheBrowserAsksBeforeItLosesWhatWasTyped(t *testing.T) {
	t.Parallel()
	p := listed(t, nil, "ann")
	p.Edit("contractor")
	require.False(t, asks(p))
	p.Dialog().Fill("Name", "photographer")
	require.True(t, asks(p))
	p.Dialog().Fill("Name", "contractor")
	require.False(t, asks(p))
	p.Dialog().Fill("Name", "photographer")
	discard(p)
	require.False(t, asks(p))
}

func TestTwoSecretsAreShownWhole(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	secrets := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d"} {
		secrets[name] = p.Create(name)
	}
	p.AwaitCount(2, "code", "")
	p.Panel("a").AwaitCount(0, "code", "")
	p.Panel("a").Click("button", "Show")
	require.Equal(t, secrets["a"], p.Secret("a"))
	p.AwaitFocus("heading", "The secret of a")
}

func TestACommandIsCopiedWithTheSecretInIt(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	p.UseClipboard(true)
	secret := p.Create("staging") // may pull
	url := b.URL("")
	panel := p.Panel("staging")
	panel.NotSee("Send data to this server:")
	require.Equal(t, "true", panel.State("selected", "tab", "xfer"))
	panel.Click("button", "Copy the command of xfer")
	panel.In("status", "").See("Copied")
	require.Equal(t, "XFER_TOKEN="+secret+" xfer pull "+url+" backup", p.Clipboard())
	require.False(t, asks(p))

	panel.Click("tab", "xfer")
	p.Press("ArrowRight")
	p.AwaitFocus("tab", "strapi transfer")
	require.Equal(t, "true", panel.State("selected", "tab", "strapi transfer"))
	require.Equal(t, "false", panel.State("selected", "tab", "xfer"))
	panel.Click("button", "Copy the command of strapi transfer")
	p.Until("copy", copied(p, "npx strapi transfer --from "+url+" --from-token "+secret))
	panel.NotSee("426")
	panel.Click("tab", "curl")
	panel.See("This only tries the secret: 426 means that it is accepted")
	panel.Click("button", "Copy the command of curl")
	p.Until("copy", copied(p, `curl -i -H "Authorization: Bearer `+secret+`" `+url+"/transfer/runner/pull"))
	require.Equal(t, []string{"document"}, traces(p, secret))
	b.Works(secret, transfertoken.Pull)
}

func copied(p *browser.Page, want string) func(context.Context) error {
	return func(context.Context) error {
		if got := p.Clipboard(); got != want {
			return fmt.Errorf("the clipboard has %q", got)
		}
		return nil
	}
}

func TestCommandsAreThoseOfTheHost(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, &browser.BackendOptions{Admin: admin.Options{
		PublicURL: "https://cms.example.com/it's/",
		Commands: []admin.Command{{Name: "tool", Pull: "tool {url}/../get {secret}", Push: "tool --put {secret}",
			Note: "It prints <nothing>."}},
	}})
	p := b.Enter(t, "ann")
	secret := p.Create("staging")
	p.AwaitCount(1, "tab", "")
	require.Equal(t, []string{`tool 'https://cms.example.com/it'\''s'/../get ` + secret},
		browser.Eval[[]string](p, `[...document.querySelectorAll("pre")].map(pre => pre.textContent)`))
	p.See("It prints <nothing>.")
}
