package hostcmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

type exportCommand struct {
	host     *Host
	file     string
	create   cli.CreateFlags
	scope    cli.ScopeFlags
	throttle cli.ThrottleFlag
	json     bool
}

func newExport(host *Host) *cobra.Command {
	c := &exportCommand{host: host}
	command := &cobra.Command{
		Use:   "export [flags]",
		Short: "Write the data into an archive",
		Long: `Export writes the content, files, settings and webhooks into an archive, as they are at
one moment. The archive is encrypted with age unless another flag says otherwise, with a
passphrase from --key-file, XFER_KEY or a question. With --recipient it needs none, and the
machine that exports cannot read it.

The archive gets its name when it is complete. An export that fails or is interrupted
leaves nothing, and an old archive as it was.

` + cli.ExitCodes,
		Args:              cli.Arguments(0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags := command.Flags()
	flags.StringVarP(&c.file, "file", "f", "",
		"`NAME` of the archive, without its extension (default export_ and the time, such as export_20260228123456)")
	c.create.Register(command, "", "key", "k", "XFER_KEY")
	c.scope.Register(command)
	c.throttle.Register(command)
	flags.BoolVar(&c.json, "json", false, "print the report as JSON")
	return complete(command, c.run)
}

func (c *exportCommand) run(ctx context.Context, console *cli.Console, _ []string) error {
	scope, err := c.scope.Scope()
	if err != nil {
		return err
	}
	name := c.file
	if name == "" {
		name = time.Now().Format("export_20060102150405")
	}
	target, err := c.create.Target(ctx, console, name)
	if err != nil {
		return err
	}
	if err := target.ChoosePassphrase(ctx, console, "", nil); err != nil {
		return err
	}
	src, err := c.host.Source(ctx)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := cli.CheckTypes(ctx, src, scope, c.host.Protected); err != nil {
		return err
	}
	report, err := target.Write(ctx, console, src, &datatransfer.Options{
		Scope: scope, Protected: c.host.Protected, Throttle: c.throttle.Delay(),
	})
	if err != nil {
		return err
	}
	return target.Report(console, report, c.json)
}
