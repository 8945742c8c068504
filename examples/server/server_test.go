package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/examples/internal/backend"
	"github.com/seed-39e76d91/transfertoken/examples/internal/login"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

const password = "only in this test"

var discard = slog.New(slog.DiscardHandler)

// TestMain lets the tests run the whole program: this binary, with the variable
// set, is it.
func TestMain(m *testing.M) {
	if os.Getenv("SERVER_AS_PROGRAM") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func newConfig(t *testing.T) config {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	require.NoError(t, err)
	return config{backend.Config{
		Data:         t.TempDir(),
		Salt:         transfertoken.GenerateSalt(),
		Admin:        "admin",
		PasswordHash: login.PasswordHash(hash),
		Limits:       backend.UsualLimits,
	}, usualFileLimits}
}

// running is a server. log can be read when it has stopped.
type running struct {
	url  string
	log  *logBuffer
	stop func() error
}

func start(t *testing.T, cfg config) *running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	log := &logBuffer{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, cfg, listener, slog.New(slog.NewTextHandler(log, nil))) }()
	stop := sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { require.NoError(t, stop()) })
	return &running{"http://" + listener.Addr().String(), log, stop}
}

type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// answer is the answer to a request, with its body read.
type answer struct {
	status int
	header http.Header
	body   string
}

type made struct{ ID, AccessKey string }

// made returns the new token or file of the answer, or zero if there is none.
func (a answer) made() (data made) {
	if err := json.Unmarshal([]byte(a.body), &struct{ Data any }{&data}); err != nil {
		return made{}
	}
	return data
}

func (a answer) list(t *testing.T) (list []struct{ ID, Name string }) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.body), &struct{ Data any }{&list}), a.body)
	return list
}

// client is a browser, a transfer client, or both.
type client struct {
	url  string
	http *http.Client
}

func newClient(t *testing.T, url string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := &http.Transport{MaxIdleConnsPerHost: 1000, DialContext: dialNarrow}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{url, &http.Client{Jar: jar, Transport: transport}}
}

// dialNarrow keeps a pull from vanishing into the buffers of the machine.
func dialNarrow(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return conn, conn.(*net.TCPConn).SetReadBuffer(64 << 10)
}

func (c *client) try(ctx context.Context, method, path string, header http.Header, body io.Reader) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return answer{}, err
	}
	if header != nil {
		request.Header = header
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(content)}, err
}

func (c *client) do(t *testing.T, method, path string, header http.Header, body io.Reader) answer {
	t.Helper()
	got, err := c.try(t.Context(), method, path, header, body)
	require.NoError(t, err)
	return got
}

func (c *client) login(t *testing.T, name, password string) answer {
	t.Helper()
	form := url.Values{"name": {name}, "password": {password}}
	return c.do(t, "POST", "/login", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		strings.NewReader(form.Encode()))
}

