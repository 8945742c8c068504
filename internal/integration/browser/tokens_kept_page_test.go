package browser

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
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
	b := newBackend(t, nil)
	b.replace(func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(cacheable{w}, r) })
	p := visit(t, b)
	b.show(p, "ann")
	secret := p.create("staging")
	eval[any](p, `document.kept = true, undefined`)
	p.open(b.server.URL)
	p.see("Host")
	b.issue(transfertoken.NewToken{Name: "meanwhile", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	p.back()
	p.row("meanwhile").see("Push")
	require.True(t, eval[bool](p, `document.kept === true`), "it is another document")
	require.Empty(t, p.traces(secret))
	p.awaitCount(0, "region", "The secret of staging")
	b.works(p.create("another"), transfertoken.Pull)
}
