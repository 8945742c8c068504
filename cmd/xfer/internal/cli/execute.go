package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// Execute runs the command line of a program, prints its error in one line, and returns its exit code. A result that
// was not written, for example because the disk is full, is an error.
func Execute(ctx context.Context, console *Console, root *cobra.Command) int {
	out := &resultWriter{Writer: console.Out}
	console.Out = out
	root.SetOut(out)
	err := CauseOf(ctx, root.ExecuteContext(ctx))
	if err == nil {
		err = out.err
	}
	return console.Fail(err)
}

// CauseOf returns the error of something that ran with ctx: that of ctx instead of one that followed from it.
func CauseOf(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && Code(err) == ExitFailed {
		return ctx.Err()
	}
	return err
}

// A resultWriter remembers the first error.
type resultWriter struct {
	io.Writer
	err error
}

func (w *resultWriter) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("the result could not be written: %w", err)
	}
	return n, err
}

// rollbackTime is how long a command may take to roll back after the first Ctrl-C.
const rollbackTime = 10 * time.Second

// WithInterrupt returns a context that Ctrl-C and SIGTERM cancel. The second one ends the program at once, and so do 10
// seconds after the first, so that it does not hang in a rollback. stop ends the effect.
func WithInterrupt(ctx context.Context, name string) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
		case <-done:
			return
		}
		signal.Reset(os.Interrupt, syscall.SIGTERM) // the next one kills, also if the program has a handler of its own
		fmt.Fprintf(os.Stderr, "\n%s: stopping; press Ctrl-C again to stop without a clean-up\n", name)
		cancel()
		select {
		case <-time.After(rollbackTime):
			os.Exit(ExitInterrupted)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}

// UsageErrors lets a command report unknown flags as usage errors that name its help.
func UsageErrors(command *cobra.Command) {
	command.SetFlagErrorFunc(func(command *cobra.Command, err error) error {
		return Usagef("%w (see %s --help)", err, command.CommandPath())
	})
}

// UnknownCommand is the rule for arguments of a command that only has others below it: they name no command.
func UnknownCommand(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	command.SuggestionsMinimumDistance = 2
	if names := command.SuggestionsFor(args[0]); len(names) > 0 {
		return Usagef("there is no command %q: did you mean %s?", args[0], strings.Join(names, " or "))
	}
	return Usagef("there is no command %q (see %s --help)", args[0], command.CommandPath())
}

// Arguments returns the rule that a command has from least to most arguments; most of -1 means any number.
func Arguments(least, most int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return Usagef("usage: %s (see %s --help)", command.UseLine(), command.CommandPath())
		}
		return nil
	}
}
