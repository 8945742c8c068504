package sqldata_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

// An end is one of the two ends of a live transfer: the tables and files of a shop.
type end struct {
	*database
	*sqldata.Instance
	dir string // of the files
}

// newEnd makes an end whose files are in folder, and so is its database if that is a file. It keeps no connection that
// it does not use.
func newEnd(t testing.TB, b backend, folder string) *end {
	t.Helper()
	d := b.openIn(t, folder)
	d.SetMaxIdleConns(-1)
	dir, err := os.MkdirTemp(folder, "uploads-")
	require.NoError(t, err)
	return &end{d, d.instance(t, d.withReviews(d.shopConfig(dir))), dir}
}

// digest returns a digest of all that the end holds.
func (e *end) digest(t testing.TB) string {
	t.Helper()
	src, err := e.Source(t.Context())
	require.NoError(t, err)
	defer src.Close()
	sum := sha256.New()
	hashAll(t, sum, src.Entities(t.Context()), datatransfer.Entity.AppendJSON)
	for asset, err := range src.Assets(t.Context()) {
		require.NoError(t, err)
		fmt.Fprintln(sum, asset.Name, asset.Size, string(asset.Metadata))
		_, err = io.Copy(sum, asset.Body)
		require.NoError(t, err)
	}
	hashAll(t, sum, src.Links(t.Context()), datatransfer.Link.AppendJSON)
	hashAll(t, sum, src.Configuration(t.Context()), datatransfer.Config.AppendJSON)
	return hex.EncodeToString(sum.Sum(nil))
}

func hashAll[T any](
	t testing.TB, to io.Writer, seq iter.Seq2[T, error], appendJSON func(T, []byte) ([]byte, error),
) {
	t.Helper()
	for record, err := range seq {
		require.NoError(t, err)
		text, err := appendJSON(record, nil)
		require.NoError(t, err)
		fmt.Fprintf(to, "%s\n", text)
	}
}

// A server is the address of an end that takes part in live transfers, and a token for it.
type server struct{ Address, Token string }

// serve lets other ends push to this one and pull from it.
func (e *end) serve(t testing.TB) server {
	t.Helper()
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	require.NoError(t, err)
	handler, err := remote.NewHandler(svc, &remote.HandlerOptions{
		Source: e.Source, Destination: e.Destination, Limits: remote.HandlerLimits{PerToken: -1},
	})
	require.NoError(t, err)
	listening := httptest.NewServer(handler)
	t.Cleanup(listening.Close)
	issued, err := svc.Create(t.Context(), transfertoken.NewToken{
		Name: "both ways", Permissions: transfertoken.FullAccess, Lifespan: transfertoken.Days7,
	})
	require.NoError(t, err)
	return server{listening.Listener.Addr().String(), issued.Secret.Reveal()}
}

// push replaces the data of a server by that of the end.
func (e *end) push(ctx context.Context, url, token string, opts *datatransfer.Options) error {
	src, err := e.Source(ctx)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := remote.Push(ctx, url, token, nil)
	if err != nil {
		return err
	}
	_, err = datatransfer.Run(ctx, src, dst, opts)
	return err
}

// pull replaces the data of the end by that of a server.
func (e *end) pull(ctx context.Context, url, token string, opts *datatransfer.Options) error {
	src, err := remote.Pull(ctx, url, token, nil)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := e.Destination(ctx)
	if err != nil {
		return err
	}
	_, err = datatransfer.Run(ctx, src, dst, opts)
	return err
}

// A role is the part that a process plays in a live transfer.
type role string

const (
	roleServe role = "serve"
	rolePush  role = "push"
	rolePull  role = "pull"
)

// play does it with the tables and files of a task, and writes a line about it.
func (r role) play(t *testing.T, d *database, job task) {
	d.SetMaxIdleConns(-1)
	e := &end{d, d.instance(t, d.withReviews(d.shopConfig(job.Dir))), job.Dir}
	switch r {
	case roleServe:
		told := e.serve(t)
		fmt.Println("child:", told.Address, told.Token)
		select {}
	case rolePush:
		require.NoError(t, e.push(t.Context(), job.URL, job.Token, nil))
	case rolePull:
		require.NoError(t, e.pull(t.Context(), job.URL, job.Token, nil))
	}
	fmt.Println("child: committed")
}

// A child is a process that has one of the ends.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

// start starts a child that plays a role.
func (e *end) start(t testing.TB, r role, url, token string) *child {
	t.Helper()
	job := e.task(e.dir)
	job.Role, job.URL, job.Token = r, url, token
	text, err := json.Marshal(job)
	require.NoError(t, err)
	c := &child{cmd: exec.Command(os.Args[0], "-test.run=^TestChild$")}
	c.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	output, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.cmd.Start())
	t.Cleanup(c.kill)
	c.lines = bufio.NewScanner(output)
	return c
}

// server waits for what a child that serves says.
func (c *child) server(t testing.TB) server {
	t.Helper()
	require.True(t, c.lines.Scan(), "the child has ended")
	fields := strings.Fields(c.lines.Text())
	require.Len(t, fields, 3, "%s", c.lines.Text())
	return server{fields[1], fields[2]}
}

func (c *child) kill() { _ = c.cmd.Process.Kill() }

// wait waits until the child has ended, and reports whether its transfer was committed. If it failed by itself, wait
// returns what it said.
func (c *child) wait() (committed bool, said string) {
	var text strings.Builder
	for c.lines.Scan() {
		committed = committed || c.lines.Text() == "child: committed"
		fmt.Fprintln(&text, c.lines.Text())
	}
	err := c.cmd.Wait()
	if committed || err == nil || c.cmd.ProcessState.ExitCode() == -1 { // by a signal
		return committed, ""
	}
	return false, text.String()
}
