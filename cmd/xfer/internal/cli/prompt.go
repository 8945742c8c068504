package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// secret asks for a text without an echo. If nobody can answer, it fails at once; refusal then says why, and how to
// answer without a terminal.
func (c *Console) secret(ctx context.Context, question, refusal string) (string, error) {
	if !c.Interactive() {
		return "", Usagef("%s", refusal)
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	fd := int(c.In.(*os.File).Fd())
	state, err := term.MakeRaw(fd) // before the question is shown, so that no early answer is echoed
	if err != nil {
		return "", err
	}
	fmt.Fprintf(c.Err, "%s: ", Printable(question))
	text, err := c.readSecret(ctx)
	return text, errors.Join(err, term.Restore(fd, state))
}

// readSecret reads a line. If ctx ends first, it leaves the reading goroutine behind: a read from a terminal can't be
// cancelled, and the program is about to end.
func (c *Console) readSecret(ctx context.Context) (string, error) {
	if c.terminal == nil { // one for all questions, because it may have read more than the first answer
		c.terminal = term.NewTerminal(struct {
			io.Reader
			io.Writer
		}{c.In, c.Err}, "")
	}
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := c.terminal.ReadPassword("") // it would wrap a long question
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		if a.err == io.EOF { // Ctrl-C and Ctrl-D, which are no signals in raw mode
			fmt.Fprint(c.Err, "\r\n")
			return "", context.Canceled
		}
		return a.text, a.err
	case <-ctx.Done():
		fmt.Fprint(c.Err, "\r\n")
		return "", ctx.Err()
	}
}

// Ask asks for a text, and returns it without the white space around it, "" if the terminal ends. Without a terminal it
// fails; refusal then says why.
func (c *Console) Ask(ctx context.Context, question, refusal string) (string, error) {
	if !c.Interactive() {
		return "", Usagef("%s", refusal)
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	fmt.Fprintf(c.Err, "%s ", Printable(question))
	answer, err := c.readLine(ctx)
	if err == io.EOF { // Ctrl-D
		fmt.Fprintln(c.Err)
		err = nil
	}
	return strings.TrimSpace(answer), err
}

// Confirm asks a question that only y or yes answers with yes. Without a terminal it fails;
// refusal then says why.
func (c *Console) Confirm(ctx context.Context, question, refusal string) error {
	answer, err := c.Ask(ctx, question+" [y/N]", refusal)
	if err != nil {
		return err
	}
	switch strings.ToLower(answer) {
	case "y", "yes":
		return nil
	}
	return Usagef("not confirmed: nothing was done")
}

// readLine reads a line with an echo. If ctx ends first, it leaves the reading goroutine
// behind, as readSecret does.
func (c *Console) readLine(ctx context.Context) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		var line []byte
		for {
			var b [1]byte
			n, err := c.In.Read(b[:])
			if n == 1 && b[0] != '\n' {
				line = append(line, b[0])
				continue
			}
			if n == 1 {
				err = nil
			}
			answers <- answer{string(line), err}
			return
		}
	}()
	select {
	case a := <-answers:
		return a.text, a.err
	case <-ctx.Done():
		fmt.Fprintln(c.Err)
		return "", ctx.Err()
	}
}
