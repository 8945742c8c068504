package browser

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// mount is a way in which a host serves the admin API.
type mount int

const (
	stripped   mount = iota // below /admin, which the host strips
	unstripped              // below /admin, which it doesn't
	atRoot
	proxied // behind a proxy that changes path and host
)

// Mounts are all of them, by name.
var Mounts = map[string]mount{"stripped": stripped, "unstripped": unstripped, "at the root": atRoot, "proxied": proxied}

// add mounts the API and returns the prefix of /transfer/ in the paths that the
// browser sees.
func (m mount) add(t testing.TB, mux *http.ServeMux, api http.Handler) (prefix string) {
	t.Helper()
	switch m {
	case unstripped:
		prefix = "/admin"
		mux.Handle("/admin/", api)
	case atRoot:
		mux.Handle("/transfer/", api)
	case proxied:
		prefix = "/console/tools"
		mux.Handle("/console/tools/", http.StripPrefix(prefix, proxy(t, api)))
	default:
		prefix = "/admin"
		mux.Handle("/admin/", http.StripPrefix(prefix, api))
	}
	return prefix
}

// proxy leads to a server of its own, where api is below /admin.
func proxy(t testing.TB, api http.Handler) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	stripped.add(t, mux, api)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	target, err := url.Parse(server.URL + "/admin")
	require.NoError(t, err)
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
}
