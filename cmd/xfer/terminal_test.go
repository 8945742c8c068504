//go:build unix

package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"

	main "github.com/seed-39e76d91/transfertoken/cmd/xfer"
)

// A terminal is a pseudo terminal with a person in front of it.
type terminal struct {
	t      *testing.T
	person *os.File // the end of the person
	stream *os.File // the end of the program

	mu      sync.Mutex
	seen    strings.Builder
	changed chan struct{} // gets a value after seen grew
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	person, stream, err := pty.Open()
	require.NoError(t, err)
	require.NoError(t, pty.Setsize(stream, &pty.Winsize{Rows: 40, Cols: 120}))
	term := &terminal{t: t, person: person, stream: stream, changed: make(chan struct{}, 1)}
	go term.watch()
	t.Cleanup(func() {
		term.enter("\x03") // ends a program that still waits for an answer
		stream.Close()
		person.Close()
	})
	return term
}

// watch notes what the terminal shows, until it is closed.
func (term *terminal) watch() {
	buffer := make([]byte, 4096)
	for {
		n, err := term.person.Read(buffer)
		term.mu.Lock()
		term.seen.Write(buffer[:n])
		term.mu.Unlock()
		select {
		case term.changed <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.seen.String()
}

// expect waits until the terminal has shown text, at least n times.
func (term *terminal) expect(text string, n int) {
	term.t.Helper()
	deadline := time.After(time.Minute)
	for strings.Count(term.text(), text) < n {
		select {
		case <-term.changed:
		case <-deadline:
			require.Fail(term.t, "the terminal does not show "+text, term.text())
		}
	}
}

func (term *terminal) enter(text string) {
	term.t.Helper()
	_, err := term.person.WriteString(text)
	require.NoError(term.t, err)
}

// start runs a command line whose stdin and stderr are the terminal. The function that it returns waits for the result;
// its stderr is the text on the terminal.
func (term *terminal) start(args ...string) func() result {
	var stdout strings.Builder
	code := make(chan int, 1)
	go func() {
		code <- main.Run(context.Background(), args, term.stream, &stdout, term.stream, func(string) string { return "" })
	}()
	return func() result {
		select {
		case code := <-code:
			const end = "\x1e" // behind everything that the command has written
			ended := strings.Count(term.text(), end)
			_, err := term.stream.WriteString(end)
			require.NoError(term.t, err)
			term.expect(end, ended+1)
			return result{code, stdout.String(), strings.ReplaceAll(term.text(), end, "")}
		case <-time.After(time.Minute):
			require.Fail(term.t, "the command does not end", term.text())
			return result{}
		}
	}
}

func TestThePassphraseIsAskedForWithoutAnEcho(t *testing.T) {
	term := newTerminal(t)
	wait := term.start("inspect", samples+"export.tar.gz.enc")
	term.expect("Passphrase of "+samples+"export.tar.gz.enc: ", 1)
	term.enter(sampleKey + "\n")
	got := wait()
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "api::article.article")
	require.NotContains(t, got.stderr, sampleKey)
}

func TestAWrongPassphraseIsAskedForThreeTimes(t *testing.T) {
	term := newTerminal(t)
	wait := term.start("inspect", samples+"export.tar.gz.enc")
	for i := range 3 {
		term.expect("that passphrase does not open", i)
		term.expect("Passphrase of ", i+1)
		term.enter("wrong horse\n")
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
	term.expect("Passphrase of ", 1)
	term.enter(sampleKey + "\n")
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
		term.expect("New passphrase for "+out+".tar.gz.age: ", 1)
		term.enter(test.first)
		if test.second != "" {
			term.expect("The same again: ", 1)
			term.enter(test.second)
		}
		got := wait()
		require.Equal(t, test.code, got.code, got.stderr)
		term.expect(test.line, 1)
		require.NotContains(t, term.text(), "horse")
		_, err := os.Stat(out + ".tar.gz.age")
		require.Equal(t, test.code == 0, err == nil)
	}
	require.Zero(t, xfer(t, "XFER_KEY=new horse", "verify", out+".tar.gz.age").code)
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
	for name, interrupt := range map[string]func(*terminal, *os.Process){
		"Ctrl-C":  func(term *terminal, _ *os.Process) { term.enter("\x03") },
		"SIGTERM": func(term *terminal, program *os.Process) { require.NoError(term.t, program.Signal(syscall.SIGTERM)) },
	} {
		t.Run(name, func(t *testing.T) {
			term := newTerminal(t)
			program, err := os.Executable()
			require.NoError(t, err)
			command := exec.Command(program, "inspect", samples+"export.tar.gz.enc")
			command.Env = append(os.Environ(), asProgram+"=1")
			command.Stdin, command.Stdout, command.Stderr = term.stream, term.stream, term.stream
			command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			require.NoError(t, command.Start())
			term.expect("Passphrase of ", 1)
			interrupt(term, command.Process)
			err = command.Wait()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, 130, exit.ExitCode(), term.text())
			term.expect("xfer: interrupted", 1)

			term.enter("visible")
			term.expect("visible", 1)
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
	command.Stdin, command.Stdout, command.Stderr = term.stream, term.stream, term.stream
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, command.Start())
	writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // returns when the program has opened the pipe
	require.NoError(t, err)
	defer writer.Close()

	term.enter("\x03")
	term.expect("xfer: stopping; press Ctrl-C again to stop without a clean-up", 1)
	term.enter("\x03")
	var exit *exec.ExitError
	require.ErrorAs(t, command.Wait(), &exit)
	require.Equal(t, syscall.SIGINT, exit.Sys().(syscall.WaitStatus).Signal(), term.text())
}
