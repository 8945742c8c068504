package browser

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const strictPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'"

// site serves files, by path, under a strict Content Security Policy. Paths that
// end in .js are scripts, others pages.
func site(t testing.TB, files map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, ok := files[r.URL.Path]
		w.Header().Set("Content-Security-Policy", strictPolicy)
		switch {
		case r.URL.Path == "/favicon.ico":
			w.WriteHeader(http.StatusNoContent)
			return
		case !ok:
			http.NotFound(w, r)
			return
		case strings.HasSuffix(r.URL.Path, ".js"):
			w.Header().Set("Content-Type", "text/javascript")
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
		}
		io.WriteString(w, file)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// show opens a page with this body, which runs script.
func show(t testing.TB, body, script string) *Page {
	t.Helper()
	address := document(t, body, script)
	p := NewPage(t)
	p.Open(address)
	return p
}

// document returns the URL of a page with this body, which runs script.
func document(t testing.TB, body, script string) string {
	t.Helper()
	return site(t, map[string]string{
		"/": "<!DOCTYPE html><html lang=en><title>A page</title><main>" + body +
			"</main><script type=module src=script.js></script></html>",
		"/script.js": script,
	})
}
