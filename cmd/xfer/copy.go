package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
)

type copyCommand struct {
	console   *cli.Console
	connect   cli.ConnectFlags
	fromToken cli.TokenFlags
	toToken   cli.TokenFlags
	scope     cli.ScopeFlags
	replace   cli.ReplaceFlags
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
		Args:              cli.Arguments(2, 2),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, args []string) error {
			return c.run(command.Context(), args[0], args[1])
		},
	}
	c.connect.Register(command)
	c.fromToken.Register(command.Flags(), "from-token", "of FROM", "XFER_FROM_TOKEN")
	c.toToken.Register(command.Flags(), "to-token", "of TO", "XFER_TO_TOKEN")
	c.scope.Register(command)
	c.replace.Register(command.Flags(), "f")
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
	from, to := cli.RemoteName(fromAddress), cli.RemoteName(toAddress)
	fromToken, err := c.fromToken.Token(ctx, c.console, from)
	if err != nil {
		return err
	}
	toToken, err := c.toToken.Token(ctx, c.console, to)
	if err != nil {
		return err
	}
	src, err := cli.PullNamed(ctx, fromAddress, fromToken, c.connect.Options(), scope)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := remote.Push(ctx, toAddress, toToken, c.connect.Options())
	if err != nil {
		return cli.RemoteError(to, err)
	}
	r := &cli.Replacement{
		Console: c.console, Name: to, Flags: c.replace, Scope: scope, Delay: c.connect.Delay(),
	}
	report, err := r.Run(ctx, src, dst)
	return r.Finish(report, err, func(err error) error { return cli.RemoteError(to, err) })
}
