package browser

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/admin"
)

type fetched struct {
	Status int
	Text   string
}

// fetch sends a request as a script of the page would. Status 0 means that there was no answer.
func (p *Page) fetch(method, address, body string) fetched {
	p.T.Helper()
	init := fmt.Sprintf(`{method: %q, headers: {"Content-Type": "application/json"}, body: %q || undefined}`, method, body)
	return Eval[fetched](p, fmt.Sprintf(`fetch(%q, %s).then(
		async r => ({Status: r.status, Text: await r.text()}), e => ({Status: 0, Text: String(e)}))`, address, init))
}

const newToken = `{"name":"new","permissions":["pull"]}`

func TestBackendServesTheAdminAPIAtEveryMount(t *testing.T) {
	t.Parallel()
	for name, m := range Mounts {
		t.Run(name, func(t *testing.T) {
			b := NewBackend(t, &BackendOptions{Mount: m})
			b.Issue(Staging)
			p := Visit(t, b)
			b.LogIn(p, "ann")
			answer := p.fetch("GET", b.URL("/transfer/tokens?view=full"), "")
			require.Equal(t, http.StatusOK, answer.Status)
			require.Contains(t, answer.Text, `"name":"staging"`)
			require.Contains(t, answer.Text, `"createdAt":"2026-11-21T17:37:17.000Z"`)
			require.Equal(t, http.StatusCreated, p.fetch("POST", b.URL("/transfer/tokens"), newToken).Status)
			require.Equal(t, "ann", b.Tokens()[1].CreatedBy)
		})
	}
}

func TestSessionsDecideWhatIsAllowed(t *testing.T) {
	t.Parallel()
	b := NewBackend(t, nil)
	b.Permit("bob", admin.ActionRead)
	p := Visit(t, b)
	for _, status := range []int{401, 403, 503} {
		p.ExpectStatus(status)
	}
	get := func() int { return p.fetch("GET", b.URL("/transfer/tokens"), "").Status }
	post := func() int { return p.fetch("POST", b.URL("/transfer/tokens"), newToken).Status }
	require.Equal(t, 401, get())
	b.LogIn(p, "bob")
	require.Equal(t, 200, get())
	require.Equal(t, 403, post())
	b.logOut(p)
	require.Equal(t, 401, get())
	b.LogIn(p, "ann")
	require.Equal(t, 201, post())
	b.BreakSessions(errors.New("login is down"))
	require.Equal(t, 503, get())
	b.BreakSessions(nil)
	b.EndSessions()
	require.Equal(t, 401, get())
}

func TestStoreFails(t *testing.T) {
	t.Parallel()
	b := NewBackend(t, nil)
	p := Visit(t, b)
	b.LogIn(p, "ann")
	p.ExpectStatus(503)
	b.Store.Fail(errors.New("disk full"), "Create")
	require.Equal(t, 200, p.fetch("GET", b.URL("/transfer/tokens"), "").Status)
	require.Equal(t, 503, p.fetch("POST", b.URL("/transfer/tokens"), newToken).Status)
	b.Store.Fail(errors.New("disk full"))
	require.Equal(t, 503, p.fetch("GET", b.URL("/transfer/tokens"), "").Status)
	b.Store.Fail(nil)
	require.Equal(t, 201, p.fetch("POST", b.URL("/transfer/tokens"), newToken).Status)
}

func TestBackendWithoutSaltIsDisabled(t *testing.T) {
	t.Parallel()
	b := NewBackend(t, &BackendOptions{Disabled: true})
	p := Visit(t, b)
	b.LogIn(p, "ann")
	p.ExpectStatus(501)
	require.Equal(t, 501, p.fetch("GET", b.URL("/transfer/tokens"), "").Status)
}

func TestConnectionsBreak(t *testing.T) {
	t.Parallel()
	b := NewBackend(t, nil)
	p := Visit(t, b)
	b.LogIn(p, "ann")
	p.Expect(NetworkTrouble, "ERR_EMPTY_RESPONSE")
	post := func() int { return p.fetch("POST", b.URL("/transfer/tokens"), newToken).Status }
	b.Cut("POST")
	require.Zero(t, post())
	require.Empty(t, b.Tokens())
	require.Len(t, b.Seen("POST"), 1)
	b.Heal()
	b.Lose("POST /transfer/tokens")
	require.Zero(t, post())
	require.Len(t, b.Tokens(), 1)
	require.Len(t, b.Seen("POST"), 2, "the browser sent it again")
	require.Equal(t, 200, p.fetch("GET", b.URL("/transfer/tokens"), "").Status)
	b.Heal()
	b.Cut()
	require.Zero(t, p.fetch("GET", b.URL("/transfer/tokens"), "").Status)
}

func TestRequestsAreHeld(t *testing.T) {
	t.Parallel()
	b := NewBackend(t, nil)
	p := Visit(t, b)
	b.LogIn(p, "ann")
	gate := b.Hold("GET /transfer/tokens")
	Eval[any](p, fmt.Sprintf(`fetch(%q).then(r => document.body.append("answered " + r.status)), undefined`,
		b.URL("/transfer/tokens")))
	<-gate.Reached
	p.NotSee("answered")
	gate.Open()
	p.See("answered 200")
}

func TestSecretsInRequestsAreFound(t *testing.T) {
	t.Parallel()
	b := NewBackend(t, nil)
	issued := b.Issue(Staging)
	secret := issued.Secret.Reveal()
	p := Visit(t, b)
	b.KeepsSecret(secret)
	p.ExpectStatus(404)
	p.fetch("GET", "/?"+secret, "")
	require.Equal(t, "/?"+secret, b.holding(secret)[0].URI)
	Eval[any](p, fmt.Sprintf(`history.replaceState(null, "", "?%s"), fetch("/host").then(r => r.text())`, secret))
	require.True(t, slices.ContainsFunc(b.holding(secret), func(r recorded) bool {
		return r.URI == "/host" && strings.HasSuffix(r.Header.Get("Referer"), secret)
	}))
	p.Open(b.Server.URL)
	p.fetch("POST", "/host", secret)
	require.Contains(t, b.holding(secret), b.Seen("POST")[0])
	require.Contains(t, judge(t, func(fake *fakeTB) { b.T = fake; b.KeepsSecret(secret) }).failed, "/?"+secret)
	b.T = t
}
