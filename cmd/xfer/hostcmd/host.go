package hostcmd

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A Host is a backend whose data the commands move. Its functions are called when a command needs them, so that they
// may use what the flags of the program name. The zero Host has no commands.
type Host struct {
	// Source begins a reading of the data, as sqldata.Instance.Source does. nil: there is no export, and transfer has no
	// --to.
	Source func(ctx context.Context) (datatransfer.Source, error)

	// Destination begins a replacing of the data, as sqldata.Instance.Destination does. nil: there is no
	// import, and transfer has no --from.
	Destination func(ctx context.Context) (datatransfer.Destination, error)

	// Tokens returns the service that keeps the transfer tokens. nil: there is no command tokens. With a service that is
	// disabled its commands fail with transfertoken.ErrDisabled.
	Tokens func(ctx context.Context) (*transfertoken.TokenService, error)

	// Protected names types that take no part in any transfer, beside those that never do: see
	// datatransfer.IsProtected. The backend's remote.HandlerOptions should name the same.
	Protected []string
}

// New returns the commands of a host, to be added to its root command. Each of them reads the streams of the root
// command and the environment, and has the name of the root command in front of what it prints to stderr. An error
// that one returns is printed by [Run], or by cobra.
func New(host Host) []*cobra.Command {
	var commands []*cobra.Command
	if host.Source != nil {
		commands = append(commands, newExport(&host))
	}
	if host.Destination != nil {
		commands = append(commands, newImport(&host))
	}
	if host.Source != nil || host.Destination != nil {
		commands = append(commands, newTransfer(&host))
	}
	if host.Tokens != nil {
		commands = append(commands, newTokens(&host))
	}
	return commands
}

// Run runs a program with the arguments of the process, or with those that root.SetArgs was given. It prints an error
// in one line on stderr, and returns the exit code, which os.Exit takes. The commands of the host may be among others.
func Run(ctx context.Context, root *cobra.Command) int {
	root.SilenceErrors, root.SilenceUsage = true, true
	console := &cli.Console{Name: root.Name(), Out: root.OutOrStdout(), Err: root.ErrOrStderr()}
	return cli.Execute(ctx, console, root)
}

// A runFunc does what a command is for.
type runFunc func(ctx context.Context, console *cli.Console, args []string) error

// complete gives a command what all of them have.
func complete(command *cobra.Command, run runFunc) *cobra.Command {
	console := &cli.Console{Env: os.Getenv}
	flags := command.Flags()
	flags.BoolVar(&console.Quiet, "quiet", false, "print only results, questions and errors")
	flags.BoolVar(&console.Verbose, "verbose", false, "print more about what happens")
	cli.UsageErrors(command)
	command.SilenceUsage = true
	command.RunE = func(command *cobra.Command, args []string) error {
		console.Name = command.Root().Name()
		console.In, console.Out, console.Err = command.InOrStdin(), command.OutOrStdout(), command.ErrOrStderr()
		ctx, stop := cli.WithInterrupt(command.Context(), console.Name)
		defer stop()
		return cli.CauseOf(ctx, run(ctx, console, args))
	}
	return command
}
