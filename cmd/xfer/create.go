package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// createFlags say how to write a new archive.
type createFlags struct {
	format     string
	noEncrypt  bool
	noCompress bool
	strapi     bool
	force      bool
	newKey     cli.PassphraseFlags
	recipients cli.RecipientFlags
}

func (c *createFlags) register(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&c.format, "format", "tar", "tar, or dir for a folder (requires --no-encrypt)")
	flags.BoolVar(&c.noEncrypt, "no-encrypt", false, "don't encrypt the new archive")
	flags.BoolVar(&c.noCompress, "no-compress", false, "don't compress the new archive")
	flags.BoolVar(&c.strapi, "strapi", false, "encrypt as Strapi does (.enc) instead of with age")
	flags.BoolVarP(&c.force, "force", "f", false, "replace an archive of that name")
	c.newKey.Register(flags, "new-key", "", "XFER_NEW_KEY", "of the new archive")
	c.recipients.Register(flags)
	cli.Complete(command, "format", "tar", "dir")
}

// options returns what the flags say, without a passphrase, or a usage error.
func (c *createFlags) options() (*archive.WriteOptions, error) {
	recipients, err := c.recipients.Recipients()
	if err != nil {
		return nil, err
	}
	options := &archive.WriteOptions{NoCompress: c.noCompress, Recipients: recipients, Overwrite: c.force}
	switch {
	case c.format != "tar" && c.format != "dir":
		return nil, cli.Usagef("--format must be tar or dir")
	case c.format == "dir" && !c.noEncrypt:
		return nil, cli.Usagef("Unpacked directory exports (--format dir) require --no-encrypt.")
	case c.noEncrypt && (c.strapi || len(recipients) > 0 || c.newKey.IsFlagged()):
		return nil, cli.Usagef("--no-encrypt contradicts --strapi, --new-key and --recipient")
	case c.strapi && len(recipients) > 0:
		return nil, cli.Usagef("--strapi needs a passphrase and has no recipients: leave out --recipient or --strapi")
	case len(recipients) > 0 && c.newKey.IsFlagged():
		return nil, cli.Usagef("an archive has a passphrase or recipients: leave out --new-key or --recipient")
	}
	if c.format == "dir" {
		options.Format = archive.FormatDir
	}
	switch {
	case c.noEncrypt:
		options.Encryption = archive.None
	case c.strapi:
		options.Encryption = archive.Strapi
	}
	return options, nil
}

// A target is where a new archive goes.
type target struct {
	base string // as archive.Create takes it
	path string // with the extension
}

// target returns where the archive called name goes, or a usage error if it must not go there.
func (c *createFlags) target(name string, options *archive.WriteOptions) (target, error) {
	extension := extensionOf(options)
	base := strings.TrimSuffix(name, extension)
	if options.Format == archive.FormatDir {
		base = strings.TrimRight(base, `/`)
	}
	t := target{base: base, path: base + extension}
	if base == "" || strings.HasSuffix(base, "/") || strings.HasSuffix(base, string(os.PathSeparator)) {
		return t, cli.Usagef("NAME must name a file: it gets the extension %s", extension)
	}
	for _, other := range []string{".tar", ".gz", ".age", ".enc"} {
		if strings.HasSuffix(base, other) && options.Format == archive.FormatTar {
			return t, cli.Usagef("NAME gets the extension %s from the flags: leave out %s", extension, other)
		}
	}
	if _, err := os.Lstat(t.path); err == nil && !c.force {
		return t, cli.Usagef("%s exists: choose another NAME, or --force to replace it", t.path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return t, err
	}
	return t, nil
}

func extensionOf(options *archive.WriteOptions) string {
	if options.Format == archive.FormatDir {
		return ""
	}
	extension := ".tar"
	if !options.NoCompress {
		extension += ".gz"
	}
	switch options.Encryption {
	case archive.Age:
		extension += ".age"
	case archive.Strapi:
		extension += ".enc"
	}
	return extension
}

// choosePassphrase sets the passphrase of a new archive: the given new one, else the one that opened the old archive,
// else the one given for it, else one that is asked for.
func (c *createFlags) choosePassphrase(ctx context.Context, console *cli.Console, unlock *cli.UnlockFlags, opened, path string, options *archive.WriteOptions) error {
	if options.Encryption == archive.None || len(options.Recipients) > 0 {
		return nil
	}
	var err error
	switch {
	case c.newKey.IsGiven(console):
		options.Passphrase, err = c.newKey.NewPassphrase(ctx, console, path)
	case opened != "":
		console.Notef("%s gets the passphrase of the archive it is made from", path)
		options.Passphrase = opened
	case unlock.IsGiven(console):
		options.Passphrase, err = unlock.NewPassphrase(ctx, console, path)
	default:
		options.Passphrase, err = c.newKey.NewPassphrase(ctx, console, path)
	}
	return err
}
