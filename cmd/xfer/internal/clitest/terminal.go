//go:build unix

// Package clitest has a terminal for the tests of commands that ask questions.
package clitest

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
)

// A Terminal is a pseudo terminal with a person in front of it.
type Terminal struct {
	Stream *os.File // the end of the program

	t      testing.TB
	person *os.File

	mu      sync.Mutex
	seen    strings.Builder
	changed chan struct{} // gets a value after seen grew
}

// NewTerminal returns a terminal that is closed at the end of the test.
func NewTerminal(t testing.TB) *Terminal {
	t.Helper()
	person, stream, err := pty.Open()
	require.NoError(t, err)
	require.NoError(t, pty.Setsize(stream, &pty.Winsize{Rows: 40, Cols: 120}))
	term := &Terminal{t: t, person: person, Stream: stream, changed: make(chan struct{}, 1)}
	go term.watch()
	t.Cleanup(func() {
		term.Enter("\x03") // ends a program that still waits for an answer
		stream.Close()
		person.Close()
	})
	return term
}

// watch notes what the terminal shows, until it is closed.
func (term *Terminal) watch() {
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

// Text returns all that the terminal has shown.
func (term *Terminal) Text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.seen.String()
}

// Expect waits until the terminal has shown text, at least n times.
func (term *Terminal) Expect(text string, n int) {
	term.t.Helper()
	deadline := time.After(time.Minute)
	for strings.Count(term.Text(), text) < n {
		select {
		case <-term.changed:
		case <-deadline:
			require.Fail(term.t, "the terminal does not show "+text, term.Text())
		}
	}
}

// Enter types text.
func (term *Terminal) Enter(text string) {
	term.t.Helper()
	_, err := term.person.WriteString(text)
	require.NoError(term.t, err)
}

// Start runs a program that uses Stream. The function that it returns waits for its exit code, and for all that it has
// written.
func (term *Terminal) Start(program func() int) func() (code int, shown string) {
	ended := make(chan int, 1)
	go func() { ended <- program() }()
	return func() (int, string) {
		select {
		case code := <-ended:
			const end = "\x1e" // behind everything that the program has written
			before := strings.Count(term.Text(), end)
			_, err := term.Stream.WriteString(end)
			require.NoError(term.t, err)
			term.Expect(end, before+1)
			return code, strings.ReplaceAll(term.Text(), end, "")
		case <-time.After(time.Minute):
			require.Fail(term.t, "the program does not end", term.Text())
			return 0, ""
		}
	}
}
