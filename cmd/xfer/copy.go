package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
)

type copyCommand struct {
	console   *cli.Console
	connect   connectFlags
	fromToken cli.TokenFlags
	toToken   cli.TokenFlags
	scope     cli.ScopeFlags
	force     bool
	dryRun    bool
	json      bool
}

func newCopy(console *cli.Console) *cobra.Command {
	c := &copyCommand{console: console}
	command := &cobra.Command{
		Use:   "copy [flags] FROM TO",
		Short: "Replace the data of a remote instance by that of another",
		Long: `Copy reads one remote instance and replaces the data of another, with nothing on disk
between them. FROM and TO are addresses as for pull and push. It needs a pull token for
FROM and a push token for TO.

Copy shows how the schemas differ, what is replaced and what stays, and asks; --force
answers yes. Ctrl-C rolls back.`,
		Example: `  xfer copy https://staging.example.com/admin http://127.0.0.1:1337/admin
  xfer copy --exclude config --force https://a.example.com/admin https://b.example.com/admin`,
		Args:              arguments(2, 2),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, args []string) error {
			return c.run(command.Context(), args[0], args[1])
		},
	}
	c.connect.register(command)
	c.fromToken.Register(command.Flags(), "from-token", "of FROM", "XFER_FROM_TOKEN")
	c.toToken.Register(command.Flags(), "to-token", "of TO", "XFER_TO_TOKEN")
	c.scope.Register(command)
	registerReplacement(command, &c.force, &c.dryRun, &c.json)
	return command
}

func (c *copyCommand) run(ctx context.Context, fromAddress, toAddress string) error {
	scope, err := c.scope.Scope()
	if err != nil {
		return err
	}
	if fromAddress == toAddress {
		return cli.Usagef("FROM and TO are the same address")
	}
	from, to := remoteName(fromAddress), remoteName(toAddress)
	fromToken, err := c.fromToken.Token(ctx, c.console, from)
	if err != nil {
		return err
	}
	toToken, err := c.toToken.Token(ctx, c.console, to)
	if err != nil {
		return err
	}
	src, err := remote.Pull(ctx, fromAddress, fromToken, c.connect.options())
	if err != nil {
		return remoteError(from, err)
	}
	defer src.Close()
	dst, err := remote.Push(ctx, toAddress, toToken, c.connect.options())
	if err != nil {
		return remoteError(to, err)
	}
	r := &replacement{
		console: c.console, remote: to, scope: scope, delay: c.connect.delay(),
		force: c.force, dryRun: c.dryRun, json: c.json,
	}
	report, err := r.run(ctx, src, dst)
	return r.finish(report, err)
}
