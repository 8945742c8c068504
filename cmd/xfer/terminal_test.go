//go:build unix

package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	main "github.com/seed-39e76d91/transfertoken/cmd/xfer"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/clitest"
)

// A terminal is a terminal in which xfer runs.
type terminal struct{ *clitest.Terminal }

func newTerminal(t *testing.T) terminal {
	t.Helper()
	return terminal{clitest.NewTerminal(t)}
}

// start runs a command line whose stdin and stderr are the terminal. The function that it returns waits for the result;
// its stderr is the text on the terminal.
func (term terminal) start(args ...string) func() result {
	var stdout strings.Builder
	wait := term.Start(func() int {
		return main.Run(context.Background(), args, term.Stream, &stdout, term.Stream, func(string) string { return "" })
	})
	return func() result {
		code, shown := wait()
		return result{code, stdout.String(), shown}
	}
}

func TestThePassphraseIsAskedForWithoutAnEcho(t *testing.T) {
	term := newTerminal(t)
	wait := term.start("inspect", samples+"export.tar.gz.enc")
	term.Expect("Passphrase of "+samples+"export.tar.gz.enc: ", 1)
	term.Enter(sampleKey + "\n")
	got := wait()
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "api::article.article")
	require.NotContains(t, got.stderr, sampleKey)
}

func TestAWrongPassphraseIsAskedForThreeTimes(t *testing.T) {
	term := newTerminal(t)
	wait := term.start("inspect", samples+"export.tar.gz.enc")
	for i := range 3 {
		term.Expect("that passphrase does not open", i)
		term.Expect("Passphrase of ", i+1)
		term.Enter("wrong horse\n")
	}
	got := wait()
	require.Equal(t, 5, got.code)
	require.Empty(t, got.stdout)
	require.Equal(t, 3, strings.Count(got.stderr, "Passphrase of "))
	require.NotContains(t, got.stderr, "wrong horse")
}

func TestAPassphraseIsAskedForOnceForArchivesThatShareIt(t *testing.T) {
	term := newTerminal(t)
	archive := samples + "export.tar.gz.enc"
	wait := term.start("diff", archive, archive)
	term.Expect("Passphrase of ", 1)
	term.Enter(sampleKey + "\n")
	got := wait()
	require.Zero(t, got.code, got.stderr)
	require.Equal(t, 1, strings.Count(got.stderr, "Passphrase of "))
}

func TestANewPassphraseIsAskedForTwice(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	for _, test := range []struct {
		first, second string
		code          int
		line          string
	}{
		{"new horse\r", "new horze\r", 2, "xfer: the two passphrases differ: nothing was done"},
		{"\r", "", 2, "xfer: the passphrase is empty: nothing was done"},
		{"new horse\r", "new horse\r", 0, "configuration"},
	} {
		term := newTerminal(t)
		wait := term.start("convert", samples+"export.tar", out)
		term.Expect("New passphrase for "+out+".tar.gz.age: ", 1)
		term.Enter(test.first)
		if test.second != "" {
			term.Expect("The same again: ", 1)
			term.Enter(test.second)
		}
		got := wait()
		require.Equal(t, test.code, got.code, got.stderr)
		term.Expect(test.line, 1)
		require.NotContains(t, term.Text(), "horse")
		_, err := os.Stat(out + ".tar.gz.age")
		require.Equal(t, test.code == 0, err == nil)
	}
	require.Zero(t, xfer(t, "XFER_KEY=new horse", "verify", out+".tar.gz.age").code)
}

func TestCtrlDAtAQuestionIsNoAnswer(t *testing.T) {
	r, _ := remoteWith(t, 1)
	token := writeFile(t, "token", r.Token)
	term := newTerminal(t)
	wait := term.start("push", "--token-file", token, samples+"export.tar", r.URL)
	term.Expect("[y/N]", 1)
	term.Enter("\x04")
	got := wait()
	require.Equal(t, 2, got.code, got.stderr)
	require.Contains(t, got.stderr, "not confirmed: nothing was done")
}

func TestBarsAreDrawnOnATerminalOnly(t *testing.T) {
	term := newTerminal(t)
	wait := term.start("diff", samples+"export.tar", samples+"rich.tar")
	got := wait()
	require.Equal(t, 3, got.code, got.stderr)
	for _, stage := range []string{"entities", "assets", "links", "configuration"} {
		require.Contains(t, got.stderr, stage)
	}
	require.Contains(t, got.stderr, "[====")
	require.NotContains(t, got.stdout, "\x1b")

	piped := xfer(t, "diff", samples+"export.tar", samples+"rich.tar")
	require.Equal(t, got.stdout, piped.stdout)
	require.NotContains(t, piped.stderr, "\x1b")
	require.Len(t, strings.Split(strings.TrimSpace(piped.stderr), "\n"), 8, piped.stderr)

	require.Empty(t, xfer(t, "diff", "--quiet", samples+"export.tar", samples+"rich.tar").stderr)
}

// The program runs as a process of its own, because signals go to a process.
func TestCtrlCAndSIGTERMAtAQuestionEndWithCode130AndRestoreTheEcho(t *testing.T) {
	for name, interrupt := range map[string]func(terminal, *os.Process){
		"Ctrl-C":  func(term terminal, _ *os.Process) { term.Enter("\x03") },
		"SIGTERM": func(_ terminal, program *os.Process) { require.NoError(t, program.Signal(syscall.SIGTERM)) },
	} {
		t.Run(name, func(t *testing.T) {
			term := newTerminal(t)
			program, err := os.Executable()
			require.NoError(t, err)
			command := exec.Command(program, "inspect", samples+"export.tar.gz.enc")
			command.Env = append(os.Environ(), asProgram+"=1")
			command.Stdin, command.Stdout, command.Stderr = term.Stream, term.Stream, term.Stream
			command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			require.NoError(t, command.Start())
			term.Expect("Passphrase of ", 1)
			interrupt(term, command.Process)
			err = command.Wait()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, 130, exit.ExitCode(), term.Text())
			term.Expect("xfer: interrupted", 1)

			term.Enter("visible")
			term.Expect("visible", 1)
		})
	}
}

// The program waits for a passphrase from a pipe into which nobody writes.
func TestTheSecondCtrlCStopsAtOnce(t *testing.T) {
	term := newTerminal(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	program, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(program, "inspect", "--key-file", pipe, samples+"export.tar.gz.enc")
	command.Env = append(os.Environ(), asProgram+"=1")
	command.Stdin, command.Stdout, command.Stderr = term.Stream, term.Stream, term.Stream
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, command.Start())
	writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // returns when the program has opened the pipe
	require.NoError(t, err)
	defer writer.Close()

	term.Enter("\x03")
	term.Expect("xfer: stopping; press Ctrl-C again to stop without a clean-up", 1)
	term.Enter("\x03")
	var exit *exec.ExitError
	require.ErrorAs(t, command.Wait(), &exit)
	require.Equal(t, syscall.SIGINT, exit.Sys().(syscall.WaitStatus).Signal(), term.Text())
}
