package browser

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// traces returns where in the browser, as far as scripts can look, secret is.
func (p *page) traces(secret string) []string {
	p.t.Helper()
	return eval[[]string](p, fmt.Sprintf(`(async () => {
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
		if (places.indexedDB !== "[]" || places.caches !== "[]") throw new Error("look into them: " + places.indexedDB + places.caches)
		return Object.keys(places).filter(place => places[place].includes(%q))
	})()`, secret))
}

func TestASecretIsNowhereButInTheDocumentUntilItIsGone(t *testing.T) {
	t.Parallel()
	const pagehide = `dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true})), document.documentElement.outerHTML`
	for name, leave := range map[string]func(b *backend, p *page, secret string){
		"done": func(_ *backend, p *page, _ string) {
			p.panel("staging").click("button", "Done")
			p.awaitFocus("heading", "Transfer tokens")
		},
		"reload": func(_ *backend, p *page, _ string) { p.reload() },
		"another page and back": func(b *backend, p *page, secret string) {
			p.open(b.server.URL)
			p.see("Host")
			require.Empty(p.t, p.traces(secret))
			p.back()
		},
		"back and forward": func(_ *backend, p *page, secret string) {
			p.back()
			p.see("Host")
			require.Empty(p.t, p.traces(secret))
			p.forward()
		},
		"the same address again": func(b *backend, p *page, _ string) { p.open(b.url("/transfer/")) },
		"kept for the back button": func(_ *backend, p *page, secret string) {
			require.NotContains(p.t, eval[string](p, pagehide), secret)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBackend(t, nil)
			p := visit(t, b)
			b.show(p, "ann")
			secret := p.create("staging")
			require.Equal(t, []string{"document"}, p.traces(secret))
			leave(b, p, secret)
			p.row("staging").see("Pull")
			require.Empty(t, p.traces(secret))
			p.awaitCount(0, "region", "The secret of staging")
			p.reload()
			p.row("staging").see("Pull")
			require.Empty(t, p.traces(secret))
			b.works(secret, transfertoken.Pull)
			b.keepsSecret(secret)
		})
	}
}

func TestSecretsStayUntilEachIsDoneWith(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.issue(staging)
	p := b.enter(t, "ann")
	first := p.create("another")
	p.regenerate("staging")
	p.question().click("button", "Regenerate")
	second := p.secret("staging")
	p.awaitFocus("heading", "The secret of staging")
	require.Equal(t, first, p.secret("another"))
	require.NotEqual(t, first, second)
	b.works(first, transfertoken.Pull)
	b.works(second, transfertoken.Push)
	p.panel("another").click("button", "Done")
	p.awaitCount(0, "region", "The secret of another")
	require.Equal(t, second, p.secret("staging"))
	require.Empty(t, p.traces(first))
	p.panel("staging").click("button", "Done")
	p.awaitCount(0, "region", "The secret of staging")
	require.Empty(t, p.traces(second))
	for _, secret := range []string{first, second} {
		b.keepsSecret(secret)
	}
}

func TestASecretThatWasReplacedIsNotShownBesideTheNewOne(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := b.enter(t, "ann")
	first := p.create("staging")
	p.regenerate("staging")
	p.question().click("button", "Regenerate")
	p.dismissed()
	second := p.secret("staging")
	require.NotEqual(t, first, second)
	b.refuses(first)
	b.works(second, transfertoken.Pull)
	require.Empty(t, p.traces(first))
}
