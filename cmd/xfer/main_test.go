package main_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	main "github.com/seed-39e76d91/transfertoken/cmd/xfer"
)

// asProgram is a variable of the environment that makes the test binary be xfer.
const asProgram = "XFER_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main.Main()
	}
	os.Exit(m.Run())
}

// The samples are exports of a real Strapi.
const samples = "../../datatransfer/archive/testdata/"

const sampleKey = "correct-horse-battery-staple"

// A result is the outcome of a command.
type result struct {
	code           int
	stdout, stderr string
}

// xfer runs a command line without a terminal. Words before the command with a = in them are its environment.
func xfer(t *testing.T, args ...string) result {
	t.Helper()
	env := map[string]string{}
	for len(args) > 0 {
		name, value, isVariable := strings.Cut(args[0], "=")
		if !isVariable {
			break
		}
		env[name], args = value, args[1:]
	}
	var stdout, stderr bytes.Buffer
	getenv := func(name string) string { return env[name] }
	code := main.Run(t.Context(), args, strings.NewReader(""), &stdout, &stderr, getenv)
	return result{code, stdout.String(), stderr.String()}
}

// requireFailure checks the exit code of a command, that it printed nothing on stdout, and one line on stderr.
func requireFailure(t *testing.T, code int, line string, args ...string) {
	t.Helper()
	got := xfer(t, args...)
	require.Equal(t, result{code, "", "xfer: " + line + "\n"}, got)
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestAWrongCommandLineEndsWithCode2(t *testing.T) {
	for _, test := range []struct {
		args []string
		line string
	}{
		{[]string{"inspct"}, `there is no command "inspct": did you mean inspect?`},
		{[]string{"frobnicate"}, `there is no command "frobnicate" (see xfer --help)`},
		{[]string{"inspect"}, "usage: xfer inspect [flags] ARCHIVE (see xfer inspect --help)"},
		{[]string{"inspect", "a", "b"}, "usage: xfer inspect [flags] ARCHIVE (see xfer inspect --help)"},
		{[]string{"verify"}, "usage: xfer verify [flags] ARCHIVE... (see xfer verify --help)"},
		{[]string{"diff", "a"}, "usage: xfer diff [flags] A B (see xfer diff --help)"},
		{[]string{"convert", "a"}, "usage: xfer convert [flags] IN NAME (see xfer convert --help)"},
		{[]string{"inspect", "--frob", "a"}, "unknown flag: --frob (see xfer inspect --help)"},
	} {
		requireFailure(t, 2, test.line, test.args...)
	}
}

func TestWithoutACommandTheHelpGoesToStderr(t *testing.T) {
	got := xfer(t)
	require.Equal(t, 2, got.code)
	require.Empty(t, got.stdout)
	require.Contains(t, got.stderr, "Available Commands:")
}

func TestHelpGoesToStdout(t *testing.T) {
	for _, command := range []string{"", "inspect", "verify", "diff", "convert"} {
		got := xfer(t, append(strings.Fields(command), "--help")...)
		require.Zero(t, got.code)
		require.Contains(t, got.stdout, "Usage:")
		require.Empty(t, got.stderr)
		for line := range strings.Lines(got.stdout) {
			require.LessOrEqual(t, len([]rune(line)), 121, line)
		}
	}
	require.Contains(t, xfer(t, "--help").stdout, "130  interrupted")
}

func TestVersionIsPrinted(t *testing.T) {
	got := xfer(t, "--version")
	require.Zero(t, got.code)
	require.Regexp(t, `^xfer \S+\n$`, got.stdout)
}

func TestTheShellCompletesArchivesAndFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string // on stdout
	}{
		{[]string{"inspect", ""}, "tar\ngz\nage\nenc\n:8\n"},
		{[]string{"inspect", "a.tar", ""}, ":4\n"},
		{[]string{"diff", "a.tar", ""}, "tar\ngz\nage\nenc\n:8\n"},
		{[]string{"verify", "a.tar", "b.tar", ""}, "tar\ngz\nage\nenc\n:8\n"},
		{[]string{"convert", "a.tar", ""}, ":4\n"},
		{[]string{"convert", "--format", ""}, "tar\ndir\n:4\n"},
		{[]string{"convert", "--exclude", ""}, "content\nfiles\nconfig\nmedia-library\n:4\n"},
		{[]string{"convert", "--key-file", ""}, ":0\n"},
	} {
		got := xfer(t, append([]string{"__complete"}, test.args...)...)
		require.Equal(t, test.want, got.stdout, test.args)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		require.Contains(t, xfer(t, "completion", shell).stdout, "xfer")
	}
}

func TestAnInterruptionEndsWithCode130(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"inspect", samples + "export.tar"},
		{"verify", samples + "export.tar"},
		{"diff", samples + "export.tar", samples + "rich.tar"},
		{"convert", "--no-encrypt", samples + "export.tar", filepath.Join(t.TempDir(), "new")},
	} {
		var stdout, stderr bytes.Buffer
		code := main.Run(ctx, args, strings.NewReader(""), &stdout, &stderr, func(string) string { return "" })
		require.Equal(t, result{130, "", "xfer: interrupted\n"}, result{code, stdout.String(), stderr.String()}, args)
	}
}

func TestAResultThatCanNotBeWrittenIsAFailure(t *testing.T) {
	for _, command := range []string{"inspect", "inspect --json", "verify", "--help"} {
		var stderr bytes.Buffer
		full := writerFunc(func([]byte) (int, error) { return 0, syscall.ENOSPC })
		args := append(strings.Fields(command), samples+"export.tar")
		code := main.Run(t.Context(), args, strings.NewReader(""), full, &stderr, func(string) string { return "" })
		require.Equal(t, 1, code, command)
		require.Contains(t, stderr.String(), "no space left on device\n")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
