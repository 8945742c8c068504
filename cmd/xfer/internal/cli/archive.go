package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// OpenArchive opens and checks an archive, and tries the passphrases of unlock in turn. It returns the one that opened
// the archive, or "".
func OpenArchive(
	ctx context.Context, console *Console, unlock *UnlockFlags, name string,
) (*archive.Reader, string, error) {
	identities, err := unlock.Identities()
	if err != nil {
		return nil, "", err
	}
	passphrases := unlock.For(console, name)
	for {
		stop := console.Busy("reading " + name)
		reader, err := archive.Open(ctx, name, &archive.ReadOptions{
			Passphrase: func() (string, error) {
				stop() // a question needs the line
				defer func() { stop = console.Busy("reading " + name) }()
				return passphrases.Next(ctx)
			},
			Identities: identities,
		})
		stop()
		if err == nil {
			info := reader.Info()
			console.Detailf("%s: %s, encryption %s, %s of content", name, info.Format, info.Encryption, Size(info.Bytes))
			return reader, passphrases.Opened(), nil
		}
		if !errors.Is(err, archive.ErrPassphrase) || !passphrases.Again() {
			return nil, "", ArchiveError(name, err)
		}
	}
}

// ArchiveError adds the name of the archive and the exit code to an error of reading it.
func ArchiveError(name string, err error) error {
	var exit *ExitError
	if err == nil || errors.As(err, &exit) {
		return err
	}
	if path := new(fs.PathError); errors.As(err, &path) && path.Path == name {
		err = path.Err // the name stands before it anyway
	}
	wrapped := fmt.Errorf("%s: %w", name, err)
	if IsBadArchive(err) {
		return &ExitError{Code: ExitBadArchive, Err: wrapped}
	}
	return wrapped
}

// IsBadArchive reports whether an error blames the archive that is read.
func IsBadArchive(err error) bool {
	for _, blame := range []error{
		archive.ErrNotArchive, archive.ErrPassphrase, archive.ErrCorrupt, datatransfer.ErrInvalid, datatransfer.ErrTooLarge,
	} {
		if errors.Is(err, blame) {
			return true
		}
	}
	return false
}

// CompleteArchives offers files that may be archives, for up to most arguments, and then nothing; most of -1 means any
// number. The shell offers folders beside them.
func CompleteArchives(most int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if most >= 0 && len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return []cobra.Completion{"tar", "gz", "age", "enc"}, cobra.ShellCompDirectiveFilterFileExt
	}
}
