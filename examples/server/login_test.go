package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLoginIsThrottled(t *testing.T) {
	b := start(t, newConfig(t))
	c := newClient(t, b.url)
	require.Equal(t, 401, c.login(t, "admin", "wrong").status)
	require.Equal(t, 204, c.login(t, "admin", password).status)
	for range 5 {
		require.Equal(t, 401, c.login(t, "nobody", password).status)
	}
	refused := c.login(t, "admin", password)
	require.Equal(t, 429, refused.status)
	require.Equal(t, "60", refused.header.Get("Retry-After"))
}

func TestLoginTakesNothingButTheForm(t *testing.T) {
	b := start(t, newConfig(t))
	c := newClient(t, b.url)
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	require.Equal(t, 405, c.do(t, "PUT", "/login", nil, nil).status)
	require.Equal(t, 401, c.do(t, "POST", "/login?name=admin&password=only+in+this+test", form, nil).status)
	require.Equal(t, 400, c.do(t, "POST", "/login", form, strings.NewReader("name=%zz")).status)
	require.Equal(t, 413, c.do(t, "POST", "/login", form, strings.NewReader("name="+strings.Repeat("x", 5000))).status)
}

func TestCrossOriginWritesAreRefused(t *testing.T) {
	b := start(t, newConfig(t))
	c := newClient(t, b.url)
	require.Equal(t, 204, c.login(t, "admin", password).status)
	for _, path := range []string{"/login", "/logout", "/admin/transfer/tokens"} {
		for _, header := range []http.Header{{"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"https://evil.example"}}} {
			require.Equal(t, 403, c.do(t, "POST", path, header, newToken("x", "push")).status, path)
		}
	}
	require.Empty(t, c.do(t, "GET", "/admin/transfer/tokens", nil, nil).list(t))
}

func TestBrowsersLogInOnAPageAndAreLedToTheTokens(t *testing.T) {
	b := start(t, newConfig(t))
	c := newClient(t, b.url)
	browser := func(method, path, body string) answer {
		header := http.Header{"Accept": {"text/html,application/xhtml+xml"},
			"Content-Type": {"application/x-www-form-urlencoded"}}
		return c.do(t, method, path, header, strings.NewReader(body))
	}

	require.Contains(t, browser("GET", "/", "").body, `action="login"`)
	out := browser("GET", "/admin/transfer/", "")
	require.Equal(t, 401, out.status)
	require.Contains(t, out.body, `href="../../login"`)

	wrong := browser("POST", "/login", "name=admin&password=wrong")
	require.Equal(t, 401, wrong.status)
	require.Contains(t, wrong.body, "Wrong name or password.")
	require.Contains(t, wrong.body, `name="name" value="admin"`)
	require.NotContains(t, wrong.body, "wrong\"", "the password comes back")
	require.Contains(t, wrong.body, `action="login"`)

	in := browser("POST", "/login", "name=admin&password="+strings.ReplaceAll(password, " ", "+"))
	require.Equal(t, 200, in.status)
	require.Contains(t, in.body, "<title>Transfer tokens</title>")
	require.Contains(t, browser("GET", "/login", "").body, "Signed in as admin")

	require.Contains(t, browser("POST", "/logout", "").body, `action="login"`)
	require.Equal(t, 401, browser("GET", "/admin/transfer/", "").status)
}

func TestBrowsersAreLedOnFromPathsThatAreNotThere(t *testing.T) {
	b := start(t, newConfig(t))
	c := newClient(t, b.url)
	html := http.Header{"Accept": {"text/html,*/*"}}
	for path, root := range map[string]string{"/nope": "./", "/a/b%2fc/": "./../../", "/pull/": "./../"} {
		missing := c.do(t, "GET", path, html, nil)
		require.Equal(t, 404, missing.status, path)
		require.Equal(t, "text/html; charset=utf-8", missing.header.Get("Content-Type"), path)
		require.Contains(t, missing.body, `<a class="button primary" href="`+root+`">`, path)
		require.Contains(t, missing.body, `href="`+root+`admin/transfer/page/style.css"`, path)
		require.NotContains(t, missing.body, "Transfer tokens", "nobody is logged in")
	}
	wrongMethod := c.do(t, "GET", "/logout", html, nil)
	require.Equal(t, 405, wrongMethod.status)
	require.Equal(t, "POST", wrongMethod.header.Get("Allow"))
	require.Contains(t, wrongMethod.body, "There is no such page")

	other := c.do(t, "GET", "/nope", nil, nil)
	require.Equal(t, 404, other.status)
	require.Equal(t, "404 page not found\n", other.body)

	require.Equal(t, 204, c.login(t, "admin", password).status)
	require.Contains(t, c.do(t, "GET", "/nope/x", html, nil).body,
		`<a class="button" href="./../admin/transfer/">Transfer tokens</a>`)
}

// The sender of a form from another site gets the page to log in on.
func TestAnotherSiteCannotLogIn(t *testing.T) {
	b := start(t, newConfig(t))
	header := http.Header{"Accept": {"text/html"}, "Content-Type": {"application/x-www-form-urlencoded"},
		"Sec-Fetch-Site": {"cross-site"}}
	out := newClient(t, b.url).do(t, "POST", "/login", header, strings.NewReader("name=admin&password=x"))
	require.Equal(t, 403, out.status)
	require.Contains(t, out.body, "That came from another site. Sign in here.")
	require.Contains(t, out.body, `action="login"`)
}

func TestLoginPageMayNotBeFramedOrScripted(t *testing.T) {
	b := start(t, newConfig(t))
	page := newClient(t, b.url).do(t, "GET", "/login", nil, nil)
	require.Equal(t, "no-store", page.header.Get("Cache-Control"))
	require.Contains(t, page.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Contains(t, page.header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	require.NotContains(t, page.header.Get("Content-Security-Policy"), "script-src")
	require.Contains(t, page.body, `href="admin/transfer/page/style.css"`)
	require.Equal(t, 200, newClient(t, b.url).do(t, "GET", "/admin/transfer/page/style.css", nil, nil).status)
}
