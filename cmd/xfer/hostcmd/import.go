package hostcmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
)

type importCommand struct {
	host     *Host
	file     string
	unlock   cli.UnlockFlags
	scope    cli.ScopeFlags
	replace  cli.ReplaceFlags
	throttle cli.ThrottleFlag
}

func newImport(host *Host) *cobra.Command {
	c := &importCommand{host: host}
	command := &cobra.Command{
		Use:   "import --file ARCHIVE [flags]",
		Short: "Replace the data by an archive",
		Long: `Import replaces the content, files, settings and webhooks by those of an archive: one of
export, of xfer, or of Strapi's export command (.tar, .tar.gz, .enc, a folder). Its passphrase
comes from --key-file, XFER_KEY or a question.

The whole archive is checked first. Then import shows how the schemas differ, what is
replaced and what stays, and asks; --force answers yes. All of the data is replaced, or
none of it if the import fails or is interrupted.

` + cli.ExitCodes,
		Args:                  cli.Arguments(0, 0),
		ValidArgsFunction:     cobra.NoFileCompletions,
		DisableFlagsInUseLine: true,
	}
	flags := command.Flags()
	flags.StringVarP(&c.file, "file", "f", "", "the `ARCHIVE`: a file or a folder")
	c.unlock.Register(flags)
	c.scope.Register(command)
	c.replace.Register(flags, "")
	c.throttle.Register(command)
	return complete(command, c.run)
}

func (c *importCommand) run(ctx context.Context, console *cli.Console, _ []string) error {
	scope, err := c.scope.Scope()
	if err != nil {
		return err
	}
	if c.file == "" {
		return cli.Usagef("import needs an archive: give --file ARCHIVE")
	}
	r := &cli.Replacement{
		Console: console, Name: console.Name, Flags: c.replace, Scope: scope, Protected: c.host.Protected,
		Delay: c.throttle.Delay(),
	}
	return r.Restore(ctx, &c.unlock, c.file, c.host.Destination, cli.LocalError)
}