func (c *client) create(t *testing.T, name string, permissions ...string) answer {
	t.Helper()
	return c.do(t, "POST", "/admin/transfer/tokens", jsonHeader(), newToken(name, permissions...))
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

func newToken(name string, permissions ...string) io.Reader {
	body, err := json.Marshal(map[string]any{"name": name, "permissions": permissions, "lifespan": 604800000})
	if err != nil {
		panic(err)
	}
	return bytes.NewReader(body)
}

func bearer(secret string) http.Header { return http.Header{"Authorization": {"Bearer " + secret}} }

// issue makes a token without a server.
func issue(t *testing.T, cfg config, p transfertoken.Permissions) transfertoken.Issued {
	t.Helper()
	tokens, err := backend.OpenTokens(t.Context(), cfg.Config, discard)
	require.NoError(t, err)
	issued, err := tokens.Service.Create(t.Context(), transfertoken.NewToken{Name: "t", Permissions: p,
		Lifespan: transfertoken.Days7})
	require.NoError(t, errors.Join(err, tokens.Close()))
	return issued
}

func TestStory(t *testing.T) {
	cfg := newConfig(t)
	b := start(t, cfg)
	admin, remote := newClient(t, b.url), newClient(t, b.url)

	require.Equal(t, 401, admin.create(t, "nightly", "push", "pull").status)
	require.Equal(t, 401, admin.login(t, "admin", "wrong").status)
	require.Equal(t, 401, admin.create(t, "nightly", "push", "pull").status)
	in := admin.login(t, "admin", password)
	require.Equal(t, 204, in.status, in.body)

	created := admin.create(t, "nightly", "push", "pull")
	require.Equal(t, 201, created.status, created.body)
	require.Equal(t, "no-store", created.header.Get("Cache-Control"))
	token := created.made()
	item := "/admin/transfer/tokens/" + token.ID

	pushed := remote.do(t, "POST", "/push", bearer(token.AccessKey), strings.NewReader("an export"))
	require.Equal(t, 201, pushed.status, pushed.body)
	file := pushed.made().ID
	require.Equal(t, file, remote.do(t, "GET", "/pull", bearer(token.AccessKey), nil).list(t)[0].ID)
	pulled := remote.do(t, "GET", "/pull/"+file, bearer(token.AccessKey), nil)
	require.Equal(t, answer{200, pulled.header, "an export"}, pulled)
	require.Equal(t, "application/octet-stream", pulled.header.Get("Content-Type"))

	regenerated := admin.do(t, "POST", item+"/regenerate", nil, nil)
	require.Equal(t, 201, regenerated.status, regenerated.body)
	second := regenerated.made().AccessKey
	require.Equal(t, 401, remote.do(t, "GET", "/pull/"+file, bearer(token.AccessKey), nil).status)
	require.Equal(t, 200, remote.do(t, "GET", "/pull/"+file, bearer(second), nil).status)

	readOnly := admin.create(t, "reports", "pull").made()
	require.Equal(t, 403, remote.do(t, "POST", "/push", bearer(readOnly.AccessKey), strings.NewReader("x")).status)
	require.Len(t, admin.do(t, "GET", "/admin/transfer/tokens", nil, nil).list(t), 2)
	require.Equal(t, 401, remote.do(t, "GET", "/admin/transfer/tokens", bearer(second), nil).status,
		"a token opens nothing else")

	require.Equal(t, 200, admin.do(t, "DELETE", item, nil, nil).status)
	require.Equal(t, 401, remote.do(t, "POST", "/push", bearer(second), strings.NewReader("x")).status)

	cookies := admin.http.Jar.Cookies(mustParse(t, b.url))
	require.Len(t, cookies, 1)
	require.Equal(t, 204, admin.do(t, "POST", "/logout", nil, nil).status)
	require.Empty(t, admin.http.Jar.Cookies(mustParse(t, b.url)))
	kept := http.Header{"Cookie": {cookies[0].String()}}
	require.Equal(t, 401, remote.do(t, "GET", "/admin/transfer/tokens", kept, nil).status,
		"the session ended, not only the cookie")

	require.NoError(t, b.stop())
	requireInOrder(t, b.log.String(),
		`msg="login failed" log=audit remote=127.0.0.1:`,
		`msg=login log=audit by=admin remote=127.0.0.1:`,
		`msg="token created" log=audit token=`+token.ID+` name=nightly grants=full-access by=admin remote=127.0.0.1:`,
		`msg="token authorized" log=audit token=`+token.ID+` name=nightly grants=full-access need=push remote=127.0.0.1:`,
		`msg=pushed log=audit file=`+file+` size=9 name=nightly`,
		`msg="pull begins" log=audit file=`+file+` size=9 name=nightly`,
		`msg="token regenerated"`,
		`msg="token refused" log=audit need=pull error="transfertoken: unauthorized" remote=`,
		`msg="token refused"`, `name=reports grants=pull need=push error="transfertoken: forbidden`,
		`msg="token deleted" log=audit token=`+token.ID+` name=nightly grants=full-access by=admin`,
		`msg=logout log=audit by=admin`,
		`msg="shutting down"`, `msg="shut down"`)
	for _, secret := range []string{
		string(cfg.Salt), string(cfg.PasswordHash), password, "wrong", cookies[0].Value,
		token.AccessKey, second, readOnly.AccessKey,
	} {
		require.NotContains(t, b.log.String(), secret)
	}
}

func mustParse(t *testing.T, text string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(text)
	require.NoError(t, err)
	return parsed
}

func requireInOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		require.True(t, found, "%q is missing or out of order in:\n%s", part, text)
		rest = after
	}
}

