package main

import (
	"context"
	"errors"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
)

// run runs a command line and returns its exit code. Only the streams and env that it is given are used.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	console := &cli.Console{Name: "xfer", In: stdin, Out: stdout, Err: stderr, Env: env}
	root := newRoot(console)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetErr(stderr)
	return cli.Execute(ctx, console, root)
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
		Args:          cli.UnknownCommand,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(command *cobra.Command, _ []string) error {
			command.SetOut(console.Err)
			return errors.Join(command.Help(), &cli.ExitError{Code: cli.ExitUsage})
		},
	}
	root.SetVersionTemplate("xfer {{.Version}}\n")
	cli.UsageErrors(root)
	root.PersistentFlags().BoolVarP(&console.Quiet, "quiet", "q", false, "print only results, questions and errors")
	root.PersistentFlags().BoolVarP(&console.Verbose, "verbose", "v", false, "print more about what happens")
	root.AddCommand(newInspect(console), newVerify(console), newDiff(console), newConvert(console),
		newPull(console), newPush(console), newCopy(console), newCheck(console))
	return root
}

// version returns the version that Go noted in the binary: that of the module, or the commit of a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
