package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/examples/internal/backend"
	"github.com/seed-39e76d91/transfertoken/examples/internal/blog"
	"github.com/seed-39e76d91/transfertoken/examples/internal/login"
)

// TestMain lets the tests run the whole program: this binary, with the variable
// set, is it.
func TestMain(m *testing.M) {
	if os.Getenv("INSTANCE_AS_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// runProgram runs a command of the program, which has to end by itself.
func runProgram(t *testing.T, env []string, args ...string) (status int, out string) {
	t.Helper()
	program := exec.CommandContext(t.Context(), os.Args[0], args...)
	program.Env = append([]string{"INSTANCE_AS_PROGRAM=1"}, env...)
	text, err := program.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return program.ProcessState.ExitCode(), string(text)
}

const password = "only in this test"

// instance is a running one. log can be read when it has stopped.
type instance struct {
	url     string
	cfg     backend.Config
	content *blog.Blog // opened a second time, as another process does
	log     *bytes.Buffer
	stop    func() error
	browser *http.Client
}

func start(t *testing.T, changes ...func(*backend.Config)) *instance {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	require.NoError(t, err)
	cfg := backend.Config{
		Data:         t.TempDir(),
		Salt:         transfertoken.GenerateSalt(),
		Admin:        "admin",
		PasswordHash: login.PasswordHash(hash),
		Limits:       backend.UsualLimits,
	}
	cfg.Limits.Recheck = 20 * time.Millisecond
	cfg.Limits.Grace = 100 * time.Millisecond
	for _, change := range changes {
		change(&cfg)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	content, err := blog.Open(t.Context(), cfg.Data)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, content.Close()) })

	var log bytes.Buffer
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, cfg, listener, slog.New(slog.NewTextHandler(&log, nil))) }()
	stop := sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { require.NoError(t, stop()) })
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &instance{"http://" + listener.Addr().String(), cfg, content, &log, stop, &http.Client{Jar: jar}}
}

// env returns the environment of a program that works on the instance's folder.
func (x *instance) env() []string { return []string{"TRANSFER_TOKEN_SALT=" + string(x.cfg.Salt)} }

func (x *instance) contents(t *testing.T) blog.Contents {
	t.Helper()
	c, err := x.content.Contents(t.Context())
	require.NoError(t, err)
	return c
}

func (x *instance) do(t *testing.T, method, path, contentType, body string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, x.url+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", contentType)
	response, err := x.browser.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Header, string(text)
}

func (x *instance) get(t *testing.T, path string) (int, http.Header, string) {
	t.Helper()
	return x.do(t, "GET", path, "", "")
}

func (x *instance) logIn(t *testing.T) {
	t.Helper()
	form := url.Values{"name": {"admin"}, "password": {password}}
	status, _, _ := x.do(t, "POST", "/login", "application/x-www-form-urlencoded", form.Encode())
	require.Equal(t, 204, status)
}

// issue creates a token by the API.
func (x *instance) issue(t *testing.T, name, permissions string) (id, secret string) {
	t.Helper()
	x.logIn(t)
	status, _, body := x.do(t, "POST", "/admin/transfer/tokens", "application/json",
		`{"name":"`+name+`","permissions":[`+permissions+`],"lifespan":604800000}`)
	require.Equal(t, 201, status, body)
	var created struct {
		Data struct{ ID, AccessKey string }
	}
	require.NoError(t, json.Unmarshal([]byte(body), &created))
	return created.Data.ID, created.Data.AccessKey
}

var tag = regexp.MustCompile(`<[^>]*>`)

// transfersPage waits until the page of the transfers has a text, and returns its texts.
func (x *instance) transfersPage(t *testing.T, text string) string {
	t.Helper()
	var page string
	require.Eventually(t, func() bool {
		_, _, page = x.get(t, "/transfers")
		return strings.Contains(page, text)
	}, 30*time.Second, 5*time.Millisecond, "%s", text)
	return strings.Join(strings.Fields(tag.ReplaceAllString(page, " ")), " ")
}

