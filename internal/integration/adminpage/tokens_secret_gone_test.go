package adminpage

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// traces returns where in the browser, as far as scripts can look, secret is.
func traces(p *browser.Page, secret string) []string {
	p.T.Helper()
	return browser.Eval[[]string](p, fmt.Sprintf(`(async () => {
		const places = {
			"document": document.documentElement.outerHTML,
			"title": document.title,
			"address": location.href,
			"name of the window": window.name,
			"history": JSON.stringify(history.state),
			"cookies": JSON.stringify(await cookieStore.getAll()),
			"fields": [...document.querySelectorAll("input, textarea, select")].map(field => field.value).join(),
			"localStorage": JSON.stringify(localStorage),
			"sessionStorage": JSON.stringify(sessionStorage),
			"requests": JSON.stringify(performance.getEntries()),
		}
		places.indexedDB = JSON.stringify(await indexedDB.databases())
		places.caches = JSON.stringify(await caches.keys())
		if (places.indexedDB !== "[]" || places.caches !== "[]") {
			throw new Error("look into them: " + places.indexedDB + places.caches)
		}
		return Object.keys(places).filter(place => places[place].includes(%q))
	})()`, secret))
}

func TestASecretIsNowhereButInTheDocumentUntilItIsGone(t *testing.T) {
	t.Parallel()
	const pagehide = `dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true})),
		document.documentElement.outerHTML`
	for name, leave := range map[string]func(b *browser.Backend, p *browser.Page, secret string){
		"done": func(_ *browser.Backend, p *browser.Page, _ string) {
			p.Panel("staging").Click("button", "Done")
			p.AwaitFocus("button", "staging")
		},
		"reload": func(_ *browser.Backend, p *browser.Page, _ string) { p.Reload() },
		"another page and back": func(b *browser.Backend, p *browser.Page, secret string) {
			p.Open(b.Server.URL)
			p.See("Host")
			require.Empty(p.T, traces(p, secret))
			p.Back()
		},
		"back and forward": func(_ *browser.Backend, p *browser.Page, secret string) {
			p.Back()
			p.See("Host")
			require.Empty(p.T, traces(p, secret))
			p.Forward()
		},
		"the same address again": func(b *browser.Backend, p *browser.Page, _ string) { p.Open(b.URL("/transfer/")) },
		"kept for the back button": func(_ *browser.Backend, p *browser.Page, secret string) {
			require.NotContains(p.T, browser.Eval[string](p, pagehide), secret)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser.NewBackend(t, nil)
			p := browser.Visit(t, b)
			b.Show(p, "ann")
			secret := p.Create("staging")
			require.Equal(t, []string{"document"}, traces(p, secret))
			p.MayLeave()
			leave(b, p, secret)
			p.Row("staging").See("Pull")
			require.Empty(t, traces(p, secret))
			p.AwaitCount(0, "region", "The secret of staging")
			p.Reload()
			p.Row("staging").See("Pull")
			require.Empty(t, traces(p, secret))
			b.Works(secret, transfertoken.Pull)
			b.KeepsSecret(secret)
		})
	}
}

func TestSecretsStayUntilEachIsDoneWith(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Issue(browser.Staging)
	p := b.Enter(t, "ann")
	first := p.Create("another")
	p.Regenerate("staging")
	p.Question().Click("button", "Regenerate")
	second := p.Secret("staging")
	p.AwaitFocus("heading", "The secret of staging")
	require.Equal(t, first, p.Secret("another"))
	require.NotEqual(t, first, second)
	b.Works(first, transfertoken.Pull)
	b.Works(second, transfertoken.Push)
	p.Panel("another").Click("button", "Done")
	p.AwaitCount(0, "region", "The secret of another")
	require.Equal(t, second, p.Secret("staging"))
	require.Empty(t, traces(p, first))
	p.Panel("staging").Click("button", "Done")
	p.AwaitCount(0, "region", "The secret of staging")
	require.Empty(t, traces(p, second))
	for _, secret := range []string{first, second} {
		b.KeepsSecret(secret)
	}
}

func TestASecretThatWasReplacedIsNotShownBesideTheNewOne(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	p := b.Enter(t, "ann")
	first := p.Create("staging")
	p.Regenerate("staging")
	p.Question().Click("button", "Regenerate")
	p.Dismissed()
	second := p.Secret("staging")
	require.NotEqual(t, first, second)
	b.Refuses(first)
	b.Works(second, transfertoken.Pull)
	require.Empty(t, traces(p, first))
}
