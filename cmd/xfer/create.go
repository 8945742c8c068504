package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
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

// A target is a new archive.
type target struct {
	base    string // its name as archive.Create takes it
	path    string // its name with the extension
	options archive.WriteOptions
}

// target returns the new archive called name, with the passphrase that the flags give, or a usage error.
func (c *createFlags) target(ctx context.Context, console *cli.Console, name string) (*target, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	extension := extensionOf(options)
	t := &target{base: strings.TrimSuffix(name, extension), options: options}
	if options.Format == archive.FormatDir {
		t.base = strings.TrimRight(t.base, "/")
	}
	t.path = t.base + extension
	if err := t.checkName(c.force); err != nil {
		return nil, err
	}
	if t.needsPassphrase() && c.newKey.IsGiven(console) {
		t.options.Passphrase, err = c.newKey.NewPassphrase(ctx, console, t.path)
	}
	return t, err
}

// options returns the options that the flags mean, without a passphrase, or a usage error.
func (c *createFlags) options() (archive.WriteOptions, error) {
	recipients, err := c.recipients.Recipients()
	options := archive.WriteOptions{NoCompress: c.noCompress, Recipients: recipients, Overwrite: c.force}
	if err != nil {
		return options, err
	}
	switch {
	case c.format != "tar" && c.format != "dir":
		return options, cli.Usagef("--format must be tar or dir")
	case c.format == "dir" && !c.noEncrypt:
		return options, cli.Usagef("Unpacked directory exports (--format dir) require --no-encrypt.")
	case c.noEncrypt && (c.strapi || len(recipients) > 0 || c.newKey.IsFlagged()):
		return options, cli.Usagef("--no-encrypt contradicts --strapi, --new-key and --recipient")
	case c.strapi && len(recipients) > 0:
		return options, cli.Usagef("--strapi needs a passphrase and has no recipients: leave out --recipient or --strapi")
	case len(recipients) > 0 && c.newKey.IsFlagged():
		return options, cli.Usagef("an archive has a passphrase or recipients: leave out --new-key or --recipient")
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

// extensionOf returns the extension that archive.Create adds.
func extensionOf(options archive.WriteOptions) string {
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

// checkName returns a usage error if the archive can't have its name.
func (t *target) checkName(force bool) error {
	extension := strings.TrimPrefix(t.path, t.base)
	if t.base == "" || strings.HasSuffix(t.base, "/") || strings.HasSuffix(t.base, string(os.PathSeparator)) {
		return cli.Usagef("NAME must name a file: it gets the extension %s", extension)
	}
	for _, other := range []string{".tar", ".gz", ".age", ".enc"} {
		if strings.HasSuffix(t.base, other) && extension != "" {
			return cli.Usagef("NAME gets the extension %s from the flags: leave out %s", extension, other)
		}
	}
	_, err := os.Lstat(t.path)
	switch {
	case err == nil && !force:
		return cli.Usagef("%s exists: choose another NAME, or --force to replace it", t.path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return nil
}

func (t *target) needsPassphrase() bool {
	return t.options.Encryption != archive.None && len(t.options.Recipients) == 0
}

// choosePassphrase sets the passphrase of an archive that needs one and has none yet: the one that opened the old
// archive, else the one that was given for it, else one that is asked for. old is nil if there is no old archive.
func (t *target) choosePassphrase(
	ctx context.Context, console *cli.Console, opened string, old, fresh *cli.PassphraseFlags,
) (err error) {
	switch {
	case !t.needsPassphrase() || t.options.Passphrase != "":
	case opened != "":
		console.Notef("%s gets the passphrase of the archive it is made from", t.path)
		t.options.Passphrase = opened
	case old != nil && old.IsGiven(console):
		t.options.Passphrase, err = old.NewPassphrase(ctx, console, t.path)
	default:
		t.options.Passphrase, err = fresh.NewPassphrase(ctx, console, t.path)
	}
	return err
}

// write writes the data of a source to the target, and shows the progress.
func (t *target) write(
	ctx context.Context, console *cli.Console, source datatransfer.Source, options *datatransfer.Options,
) (datatransfer.Report, error) {
	writer, err := archive.Create(t.base, &t.options)
	if err != nil {
		return datatransfer.Report{}, err
	}
	progress := console.Progress()
	defer progress.Close()
	options.OnProgress = func(step datatransfer.Progress) { progress.Update("", step) }
	return datatransfer.Run(ctx, source, writer, options)
}