func TestInstancePushesToAnother(t *testing.T) {
	t.Parallel()
	from, to := start(t), start(t)
	require.NoError(t, from.content.Seed(t.Context()))
	want := from.contents(t)
	id, secret := to.issue(t, "from staging", `"push"`)

	transfer := []string{"transfer", "--data", from.cfg.Data, "--to", to.url + "/admin", "--force"}
	status, out := runProgram(t, append(from.env(), "XFER_TO_TOKEN="+secret), transfer...)
	require.Equal(t, 0, status, out)
	require.Equal(t, want, to.contents(t))
	require.Equal(t, want, from.contents(t), "a push changes nothing here")

	_, _, body := to.get(t, "/")
	require.Contains(t, body, "<title>Walks</title>")
	require.Contains(t, body, "Saint Mary&#39;s gate")
	_, header, picture := to.get(t, "/uploads/hills_07.png")
	_, _, original := from.get(t, "/uploads/hills_07.png")
	require.Equal(t, original, picture)
	require.Equal(t, "image/png", header.Get("Content-Type"))

	require.Regexp(t, `from staging from 127\.0\.0\.1 push finished [-0-9]+ [:0-9]+ [.0-9]+m?s 43 12 84 1 \d+ KiB`,
		to.transfersPage(t, ">finished<"))

	status, _, _ = to.do(t, "DELETE", "/admin/transfer/tokens/"+id, "", "")
	require.Equal(t, 200, status)
	status, out = runProgram(t, append(from.env(), "XFER_TO_TOKEN="+secret), transfer...)
	require.Equal(t, 4, status, out)
	require.Contains(t, out, "the remote does not accept the token")
	require.NotContains(t, out, secret)

	require.NoError(t, to.stop())
	require.Contains(t, to.log.String(), `msg="transfer finished" log=audit transfer=`)
	require.Contains(t, to.log.String(), `name="from staging" direction=push entities=43 assets=12 links=84 configuration=1 remote=127.0.0.1:`)
	require.NotContains(t, to.log.String(), secret)
}

func TestInstancePullsFromAnother(t *testing.T) {
	t.Parallel()
	from, to := start(t), start(t)
	require.NoError(t, from.content.Seed(t.Context()))
	_, secret := from.issue(t, "copy", `"pull"`)
	status, out := runProgram(t, append(to.env(), "XFER_FROM_TOKEN="+secret),
		"transfer", "--data", to.cfg.Data, "--from", from.url+"/admin", "--force")
	require.Equal(t, 0, status, out)
	require.Equal(t, from.contents(t), to.contents(t))
	require.Contains(t, from.transfersPage(t, ">finished<"), "copy from 127.0.0.1 pull finished")
}

func TestExportAndImport(t *testing.T) {
	t.Parallel()
	from, to := start(t), start(t)
	require.NoError(t, from.content.Seed(t.Context()))
	archive := t.TempDir() + "/backup"
	status, out := runProgram(t, from.env(), "export", "--data", from.cfg.Data, "--no-encrypt", "-f", archive)
	require.Equal(t, 0, status, out)
	status, out = runProgram(t, to.env(), "import", "--data", to.cfg.Data, "--force", "-f", archive+".tar.gz")
	require.Equal(t, 0, status, out)
	require.Equal(t, from.contents(t), to.contents(t))
}

func TestCommandsMakeNoBlog(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"contents"}, {"export", "--no-encrypt"}} {
		dir := t.TempDir()
		status, out := runProgram(t, nil, append(args, "--data", dir)...)
		require.Equal(t, 1, status, out)
		require.Contains(t, out, "there is no blog in "+dir)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left)
	}
}

func TestTransfersAreShownToTheAdministratorAlone(t *testing.T) {
	t.Parallel()
	x := start(t)
	x.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	status, header, _ := x.get(t, "/transfers")
	require.Equal(t, 303, status)
	require.Equal(t, "login", header.Get("Location"))

	x.logIn(t)
	_, _, body := x.get(t, "/login")
	require.Contains(t, body, `href="transfers"`)
	status, header, body = x.get(t, "/transfers")
	require.Equal(t, 200, status)
	require.Contains(t, body, "There was no transfer since the server started")
	require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "no-store", header.Get("Cache-Control"))
	require.Empty(t, header.Get("Refresh"))
}

