package strapi

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// An Answer is written to a command that has printed a question.
type Answer struct {
	Question string // a part of it that has no line break, at 80 columns
	Text     string // without the Enter at its end
}

// RunAsked is Run for a command that asks, on a pipe. Its standard input ends after the last
// answer.
func (p *Project) RunAsked(t testing.TB, answers []Answer, args ...string) Result {
	t.Helper()
	starts <- struct{}{}
	defer func() { <-starts }()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", append([]string{"node_modules/@strapi/strapi/bin/strapi.js"}, args...)...)
	cmd.Dir, cmd.Env = p.Dir, p.environment()
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	reader, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	require.NoError(t, cmd.Start())
	exited := make(chan error, 1)
	go func() {
		exited <- cmd.Wait()
		writer.Close()
	}()
	output := answer(reader, stdin, answers)
	err = <-exited
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return Result{output, exitCode(exit)}
	}
	require.NoError(t, err, output)
	return Result{output, 0}
}

// exitCode returns the code that a shell would, for which a signal counts as 128 and its number.
func exitCode(exit *exec.ExitError) int {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}

// answer writes each answer to w when r has brought its question, and returns all of r.
func answer(r io.Reader, w io.WriteCloser, answers []Answer) string {
	var all strings.Builder
	asked := 0 // the length of what came before the last answer
	buffer := make([]byte, 4096)
	for {
		n, err := r.Read(buffer)
		all.Write(buffer[:n])
		for len(answers) > 0 && strings.Contains(all.String()[asked:], answers[0].Question) {
			asked = all.Len()
			io.WriteString(w, answers[0].Text+"\n")
			answers = answers[1:]
		}
		if len(answers) == 0 {
			w.Close()
		}
		if err != nil {
			return all.String()
		}
	}
}
