package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// CreateFlags say how to write a new archive.
type CreateFlags struct {
	format     string
	noEncrypt  bool
	noCompress bool
	strapi     bool
	force      bool
	newKey     PassphraseFlags
	recipients RecipientFlags
}

// Register adds the flags and their completion. forceShorthand is that of --force, or "". The flag, its shorthand and
// the variable of the environment for the passphrase are those of [PassphraseFlags.Register]: a command that also
// reads an archive needs others for the new one.
func (c *CreateFlags) Register(command *cobra.Command, forceShorthand, keyFlag, keyShorthand, keyEnv string) {
	flags := command.Flags()
	flags.StringVar(&c.format, "format", "tar", "tar, or dir for a folder (requires --no-encrypt)")
	flags.BoolVar(&c.noEncrypt, "no-encrypt", false, "don't encrypt the new archive")
	flags.BoolVar(&c.noCompress, "no-compress", false, "don't compress the new archive")
	flags.BoolVar(&c.strapi, "strapi", false, "encrypt as Strapi does (.enc) instead of with age")
	flags.BoolVarP(&c.force, "force", forceShorthand, false, "replace an archive of that name")
	c.newKey.Register(flags, keyFlag, keyShorthand, keyEnv, "of the new archive")
	c.recipients.Register(flags)
	Complete(command, "format", "tar", "dir")
}

// A Target is a new archive.
type Target struct {
	Name    string // as archive.Create takes it
	Path    string // its name with the extension
	Options archive.WriteOptions

	newKey *PassphraseFlags
}

// Target returns the new archive called name, with the passphrase that the flags give, or a usage error.
func (c *CreateFlags) Target(ctx context.Context, console *Console, name string) (*Target, error) {
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	extension := extensionOf(options)
	t := &Target{Name: strings.TrimSuffix(name, extension), Options: options, newKey: &c.newKey}
	if options.Format == archive.FormatDir {
		t.Name = strings.TrimRight(t.Name, "/")
	}
	t.Path = t.Name + extension
	if err := t.checkName(c.force); err != nil {
		return nil, err
	}
	if t.needsPassphrase() && c.newKey.IsGiven(console) {
		t.Options.Passphrase, err = c.newKey.NewPassphrase(ctx, console, t.Path)
	}
	return t, err
}

