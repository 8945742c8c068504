package browser

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
)

var staging = transfertoken.NewToken{Name: "staging", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
	CreatedBy: "test"}

// visit opens the host, which no test is about.
func visit(t testing.TB, b *backend) *page {
	t.Helper()
	p := newPage(t)
	p.open(b.server.URL)
	p.see("Host")
	return p
}

type fetched struct {
	Status int
	Text   string
}

// fetch sends a request as a script of the page would. Status 0 means that there was no answer.
func (p *page) fetch(method, address, body string) fetched {
	p.t.Helper()
	init := fmt.Sprintf(`{method: %q, headers: {"Content-Type": "application/json"}, body: %q || undefined}`, method, body)
	return eval[fetched](p, fmt.Sprintf(`fetch(%q, %s).then(
		async r => ({Status: r.status, Text: await r.text()}), e => ({Status: 0, Text: String(e)}))`, address, init))
}

const newToken = `{"name":"new","permissions":["pull"]}`

func TestBackendServesTheAdminAPIAtEveryMount(t *testing.T) {
	t.Parallel()
	for name, m := range mounts {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t, &backendOptions{mount: m})
			b.issue(staging)
			p := visit(t, b)
			b.logIn(p, "ann")
			answer := p.fetch("GET", b.url("/transfer/tokens?view=full"), "")
			require.Equal(t, http.StatusOK, answer.Status)
			require.Contains(t, answer.Text, `"name":"staging"`)
			require.Contains(t, answer.Text, `"createdAt":"2026-11-21T17:37:17.000Z"`)
			require.Equal(t, http.StatusCreated, p.fetch("POST", b.url("/transfer/tokens"), newToken).Status)
			require.Equal(t, "ann", b.tokens()[1].CreatedBy)
		})
	}
}

func TestSessionsDecideWhatIsAllowed(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	b.permit("bob", admin.ActionRead)
	p := visit(t, b)
	for _, status := range []int{401, 403, 503} {
		p.expectStatus(status)
	}
	get := func() int { return p.fetch("GET", b.url("/transfer/tokens"), "").Status }
	post := func() int { return p.fetch("POST", b.url("/transfer/tokens"), newToken).Status }
	require.Equal(t, 401, get())
	b.logIn(p, "bob")
	require.Equal(t, 200, get())
	require.Equal(t, 403, post())
	b.logOut(p)
	require.Equal(t, 401, get())
	b.logIn(p, "ann")
	require.Equal(t, 201, post())
	b.breakSessions(errors.New("login is down"))
	require.Equal(t, 503, get())
	b.breakSessions(nil)
	b.endSessions()
	require.Equal(t, 401, get())
}

func TestStoreFails(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := visit(t, b)
	b.logIn(p, "ann")
	p.expectStatus(503)
	b.store.fail(errors.New("disk full"), "Create")
	require.Equal(t, 200, p.fetch("GET", b.url("/transfer/tokens"), "").Status)
	require.Equal(t, 503, p.fetch("POST", b.url("/transfer/tokens"), newToken).Status)
	b.store.fail(errors.New("disk full"))
	require.Equal(t, 503, p.fetch("GET", b.url("/transfer/tokens"), "").Status)
	b.store.fail(nil)
	require.Equal(t, 201, p.fetch("POST", b.url("/transfer/tokens"), newToken).Status)
}

func TestBackendWithoutSaltIsDisabled(t *testing.T) {
	t.Parallel()
	b := newBackend(t, &backendOptions{disabled: true})
	p := visit(t, b)
	b.logIn(p, "ann")
	p.expectStatus(501)
	require.Equal(t, 501, p.fetch("GET", b.url("/transfer/tokens"), "").Status)
}

func TestConnectionsBreak(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := visit(t, b)
	b.logIn(p, "ann")
	p.expect(networkTrouble, "ERR_EMPTY_RESPONSE")
	post := func() int { return p.fetch("POST", b.url("/transfer/tokens"), newToken).Status }
	b.cut("POST")
	require.Zero(t, post())
	require.Empty(t, b.tokens())
	require.Len(t, b.seen("POST"), 1)
	b.heal()
	b.lose("POST /transfer/tokens")
	require.Zero(t, post())
	require.Len(t, b.tokens(), 1)
	require.Len(t, b.seen("POST"), 2, "the browser sent it again")
	require.Equal(t, 200, p.fetch("GET", b.url("/transfer/tokens"), "").Status)
	b.heal()
	b.cut()
	require.Zero(t, p.fetch("GET", b.url("/transfer/tokens"), "").Status)
}

func TestRequestsAreHeld(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	p := visit(t, b)
	b.logIn(p, "ann")
	gate := b.hold("GET /transfer/tokens")
	eval[any](p, fmt.Sprintf(`fetch(%q).then(r => document.body.append("answered " + r.status)), undefined`,
		b.url("/transfer/tokens")))
	<-gate.reached
	p.notSee("answered")
	gate.open()
	p.see("answered 200")
}

func TestSecretsInRequestsAreFound(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	issued := b.issue(staging)
	secret := issued.Secret.Reveal()
	p := visit(t, b)
	b.keepsSecret(secret)
	p.expectStatus(404)
	p.fetch("GET", "/?"+secret, "")
	require.Equal(t, "/?"+secret, b.holding(secret)[0].URI)
	eval[any](p, fmt.Sprintf(`history.replaceState(null, "", "?%s"), fetch("/host").then(r => r.text())`, secret))
	require.True(t, slices.ContainsFunc(b.holding(secret), func(r recorded) bool {
		return r.URI == "/host" && strings.HasSuffix(r.Header.Get("Referer"), secret)
	}))
	p.open(b.server.URL)
	p.fetch("POST", "/host", secret)
	require.Contains(t, b.holding(secret), b.seen("POST")[0])
	require.Contains(t, judge(t, func(fake *fakeTB) { b.t = fake; b.keepsSecret(secret) }).failed, "/?"+secret)
	b.t = t
}
