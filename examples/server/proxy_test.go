package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// behindProxy starts the server behind a proxy that serves it at /app and replaces
// the Host header, as nginx does by default.
func behindProxy(t *testing.T, configure func(cfg *config, origin string)) *client {
	t.Helper()
	var target *url.URL
	proxy := httptest.NewServer(http.StripPrefix("/app", &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
	}))
	t.Cleanup(proxy.Close)
	cfg := newConfig(t)
	configure(&cfg, proxy.URL)
	var err error
	target, err = url.Parse(start(t, cfg).url)
	require.NoError(t, err)
	return newClient(t, proxy.URL+"/app")
}

func TestBehindAProxyThatAddsAPrefixBrowsersFindTheirWay(t *testing.T) {
	c := behindProxy(t, func(*config, string) {})
	browser := func(method, path, body string) answer {
		header := http.Header{"Accept": {"text/html"}, "Content-Type": {"application/x-www-form-urlencoded"}}
		return c.do(t, method, path, header, strings.NewReader(body))
	}
	require.Contains(t, browser("GET", "/", "").body, "<title>Sign in</title>")
	out := browser("GET", "/admin/transfer/", "")
	require.Equal(t, 401, out.status)
	require.Contains(t, out.body, `href="../../login"`)
	in := browser("POST", "/login", "name=admin&password="+strings.ReplaceAll(password, " ", "+"))
	require.Equal(t, 200, in.status)
	require.Contains(t, in.body, "<title>Transfer tokens</title>")
	require.Contains(t, browser("POST", "/logout", "").body, "<title>Sign in</title>")
}

func TestBehindAProxyThatChangesHostTheOriginMustBeNamed(t *testing.T) {
	for name, row := range map[string]struct {
		configure func(cfg *config, origin string)
		login     int
		created   int
	}{
		"named":     {func(cfg *config, origin string) { cfg.Origin = origin }, 204, 201},
		"not named": {func(*config, string) {}, 403, 403},
		"another":   {func(cfg *config, _ string) { cfg.Origin = "https://example.com" }, 403, 403},
	} {
		t.Run(name, func(t *testing.T) {
			c := behindProxy(t, row.configure)
			here := http.Header{"Origin": {strings.TrimSuffix(c.url, "/app")},
				"Content-Type": {"application/x-www-form-urlencoded"}}
			login := c.do(t, "POST", "/login", here, strings.NewReader("name=admin&password="+strings.ReplaceAll(password, " ",
				"+")))
			require.Equal(t, row.login, login.status, login.body)
			require.Equal(t, 204, c.login(t, "admin", password).status, "without Origin it is no browser")
			here.Set("Content-Type", "application/json")
			require.Equal(t, row.created, c.do(t, "POST", "/admin/transfer/tokens", here, newToken("x", "push")).status)
		})
	}
}
