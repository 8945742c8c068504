package login

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

func optionsFor(t *testing.T, password string) Options {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	require.NoError(t, err)
	return Options{Admin: "admin", PasswordHash: PasswordHash(hash)}
}

func TestNameAndWholePasswordMustMatch(t *testing.T) {
	long := strings.Repeat("x", maxPassword)
	opts := optionsFor(t, long)
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
		require.Equal(t, c.want, opts.matches(c.name, c.password), "%q, %d bytes", c.name, len(c.password))
	}
}

func TestPasswordsWithNULAreRefused(t *testing.T) {
	const password = "only in this test"
	opts := optionsFor(t, password)
	require.True(t, opts.matches("admin", password))
	require.False(t, opts.matches("admin", password+"\x00"+password), "bcrypt takes one for the other")
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

		time.Sleep(attemptsWindow)
		require.True(t, th.try("192.0.2.1:1000"))
	})
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
		time.Sleep(sessionLife / 2)
		second := with(s.begin("bob"))
		require.Equal(t, "alice", s.admin(first))
		require.Equal(t, "bob", s.admin(second))
		time.Sleep(sessionLife / 2)
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