// slowSource stops between two articles until it may go on.
type slowSource struct {
	datatransfer.Source
	reached chan<- struct{}
	goOn    <-chan struct{}
}

func (s slowSource) Entities(ctx context.Context) iter.Seq2[datatransfer.Entity, error] {
	return func(yield func(datatransfer.Entity, error) bool) {
		i := 0
		for entity, err := range s.Source.Entities(ctx) {
			if i++; i == 10 {
				close(s.reached)
				<-s.goOn
			}
			if !yield(entity, err) {
				return
			}
		}
	}
}

// pushSlowly pushes from one instance to another, and is in the middle of it when it
// returns.
func pushSlowly(t *testing.T, from, to *instance, secret string) (goOn func() error) {
	t.Helper()
	src, err := from.content.Data.Source(t.Context())
	require.NoError(t, err)
	reached, pause := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		dst, err := remote.Push(t.Context(), to.url+"/admin", secret, nil)
		if err == nil {
			_, err = datatransfer.Run(t.Context(), slowSource{src, reached, pause}, dst, nil)
		}
		ended <- errors.Join(err, src.Close())
	}()
	<-reached
	return func() error {
		close(pause)
		return <-ended
	}
}

func TestRunningTransferIsShown(t *testing.T) {
	t.Parallel()
	from, to := start(t), start(t)
	require.NoError(t, from.content.Seed(t.Context()))
	_, secret := to.issue(t, "slow", `"push"`)
	goOn := pushSlowly(t, from, to, secret)
	require.Regexp(t, `slow from 127\.0\.0\.1 push running entities, \d+ so far`, to.transfersPage(t, ">entities, "))
	_, header, _ := to.get(t, "/transfers")
	require.Equal(t, "5", header.Get("Refresh"))
	require.NoError(t, goOn())
	require.Contains(t, to.transfersPage(t, ">finished<"), "slow from 127.0.0.1 push finished")
}

func TestTokenThatIsDeletedEndsItsPush(t *testing.T) {
	t.Parallel()
	from, to := start(t), start(t)
	require.NoError(t, from.content.Seed(t.Context()))
	before := to.contents(t)
	id, secret := to.issue(t, "revoked", `"push"`)
	goOn := pushSlowly(t, from, to, secret)
	status, _, _ := to.do(t, "DELETE", "/admin/transfer/tokens/"+id, "", "")
	require.Equal(t, 200, status)
	to.transfersPage(t, ">aborted<")
	require.ErrorIs(t, goOn(), remote.ErrUnauthorized)
	require.Equal(t, before, to.contents(t))
}

func TestServerThatEndsRollsPushesBack(t *testing.T) {
	t.Parallel()
	from, to := start(t), start(t)
	require.NoError(t, from.content.Seed(t.Context()))
	before := to.contents(t)
	_, secret := to.issue(t, "late", `"push"`)
	goOn := pushSlowly(t, from, to, secret)
	require.NoError(t, to.stop())
	require.Error(t, goOn())
	require.Equal(t, before, to.contents(t))
	require.Contains(t, to.log.String(), `msg="transfer aborted"`)
}

func TestServerThatEndsLetsPushesFinish(t *testing.T) {
	t.Parallel()
	from, to := start(t), start(t, func(cfg *backend.Config) { cfg.Limits.Grace = time.Minute })
	require.NoError(t, from.content.Seed(t.Context()))
	_, secret := to.issue(t, "in time", `"push"`)
	goOn := pushSlowly(t, from, to, secret)
	stopped := make(chan error, 1)
	go func() { stopped <- to.stop() }()
	address := strings.TrimPrefix(to.url, "http://")
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err != nil
	}, 30*time.Second, time.Millisecond)
	require.NoError(t, goOn())
	require.NoError(t, <-stopped)
	require.Equal(t, from.contents(t), to.contents(t))
}