// options returns the options that the flags mean, without a passphrase, or a usage error.
func (c *CreateFlags) options() (archive.WriteOptions, error) {
	recipients, err := c.recipients.Recipients()
	options := archive.WriteOptions{NoCompress: c.noCompress, Recipients: recipients, Overwrite: c.force}
	if err != nil {
		return options, err
	}
	switch {
	case c.format != "tar" && c.format != "dir":
		return options, Usagef("--format must be tar or dir")
	case c.format == "dir" && !c.noEncrypt:
		return options, Usagef("Unpacked directory exports (--format dir) require --no-encrypt.")
	case c.noEncrypt && (c.strapi || len(recipients) > 0 || c.newKey.IsFlagged()):
		return options, Usagef("--no-encrypt contradicts --strapi, --%s and --recipient", c.newKey.name)
	case c.strapi && len(recipients) > 0:
		return options, Usagef("--strapi needs a passphrase and has no recipients: leave out --recipient or --strapi")
	case len(recipients) > 0 && c.newKey.IsFlagged():
		return options, Usagef("an archive has a passphrase or recipients: leave out --%s or --recipient", c.newKey.name)
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
func (t *Target) checkName(force bool) error {
	extension := strings.TrimPrefix(t.Path, t.Name)
	if t.Name == "" || strings.HasSuffix(t.Name, "/") || strings.HasSuffix(t.Name, string(os.PathSeparator)) {
		return Usagef("NAME must name a file: it gets the extension %s", extension)
	}
	for _, other := range []string{".tar", ".gz", ".age", ".enc"} {
		if strings.HasSuffix(t.Name, other) && extension != "" {
			return Usagef("NAME gets the extension %s from the flags: leave out %s", extension, other)
		}
	}
	_, err := os.Lstat(t.Path)
	switch {
	case err == nil && !force:
		return Usagef("%s exists: choose another NAME, or --force to replace it", t.Path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return nil
}

func (t *Target) needsPassphrase() bool {
	return t.Options.Encryption != archive.None && len(t.Options.Recipients) == 0
}

// ChoosePassphrase sets the passphrase of an archive that needs one and has none yet: the one that opened the old
// archive, else the one that was given for it, else one that is asked for. old is nil if there is no old archive.
func (t *Target) ChoosePassphrase(
	ctx context.Context, console *Console, opened string, old *UnlockFlags,
) (err error) {
	switch {
	case !t.needsPassphrase() || t.Options.Passphrase != "":
	case opened != "":
		console.Notef("%s gets the passphrase of the archive it is made from", t.Path)
		t.Options.Passphrase = opened
	case old != nil && old.IsGiven(console):
		t.Options.Passphrase, err = old.NewPassphrase(ctx, console, t.Path)
	default:
		t.Options.Passphrase, err = t.newKey.NewPassphrase(ctx, console, t.Path)
	}
	return err
}

// Write writes the data of a source to the target, and shows the progress.
func (t *Target) Write(
	ctx context.Context, console *Console, source datatransfer.Source, options *datatransfer.Options,
) (datatransfer.Report, error) {
	writer, err := archive.Create(t.Name, &t.Options)
	if err != nil {
		return datatransfer.Report{}, err
	}
	progress := console.Progress()
	defer progress.Close()
	options.OnProgress = func(step datatransfer.Progress) { progress.Update("", step) }
	return datatransfer.Run(ctx, source, writer, options)
}

// Error adds the name of the archive to an error of Write, unless that has it or the source has added its own.
func (t *Target) Error(err error) error {
	var exit *ExitError
	switch {
	case errors.As(err, &exit): // without the step of the transfer, which does not matter to whom it blames
		return exit
	case err == nil || Code(err) == ExitInterrupted || strings.Contains(err.Error(), t.Path):
		return err
	}
	return fmt.Errorf("%s: %w", t.Path, err)
}

// Report prints what Write did.
func (t *Target) Report(console *Console, report datatransfer.Report, asJSON bool) error {
	warnMissingFiles(console, report)
	result := NewReport(t.Path, report)
	if asJSON {
		return console.JSON(result)
	}
	result.Print(console)
	fmt.Fprintf(console.Out, "\nwritten: %s\n", Printable(t.Path))
	return nil
}

// RecipientFlags name age recipients. The holder of one of their identities can open the archive; the program that
// writes it cannot.
type RecipientFlags struct {
	recipients []string
	files      []string
}

// Register adds the flags.
func (r *RecipientFlags) Register(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&r.recipients, "recipient", "r", nil,
		"age `recipient` (age1…) that can open the new archive (may be repeated)")
	flags.StringArrayVarP(&r.files, "recipients-file", "R", nil, "`file` with age recipients, one a line")
}

// Recipients returns them, or nil if no flag names one.
func (r *RecipientFlags) Recipients() ([]age.Recipient, error) {
	var recipients []age.Recipient
	for _, text := range r.recipients {
		found, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil { // it may be an identity by mistake, so the text is not repeated
			return nil, Usagef("--recipient is not an age recipient: it must start with age1")
		}
		recipients = append(recipients, found...)
	}
	for _, name := range r.files {
		file, err := os.Open(name)
		if err != nil {
			return nil, Usagef("--recipients-file: %w", err)
		}
		found, err := age.ParseRecipients(file)
		file.Close()
		if err != nil {
			return nil, Usagef("--recipients-file %s: %w", name, err)
		}
		recipients = append(recipients, found...)
	}
	return recipients, nil
}
