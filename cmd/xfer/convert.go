package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

type convertCommand struct {
	console *cli.Console
	unlock  cli.UnlockFlags
	create  cli.CreateFlags
	scope   cli.ScopeFlags
	json    bool
}

func newConvert(console *cli.Console) *cobra.Command {
	c := &convertCommand{console: console}
	command := &cobra.Command{
		Use:   "convert [flags] IN NAME",
		Short: "Write an archive with another encryption, compression or format, or a part of it",
		Long: `Convert reads the archive IN and writes a new one. NAME has no extension: the
format decides it, as in backup.tar.gz.age.

The new archive is encrypted with age unless another flag says otherwise. Its
passphrase is the one of --new-key, --new-key-file or XFER_NEW_KEY; without them
it is the one that opens IN, and if IN needs none, --key, --key-file, XFER_KEY or
a question. With --recipient no passphrase is needed, and only the holder of the
identity can open the archive.

--strapi writes the encryption that Strapi's import command reads. It has no
checksum and shows equal blocks: prefer age for archives that you keep.

Convert never replaces an archive without --force. The new archive gets its name
when it is complete: a conversion that fails or is interrupted leaves the old one.`,
		Example: `  xfer convert export.tar.gz.enc backup
  xfer convert --recipient age1… export.tar backup
  xfer convert --strapi backup.tar.gz.age for-strapi
  xfer convert --no-encrypt --format dir export.tar.gz.enc folder
  xfer convert --exclude config export.tar.gz.enc without-secrets`,
		Args:              cli.Arguments(2, 2),
		ValidArgsFunction: cli.CompleteArchives(1),
		RunE: func(command *cobra.Command, args []string) error {
			return c.run(command.Context(), args[0], args[1])
		},
	}
	c.unlock.Register(command.Flags())
	c.create.Register(command, "f", "new-key", "", "XFER_NEW_KEY")
	c.scope.Register(command)
	command.Flags().BoolVar(&c.json, "json", false, "print the report as JSON")
	return command
}

func (c *convertCommand) run(ctx context.Context, in, name string) error {
	scope, err := c.scope.Scope()
	if err != nil {
		return err
	}
	target, err := c.create.Target(ctx, c.console, name)
	if err != nil {
		return err
	}
	if err := checkApart(in, target.Path); err != nil {
		return err
	}
	reader, opened, err := cli.OpenArchive(ctx, c.console, &c.unlock, in)
	if err != nil {
		return err
	}
	defer reader.Close()
	if err := cli.CheckTypes(ctx, reader, scope, nil); err != nil {
		return err
	}
	if err := target.ChoosePassphrase(ctx, c.console, opened, &c.unlock); err != nil {
		return err
	}
	if problems := reader.Info().Problems(); problems > 0 {
		c.console.Warnf("%s has %s, and so will the new archive: see xfer verify", in, cli.Plural(problems, "finding"))
	}
	report, err := target.Write(ctx, c.console, reader, &datatransfer.Options{Scope: scope})
	if cli.IsBadArchive(err) {
		return cli.ArchiveError(in, err)
	} else if err != nil {
		return target.Error(err)
	}
	return target.Report(c.console, report, c.json)
}

// checkApart returns an error if the new archive would replace the one that is read, or lie in it.
func checkApart(in, path string) error {
	from, err := os.Stat(in)
	if err != nil {
		return err
	}
	if to, err := os.Stat(path); err == nil && os.SameFile(from, to) {
		return cli.Usagef("%s would be replaced by its own copy: choose another NAME", in)
	}
	if from.IsDir() && liesIn(from, path) {
		return cli.Usagef("%s would lie in the folder that is read: choose another NAME", path)
	}
	return nil
}

// liesIn reports whether a folder that exists is above a path, which need not exist.
func liesIn(folder fs.FileInfo, path string) bool {
	path, err := filepath.Abs(path)
	for parent := filepath.Dir(path); err == nil && parent != path; path, parent = parent, filepath.Dir(parent) {
		if info, err := os.Stat(parent); err == nil && os.SameFile(folder, info) {
			return true
		}
	}
	return false
}