func TestRestartKeepsTokens(t *testing.T) {
	cfg := newConfig(t)
	b := start(t, cfg)
	admin := newClient(t, b.url)
	require.Equal(t, 204, admin.login(t, "admin", password).status)
	token := admin.create(t, "nightly", "push", "pull").made()
	file := admin.do(t, "POST", "/push", bearer(token.AccessKey), strings.NewReader("kept")).made().ID
	require.NoError(t, b.stop())

	b = start(t, cfg)
	again := newClient(t, b.url)
	require.Equal(t, "kept", again.do(t, "GET", "/pull/"+file, bearer(token.AccessKey), nil).body)
	require.NoError(t, b.stop())
	require.NotContains(t, b.log.String(), "not configured")

	former := cfg.Salt
	cfg.Salt = transfertoken.GenerateSalt()
	b = start(t, cfg)
	require.Equal(t, 401, newClient(t, b.url).do(t, "GET", "/pull/"+file, bearer(token.AccessKey), nil).status)
	require.NoError(t, b.stop())
	require.Contains(t, b.log.String(),
		`level=WARN msg="transfer tokens can never be authorized: their salt is not configured" tokens=1 salt=`)

	cfg.OtherSalt = former
	b = start(t, cfg)
	require.Equal(t, 200, newClient(t, b.url).do(t, "GET", "/pull/"+file, bearer(token.AccessKey), nil).status)
	require.NoError(t, b.stop())
	require.Contains(t, b.log.String(), `msg="transfer tokens under the other salt" tokens=1 salt=`)
}

func TestWithoutSaltTransferTokensAreDisabled(t *testing.T) {
	cfg := newConfig(t)
	cfg.Salt = ""
	b := start(t, cfg)
	c := newClient(t, b.url)
	require.Equal(t, 401, c.create(t, "nightly", "push").status)
	require.Equal(t, 204, c.login(t, "admin", password).status)
	created := c.create(t, "nightly", "push")
	require.Equal(t, 501, created.status, created.body)
	require.Equal(t, 501, c.do(t, "POST", "/push", bearer("x"), strings.NewReader("x")).status)
	require.NoError(t, b.stop())
	require.Contains(t, b.log.String(), `level=WARN msg="transfer tokens are disabled: TRANSFER_TOKEN_SALT is not set"`)
}

func TestExpiredTokensArePurged(t *testing.T) {
	cfg := newConfig(t)
	now := time.Now()
	tokens, err := backend.OpenTokens(t.Context(), cfg.Config, discard)
	require.NoError(t, err)
	_, err = tokens.Service.Create(t.Context(), transfertoken.NewToken{Name: "stays", Permissions: transfertoken.Push,
		Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	_, err = tokens.Service.Create(t.Context(), transfertoken.NewToken{Name: "goes", Permissions: transfertoken.Push,
		Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	_, err = tokens.DB.ExecContext(t.Context(), `UPDATE transfer_tokens SET expires_at = ? WHERE name = 'goes'`,
		now.Add(-backend.KeepExpired-time.Hour).UnixMilli())
	require.NoError(t, errors.Join(err, tokens.Close()))

	b := start(t, cfg)
	c := newClient(t, b.url)
	require.Equal(t, 204, c.login(t, "admin", password).status)
	require.Eventually(t, func() bool { return strings.Contains(b.log.String(), `msg="token purged"`) }, 10*time.Second,
		time.Millisecond)
	list := c.do(t, "GET", "/admin/transfer/tokens", nil, nil).list(t)
	require.Len(t, list, 1)
	require.Equal(t, "stays", list[0].Name)
}
