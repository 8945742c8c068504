package adminpage

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

const password = "only in this test"

// example is a program of the folder examples that serves.
type example struct {
	t            testing.TB
	program, url string
	env          []string
	dir          string
}

func startExample(t testing.TB, name string) *example {
	t.Helper()
	browser.NewPage(t) // skips where there is no browser
	x := &example{t: t, dir: t.TempDir()}
	x.program = filepath.Join(x.dir, name)
	out, err := exec.Command("go", "build", "-C", filepath.Join("..", "..", "..", "examples"), "-o", x.program, "./"+name).
		CombinedOutput()
	require.NoError(t, err, "%s", out)
	hash := exec.CommandContext(t.Context(), x.program, "hash-password")
	hash.Stdin = strings.NewReader(password)
	out, err = hash.Output()
	require.NoError(t, err)
	x.env = append(os.Environ(), "TRANSFER_TOKEN_SALT="+string(transfertoken.GenerateSalt()),
		"ADMIN_PASSWORD_HASH="+strings.TrimSpace(string(out)))

	args := []string{"--addr", "127.0.0.1:0", "--data", filepath.Join(x.dir, "data")}
	if name == "instance" {
		x.run("seed", "--data", filepath.Join(x.dir, "data"))
		args = append([]string{"serve"}, args...)
	}
	x.serve(args...)
	return x
}

// serve starts the server and waits for its address.
func (x *example) serve(args ...string) {
	x.t.Helper()
	server := exec.Command(x.program, args...)
	server.Env = x.env
	log, err := server.StderrPipe()
	require.NoError(x.t, err)
	require.NoError(x.t, server.Start())
	said := make(chan string)
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(said)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if found := regexp.MustCompile(`msg=listening addr=(\S+)`).FindStringSubmatch(lines.Text()); found != nil {
				said <- found[1]
			}
		}
	}()
	x.t.Cleanup(func() {
		server.Process.Kill()
		<-read // before Wait, which closes the pipe
		server.Wait()
	})
	addr, ok := <-said
	require.True(x.t, ok, "the server has ended")
	x.url = "http://" + addr
}

// run runs a command and returns what it prints.
func (x *example) run(args ...string) string {
	x.t.Helper()
	command := exec.CommandContext(x.t.Context(), x.program, args...)
	command.Env = x.env
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	require.NoError(x.t, err, "%s", &problems)
	return strings.TrimSpace(string(out))
}

func (x *example) token(name, permissions string) string {
	x.t.Helper()
	return x.run("tokens", "create", name, "--permissions", permissions, "--lifespan", "7d",
		"--data", filepath.Join(x.dir, "data"))
}

func (x *example) logIn(p *browser.Page) {
	x.t.Helper()
	p.Open(x.url + "/login")
	p.Fill("Name", "admin")
	p.Fill("Password", password)
	p.Click("button", "Sign in")
	p.See("Whoever has one can push data")
}

func TestThePagesOfTheServerAreAccessibleAndFit(t *testing.T) {
	t.Parallel()
	x := startExample(t, "server")
	p := browser.NewPage(t)
	p.Open(x.url)
	p.See("Sign in")
	looksRight(p, "server-login")

	p.ExpectStatus(http.StatusUnauthorized)
	p.Fill("Name", "admin")
	p.Fill("Password", "wrong")
	p.Click("button", "Sign in")
	p.See("Wrong name or password.")
	require.Equal(t, "admin", p.Value("Name"))
	looksRight(p, "server-login-wrong")

	p.ExpectStatus(http.StatusNotFound)
	p.Open(x.url + "/nope/")
	p.See("There is no such page")
	looksRight(p, "server-not-found")
	p.Click("link", "Go to the start")
	p.See("Sign in")

	x.logIn(p)
	p.Click("link", "Sign out")
	p.See("Signed in as admin")
	looksRight(p, "server-signed-in")
	p.Click("button", "Sign out")
	p.AwaitCount(1, "textbox", "Name")
}

func TestThePagesOfTheInstanceAreAccessibleAndFit(t *testing.T) {
	t.Parallel()
	x := startExample(t, "instance")
	p := browser.NewPage(t)
	p.ExpectStatus(http.StatusNotFound)
	p.Open(x.url + "/articles/nope")
	p.See("There is no such page")
	looksRight(p, "instance-no-article")
	require.Equal(t, x.url+"/", href(p, "See all articles"))

	x.logIn(p)
	p.See("There are no transfer tokens yet")
	looksRight(p, "instance-tokens")
	p.Click("link", "Last transfers")
	p.See("There was no transfer since the server started")
	looksRight(p, "instance-no-transfers")

	end := x.transfer()
	p.Reload()
	p.See("slow from 127.0.0.1")
	p.See("0 of about 43")
	p.AwaitCount(1, "progressbar", "")
	for _, width := range []int64{320, 1280} { // the page reloads itself: nothing else may be in between
		p.Viewport(width, 800)
		p.Screenshot(fmt.Sprint("instance-running-", width))
	}
	end()
	p.Until("the pull has ended", func(ctx context.Context) error {
		_, err := p.One(ctx, "", "progressbar")
		if err == nil {
			return errors.New("it still runs")
		}
		return nil
	})
	p.Reload()
	p.See("nightly from 127.0.0.1")
	p.See("finished")
	p.See("aborted")
	looksRight(p, "instance-transfers")
	p.Click("link", "Transfer tokens")
	p.See("Tokens: 3 of 3")

	p.ExpectStatus(http.StatusNotFound)
	p.Open(x.url + "/nope")
	p.See("There is no such page")
	looksRight(p, "instance-not-found")
	p.Click("link", "Last transfers")
	p.See("nightly from 127.0.0.1")
}

// transfer makes a pull that finishes, a push that is given up, and a pull that runs
// until end is called.
func (x *example) transfer() (end func()) {
	x.t.Helper()
	t, ctx := x.t, context.WithoutCancel(x.t.Context())
	nightly, push := x.token("nightly", "pull"), x.token(longName, "push")
	x.env = append(x.env, "XFER_FROM_TOKEN="+nightly)
	x.run("seed", "--data", filepath.Join(x.dir, "copy"))
	x.run("transfer", "--from", x.url+"/admin", "--force", "--data", filepath.Join(x.dir, "copy"))

	dst, err := remote.Push(ctx, x.url+"/admin", push, nil)
	require.NoError(t, err)
	require.NoError(t, dst.Begin(ctx, datatransfer.Start{}))
	require.NoError(t, dst.Rollback(ctx))

	src, err := remote.Pull(ctx, x.url+"/admin", x.token("slow", "pull"), nil)
	require.NoError(t, err)
	next, stop := iter.Pull2(src.Entities(ctx))
	_, err, ok := next()
	require.NoError(t, err)
	require.True(t, ok)
	end = sync.OnceFunc(func() {
		stop()
		src.Close()
	})
	t.Cleanup(end)
	return end
}
