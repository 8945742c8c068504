package cli

import (
	"context"
	"fmt"
	"strings"
)

// Confirm asks a question that only y or yes answers with yes. Without a terminal it fails;
// refusal then says why.
func (c *Console) Confirm(ctx context.Context, question, refusal string) error {
	if !c.Interactive() {
		return Usagef("%s", refusal)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	fmt.Fprintf(c.Err, "%s [y/N] ", Printable(question))
	answer, err := c.readLine(ctx)
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
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
