package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

type pullCommand struct {
	console *cli.Console
	connect cli.ConnectFlags
	token   cli.TokenFlags
	create  cli.CreateFlags
	scope   cli.ScopeFlags
	json    bool
}

func newPull(console *cli.Console) *cobra.Command {
	c := &pullCommand{console: console}
	command := &cobra.Command{
		Use:   "pull [flags] URL NAME",
		Short: "Back up a remote instance into an archive, with a pull token",
		Long: `Pull reads the data of a remote instance and writes an archive. URL is the address
of the admin API, as for strapi transfer: https://cms.example.com/admin. NAME has no
extension: the format decides it, as in backup.tar.gz.age.

The archive is encrypted with age unless another flag says otherwise. With
--recipient the machine that makes backups cannot read them. Users, roles and
tokens of the admin panel are left out, although a Strapi sends them.

The archive gets its name when it is complete and every count and checksum agrees:
what fails or is interrupted leaves nothing, and an old archive as it was.`,
		Example: `  xfer pull https://cms.example.com/admin backup
  xfer pull --token-file token --recipient age1… https://cms.example.com/admin nightly
  xfer pull --only content https://cms.example.com/admin articles`,
		Args:              cli.Arguments(2, 2),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, args []string) error {
			return c.run(command.Context(), args[0], args[1])
		},
	}
	c.connect.Register(command)
	c.token.Register(command.Flags(), "token", "of the remote", "XFER_TOKEN", "STRAPI_TRANSFER_TOKEN")
	c.create.Register(command, "f", "key", "k", "XFER_KEY")
	c.scope.Register(command)
	command.Flags().BoolVar(&c.json, "json", false, "print the report as JSON")
	return command
}

func (c *pullCommand) run(ctx context.Context, address, name string) error {
	if cli.IsAddress(name) && !cli.IsAddress(address) {
		return cli.Usagef("URL comes before NAME: xfer pull URL NAME")
	}
	scope, err := c.scope.Scope()
	if err != nil {
		return err
	}
	target, err := c.create.Target(ctx, c.console, name)
	if err != nil {
		return err
	}
	from := cli.RemoteName(address)
	token, err := c.token.Token(ctx, c.console, from)
	if err != nil {
		return err
	}
	src, err := cli.PullNamed(ctx, address, token, c.connect.Options(), scope)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := target.ChoosePassphrase(ctx, c.console, "", nil); err != nil {
		return err
	}
	report, err := target.Write(ctx, c.console, src, &datatransfer.Options{Scope: scope, Throttle: c.connect.Delay()})
	if err != nil {
		return target.Error(err)
	}
	return target.Report(c.console, report, c.json)
}
