package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
)

// run runs a command line and returns its exit code. Only the streams and env that it is given are used.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	out := &resultWriter{Writer: stdout}
	console := &cli.Console{In: stdin, Out: out, Err: stderr, Env: env}
	root := newRoot(console)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if ctx.Err() != nil && err != nil && cli.Code(err) == cli.ExitFailed {
		err = ctx.Err() // the interruption is the cause
	}
	if err == nil {
		err = out.err
	}
	return console.Fail(err)
}

// A resultWriter remembers the first error: a result that was not written, for example because the disk is full, is not
// a success.
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

func newRoot(console *cli.Console) *cobra.Command {
	root := &cobra.Command{
		Use:   "xfer",
		Short: "Back up, restore, compare and convert the data of Strapi and of compatible backends",
		Long: `xfer backs up a remote instance into an archive, restores it from one, and copies one
instance to another. It needs the address of the admin API and a transfer token.

It also inspects, verifies, compares and converts archives: those of Strapi's export
command (.tar, .tar.gz, .enc, a folder) and those encrypted with age. It recognizes
an archive by its content; the extension does not matter.

` + cli.ExitCodes,
		Version:       version(),
		Args:          unknownCommand,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(command *cobra.Command, _ []string) error {
			command.SetOut(console.Err)
			return errors.Join(command.Help(), &cli.ExitError{Code: cli.ExitUsage})
		},
	}
	root.SetVersionTemplate("xfer {{.Version}}\n")
	root.SetFlagErrorFunc(func(command *cobra.Command, err error) error {
		return cli.Usagef("%w (see %s --help)", err, command.CommandPath())
	})
	root.PersistentFlags().BoolVarP(&console.Quiet, "quiet", "q", false, "print only results, questions and errors")
	root.PersistentFlags().BoolVarP(&console.Verbose, "verbose", "v", false, "print more about what happens")
	root.AddCommand(newInspect(console), newVerify(console), newDiff(console), newConvert(console),
		newPull(console), newPush(console), newCopy(console), newCheck(console))
	return root
}

// unknownCommand is the rule for arguments of the root, which only get there if they name no command.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	root.SuggestionsMinimumDistance = 2
	if names := root.SuggestionsFor(args[0]); len(names) > 0 {
		return cli.Usagef("there is no command %q: did you mean %s?", args[0], strings.Join(names, " or "))
	}
	return cli.Usagef("there is no command %q (see xfer --help)", args[0])
}

// arguments returns the rule that a command has from least to most arguments; most of -1 means any number.
func arguments(least, most int) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return cli.Usagef("usage: %s (see %s --help)", command.UseLine(), command.CommandPath())
		}
		return nil
	}
}

// version returns the version that Go noted in the binary: that of the module, or the commit of a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
