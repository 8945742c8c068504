package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
)

type pushCommand struct {
	console *cli.Console
	connect cli.ConnectFlags
	token   cli.TokenFlags
	unlock  cli.UnlockFlags
	scope   cli.ScopeFlags
	replace cli.ReplaceFlags
}

func newPush(console *cli.Console) *cobra.Command {
	c := &pushCommand{console: console}
	command := &cobra.Command{
		Use:   "push [flags] ARCHIVE URL",
		Short: "Replace the data of a remote instance by an archive, with a push token",
		Long: `Push sends an archive to a remote instance, which replaces its data by it. URL is the
address of the admin API, as for strapi transfer: https://cms.example.com/admin.

The whole archive is checked first. Then push shows how the schemas differ, what is
replaced and what stays, and asks; --force answers yes. Ctrl-C rolls back.

Exit code 6 means that the connection broke while the remote committed: look at it to
see whether it has the new data.`,
		Example: `  xfer push backup.tar.gz.age https://cms.example.com/admin
  xfer push --dry-run backup.tar.gz.age https://cms.example.com/admin
  xfer push --only content --force backup.tar.gz.age https://cms.example.com/admin`,
		Args:              cli.Arguments(2, 2),
		ValidArgsFunction: cli.CompleteArchives(1),
		RunE: func(command *cobra.Command, args []string) error {
			return c.run(command.Context(), args[0], args[1])
		},
	}
	c.connect.Register(command)
	c.token.Register(command.Flags(), "token", "of the remote", "XFER_TOKEN", "STRAPI_TRANSFER_TOKEN")
	c.unlock.Register(command.Flags())
	c.scope.Register(command)
	c.replace.Register(command.Flags(), "f")
	return command
}

func (c *pushCommand) run(ctx context.Context, name, address string) error {
	if cli.IsAddress(name) && !cli.IsAddress(address) {
		return cli.Usagef("ARCHIVE comes before URL: xfer push ARCHIVE URL")
	}
	scope, err := c.scope.Scope()
	if err != nil {
		return err
	}
	to := cli.RemoteName(address)
	token, err := c.token.Token(ctx, c.console, to)
	if err != nil {
		return err
	}
	r := &cli.Replacement{
		Console: c.console, Name: to, Flags: c.replace, Scope: scope, Delay: c.connect.Delay(),
	}
	connect := func(ctx context.Context) (datatransfer.Destination, error) {
		dst, err := remote.Push(ctx, address, token, c.connect.Options())
		if err != nil {
			return nil, err
		}
		return dst, nil
	}
	return r.Restore(ctx, &c.unlock, name, connect, func(err error) error { return cli.RemoteError(to, err) })
}
