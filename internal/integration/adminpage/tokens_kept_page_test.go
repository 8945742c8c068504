package adminpage

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

// cacheable takes Cache-Control from answers.
type cacheable struct{ http.ResponseWriter }

func (w cacheable) WriteHeader(status int) {
	w.Header().Del("Cache-Control")
	w.ResponseWriter.WriteHeader(status)
}

// TestASecretDoesNotComeBackWithAPageThatTheBrowserKept has something in front of
// the server that lets the browser keep the page as it is, for its back button.
func TestASecretDoesNotComeBackWithAPageThatTheBrowserKept(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	b.Replace(func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(cacheable{w}, r) })
	p := browser.Visit(t, b)
	b.Show(p, "ann")
	secret := p.Create("staging")
	browser.Eval[any](p, `document.kept = true, undefined`)
	p.MayLeave()
	p.Open(b.Server.URL)
	p.See("Host")
	b.Issue(transfertoken.NewToken{Name: "meanwhile", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	p.Back()
	p.Row("meanwhile").See("Push")
	require.True(t, browser.Eval[bool](p, `document.kept === true`), "it is another document")
	require.Empty(t, traces(p, secret))
	p.AwaitCount(0, "region", "The secret of staging")
	b.Works(p.Create("another"), transfertoken.Pull)
}
