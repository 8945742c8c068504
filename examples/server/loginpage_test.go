package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBrowsersLogInOnAPageAndAreLedToTheTokens(t *testing.T) {
	b := start(t, newConfig(t))
	c := newClient(t, b.url)
	browser := func(method, path, body string) answer {
		header := http.Header{"Accept": {"text/html,application/xhtml+xml"}, "Content-Type": {"application/x-www-form-urlencoded"}}
		return c.do(t, method, path, header, strings.NewReader(body))
	}

	require.Contains(t, browser("GET", "/", "").body, `action="login"`)
	out := browser("GET", "/admin/transfer/", "")
	require.Equal(t, 401, out.status)
	require.Contains(t, out.body, `href="../../login"`)

	wrong := browser("POST", "/login", "name=admin&password=wrong")
	require.Equal(t, 401, wrong.status)
	require.Contains(t, wrong.body, "That did not work: Unauthorized.")
	require.Contains(t, wrong.body, `action="login"`)

	in := browser("POST", "/login", "name=admin&password="+strings.ReplaceAll(password, " ", "+"))
	require.Equal(t, 200, in.status)
	require.Contains(t, in.body, "<title>Transfer tokens</title>")
	require.Contains(t, browser("GET", "/login", "").body, "Signed in as admin")

	require.Contains(t, browser("POST", "/logout", "").body, `action="login"`)
	require.Equal(t, 401, browser("GET", "/admin/transfer/", "").status)
}

func TestLoginPageMayNotBeFramedOrScripted(t *testing.T) {
	b := start(t, newConfig(t))
	page := newClient(t, b.url).do(t, "GET", "/login", nil, nil)
	require.Equal(t, "no-store", page.header.Get("Cache-Control"))
	require.Contains(t, page.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Contains(t, page.header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
}
