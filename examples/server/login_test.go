package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

func TestLogin(t *testing.T) {
	cfg := newConfig(t)
	long := strings.Repeat("x", maxPassword)
	hash, err := bcrypt.GenerateFromPassword([]byte(long), bcrypt.MinCost)
	require.NoError(t, err)
	cfg.PasswordHash = passwordHash(hash)
	for _, c := range []struct {
		name, password string
		want           bool
	}{
		{"admin", long, true},
		{"admin", long + "x", false},
		{"admin", long[1:], false},
		{"admin", "", false},
		{"", long, false},
		{"Admin", long, false},
		{"admin ", long, false},
	} {
		require.Equal(t, c.want, cfg.checkPassword(c.name, c.password), "%q, %d bytes", c.name, len(c.password))
	}
}

func TestPasswordsWithNULAreRefused(t *testing.T) {
	cfg := newConfig(t)
	require.True(t, cfg.checkPassword("admin", password))
	require.False(t, cfg.checkPassword("admin", password+"\x00"+password), "bcrypt takes one for the other")
}

func TestLoginIsThrottled(t *testing.T) {
	b := start(t, newConfig(t))
	c := newClient(t, b.url)
	require.Equal(t, 401, c.login(t, "admin", "wrong").status)
	require.Equal(t, 204, c.login(t, "admin", password).status)
	for range maxAttempts {
		require.Equal(t, 401, c.login(t, "nobody", password).status)
	}
	refused := c.login(t, "admin", password)
	require.Equal(t, 429, refused.status)
	require.Equal(t, "60", refused.header.Get("Retry-After"))
}

func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var th throttle
		for range maxAttempts {
			require.True(t, th.try("192.0.2.1:1000"))
		}
		require.False(t, th.try("192.0.2.1:2000"), "another port is no other client")
		require.False(t, th.try("[::ffff:192.0.2.1]:1000"))
		require.True(t, th.try("192.0.2.2:1000"))

		for range maxAttempts {
			require.True(t, th.try("[2001:db8::1]:1000"))
		}
		require.False(t, th.try("[2001:db8::2]:1000"), "nor is another address of its network")
		require.True(t, th.try("[2001:db8:0:1::1]:1000"))

		pause(attemptsWindow)()
		require.True(t, th.try("192.0.2.1:1000"))
	})
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

func TestSessionCookie(t *testing.T) {
	require.Regexp(t, `^session=[A-Za-z0-9_-]{43}; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict$`,
		newSessions(false).begin("admin").String())
	require.Regexp(t, `^__Host-session=[A-Za-z0-9_-]{43}; Path=/; Max-Age=28800; HttpOnly; Secure; SameSite=Strict$`,
		newSessions(true).begin("admin").String())
}

func TestSessionsEnd(t *testing.T) {
	with := func(cookie *http.Cookie) *http.Request {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(cookie)
		return r
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSessions(false)
		first := with(s.begin("alice"))
		pause(sessionLife / 2)()
		second := with(s.begin("bob"))
		require.Equal(t, "alice", s.admin(first))
		require.Equal(t, "bob", s.admin(second))
		pause(sessionLife / 2)()
		require.Empty(t, s.admin(first))
		require.Equal(t, "bob", s.admin(second))
		third := with(s.begin("carol"))
		require.Len(t, s.open, 2, "what has expired is forgotten")

		s.end(third)
		require.Empty(t, s.admin(third))
		require.Empty(t, s.admin(with(&http.Cookie{Name: "session", Value: ""})))
		require.Empty(t, s.admin(httptest.NewRequest("GET", "/", nil)))
	})
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
