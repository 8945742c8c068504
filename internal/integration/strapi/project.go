package strapi

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	variable = "TRANSFERTOKEN_TEST_STRAPI"

	// commandTimeout ends a command of Strapi that hangs. A command takes seconds on a quiet
	// machine.
	commandTimeout = 5 * time.Minute

	// maxStarts bounds the processes that start at one time. A start takes all of a core.
	maxStarts = 2
)

// starts has a place taken for each process of Strapi that starts or runs a command.
var starts = make(chan struct{}, maxStarts)

//go:embed all:app
var app embed.FS

// Project is a Strapi project in a folder of its own, with an SQLite database and a folder of
// uploads.
type Project struct {
	Dir string
}

// New returns a project without content. It skips the test if TRANSFERTOKEN_TEST_STRAPI is not set.
func New(t testing.TB) *Project {
	t.Helper()
	packages := packages(t)
	p := &Project{Dir: t.TempDir()}
	require.NoError(t, p.create(packages))
	return p
}

// Seeded returns a project with content of every kind: see app/instance.js.
func Seeded(t testing.TB) *Project {
	t.Helper()
	packages := packages(t)
	template, err := seedOnce(packages)
	require.NoError(t, err)
	p := &Project{Dir: t.TempDir()}
	require.NoError(t, p.create(packages))
	require.NoError(t, p.copySeed(template))
	return p
}

// copySeed copies the content of the project in the folder template.
func (p *Project) copySeed(template string) error {
	for _, name := range []string{"data.db", "public"} {
		if err := copyTree(filepath.Join(p.Dir, name), os.DirFS(template), name); err != nil {
			return err
		}
	}
	return nil
}

// SeededArchive returns the name of an archive, .tar.gz, that Strapi's export made of a seeded
// project.
func SeededArchive(t testing.TB) string {
	t.Helper()
	p := Seeded(t)
	seeded.Lock()
	defer seeded.Unlock()
	name := filepath.Join(seeded.dir, "archive")
	if !seeded.archived {
		result := p.RunShared(t, "export", "--no-encrypt", "--file", name)
		require.Zero(t, result.Code, result.Output)
		seeded.archived = true
	}
	return name + ".tar.gz"
}

// SeededContent returns the content of a seeded project. Do not change it.
func SeededContent(t testing.TB) Content {
	t.Helper()
	p := Seeded(t)
	seeded.Lock()
	defer seeded.Unlock()
	if seeded.content.Entities == nil {
		seeded.content = p.Content(t)
	}
	return seeded.content
}

// SeededServer returns a server of a seeded project that all tests share. Only read from it.
func SeededServer(t testing.TB) *Server {
	t.Helper()
	packages := packages(t)
	template, err := seedOnce(packages)
	require.NoError(t, err)
	seeded.Lock()
	defer seeded.Unlock()
	if seeded.server == nil {
		p := &Project{}
		p.Dir, err = os.MkdirTemp(template, "server-")
		require.NoError(t, err)
		require.NoError(t, p.create(packages))
		require.NoError(t, p.copySeed(template))
		seeded.server, err = p.start()
		require.NoError(t, err)
	}
	return seeded.server
}

// Main runs the tests, and removes what they share. Call it from TestMain.
func Main(m *testing.M) int {
	defer func() {
		stopCommanders()
		if seeded.server != nil {
			seeded.server.Kill()
		}
		if seeded.dir != "" {
			os.RemoveAll(seeded.dir)
		}
	}()
	return m.Run()
}

// Fill adds count articles with a body of kilobytes each.
func (p *Project) Fill(t testing.TB, count, kilobytes int) {
	t.Helper()
	_, err := p.node("instance.js", "fill", fmt.Sprint(count), fmt.Sprint(kilobytes))
	require.NoError(t, err)
}

// FillWithFiles adds count articles with a body of a kilobyte and a link each, and files of 2 MiB.
func (p *Project) FillWithFiles(t testing.TB, count, files int) {
	t.Helper()
	_, err := p.node("instance.js", "fill", fmt.Sprint(count), "1", fmt.Sprint(files))
	require.NoError(t, err)
}

// A Result is the output of a command of Strapi, and its exit code.
type Result struct {
	Output string
	Code   int
}

// Run runs a command of Strapi, such as export, in the folder of the project. The server of the
// project must not run.
func (p *Project) Run(t testing.TB, args ...string) Result {
	t.Helper()
	output, err := p.node(append([]string{"node_modules/@strapi/strapi/bin/strapi.js"}, args...)...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return Result{output, exit.ExitCode()}
	}
	require.NoError(t, err)
	return Result{output, 0}
}

// Command returns a command of Strapi in the folder of the project, for callers that measure it.
func (p *Project) Command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"node_modules/@strapi/strapi/bin/strapi.js"}, args...)...)
	cmd.Dir, cmd.Env = p.Dir, p.environment()
	return cmd
}

// node runs a script in the folder of the project and returns everything that it printed.
func (p *Project) node(args ...string) (string, error) {
	starts <- struct{}{}
	defer func() { <-starts }()
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Dir = p.Dir
	cmd.Env = p.environment()
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return output.String(), fmt.Errorf("node %s: %w\n%s", strings.Join(args, " "), err, output.String())
	}
	return output.String(), nil
}

func (p *Project) environment(more ...string) []string {
	return append(append(os.Environ(), "STRAPI_TELEMETRY_DISABLED=true", "NODE_ENV=production"), more...)
}

// create lays the project out in its folder.
func (p *Project) create(packages string) error {
	if err := copyTree(p.Dir, app, "app"); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(p.Dir, "public", "uploads"), 0o755); err != nil {
		return err
	}
	return os.Symlink(filepath.Join(packages, "node_modules"), filepath.Join(p.Dir, "node_modules"))
}

// packages returns the folder with the packages of Strapi, or skips the test.
func packages(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		t.Skip(variable + " is not set: it names a folder with the packages of Strapi")
	}
	require.FileExists(t, filepath.Join(dir, "installed.json"), "%s: make it with `sh install FOLDER`", variable)
	return dir
}

// Clients returns the folder with the packages of clients of other versions, or skips the test.
func Clients(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(packages(t), "clients")
	require.FileExists(t, filepath.Join(dir, "installed.json"), "%s: make it with `sh install FOLDER`", variable)
	return dir
}

var seeded struct {
	sync.Mutex
	dir      string
	archived bool
	content  Content
	server   *Server
}

// seedOnce returns the folder of a project that was seeded by the first call.
func seedOnce(packages string) (string, error) {
	seeded.Lock()
	defer seeded.Unlock()
	if seeded.dir != "" {
		return seeded.dir, nil
	}
	dir, err := os.MkdirTemp("", "strapi-seeded-")
	if err != nil {
		return "", err
	}
	p := &Project{Dir: dir}
	if err := p.create(packages); err != nil {
		return "", err
	}
	if _, err := p.node("instance.js", "seed"); err != nil {
		return "", err
	}
	seeded.dir = dir
	return dir, nil
}

// copyTree copies the file or folder root of src to dst.
func copyTree(dst string, src fs.FS, root string) error {
	return fs.WalkDir(src, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(filepath.FromSlash(root), filepath.FromSlash(name))
		if err != nil {
			return err
		}
		target := filepath.Join(dst, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		content, err := fs.ReadFile(src, name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
}
