package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
)

type pushCommand struct {
	console *cli.Console
	connect connectFlags
	token   cli.TokenFlags
	unlock  cli.UnlockFlags
	scope   cli.ScopeFlags
	force   bool
	dryRun  bool
	json    bool
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
		Args:              arguments(2, 2),
		ValidArgsFunction: cli.CompleteArchives(1),
		RunE: func(command *cobra.Command, args []string) error {
			return c.run(command.Context(), args[0], args[1])
		},
	}
	c.connect.register(command)
	c.token.Register(command.Flags(), "token", "of the remote", "XFER_TOKEN", "STRAPI_TRANSFER_TOKEN")
	c.unlock.Register(command.Flags())
	c.scope.Register(command)
	registerReplacement(command, &c.force, &c.dryRun, &c.json)
	return command
}

// registerReplacement adds the flags of the commands that replace the data of a remote.
func registerReplacement(command *cobra.Command, force, dryRun, json *bool) {
	flags := command.Flags()
	flags.BoolVarP(force, "force", "f", false, "answer yes to every question")
	flags.BoolVar(dryRun, "dry-run", false, "show what would happen, and send nothing")
	flags.BoolVar(json, "json", false, "print the report as JSON")
}

func (c *pushCommand) run(ctx context.Context, name, address string) error {
	scope, err := c.scope.Scope()
	if err != nil {
		return err
	}
	to := remoteName(address)
	token, err := c.token.Token(ctx, c.console, to)
	if err != nil {
		return err
	}
	reader, _, err := cli.OpenArchive(ctx, c.console, &c.unlock, name)
	if err != nil {
		return err
	}
	defer reader.Close()
	if err := cli.CheckTypes(ctx, reader, scope); err != nil {
		return err
	}
	if !scope.NoFiles && reader.Info().Counts[archive.NoFiles] > 0 {
		return filesWouldGo(name, to)
	}
	dst, err := remote.Push(ctx, address, token, c.connect.options())
	if err != nil {
		return remoteError(to, err)
	}
	r := &replacement{
		console: c.console, remote: to, scope: scope, delay: c.connect.delay(),
		force: c.force, dryRun: c.dryRun, json: c.json,
	}
	report, err := r.run(ctx, reader, dst)
	if cli.IsBadArchive(err) && remoteCode(err) == cli.ExitFailed {
		return cli.ArchiveError(name, err)
	}
	return r.finish(report, err)
}
