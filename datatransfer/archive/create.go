package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A Writer writes an archive. It is a [datatransfer.Destination], and is used by one
// goroutine at a time. The name of the archive is given to a complete archive only, by
// Commit; an older archive of that name stays unchanged until then.
//
// A Writer refuses with [datatransfer.ErrInvalid] what a [Reader] or strapi import would
// refuse: data without schemas, assets with incomplete metadata or with a name that
// another has.
type Writer struct {
	name string
	opts WriteOptions

	state    writerState
	failed   error // of a Write method; Commit returns it
	sink     sink  // nil before Begin
	stages   int   // that were written or left out
	lines    *lineFiles
	metadata []byte // of metadata.json, which is written last
	assets   *assetNames
	check    metadataChecker
	buffer   []byte
}

type writerState int

const (
	writerNew writerState = iota
	writerBegun
	writerCommitted
	writerEnded // rolled back, or left in a state that nobody knows
)

var _ datatransfer.Destination = (*Writer)(nil)

// A sink takes the files of an archive.
type sink interface {
	// add writes a file with exactly size bytes of body.
	add(name string, size int64, body io.Reader) error

	// commit completes the archive and gives it its name. An error after that is
	// datatransfer.ErrCommitUnknown.
	commit() error

	// rollback removes everything. It is called after any failure, also one of commit.
	rollback() error
}

// Create returns a Writer of an archive. The name has no extension: Create adds .tar,
// .gz, and .age or .enc, as the options say, and nothing for a folder. It returns an
// error that is [fs.ErrExist] if the archive exists and Overwrite is false, and one that
// is [ErrPassphrase] if a passphrase or recipients are missing. A folder that has anything but
// an archive is an error, also with Overwrite.
//
// Create writes nothing. Begin creates a file with mode 0600 whose name is that of the
// archive and .partial. Commit renames it, and Rollback removes it. A file that a killed
// process left is replaced. Where the system can lock files, Begin fails if another Writer
// is writing the same archive.
func Create(name string, opts *WriteOptions) (*Writer, error) {
	if opts == nil {
		opts = new(WriteOptions)
	}
	if err := opts.check(); err != nil {
		return nil, err
	}
	w := &Writer{opts: *opts, name: name + extension(opts)}
	w.opts.Recipients = slices.Clone(opts.Recipients)
	if w.opts.FileSize == 0 {
		w.opts.FileSize = defaultFileSize
	}
	if w.opts.TempDir == "" {
		w.opts.TempDir = filepath.Dir(w.name)
	}
	if w.opts.Now == nil {
		w.opts.Now = time.Now
	}
	base := filepath.Base(name)
	if name == "" || strings.HasSuffix(name, string(filepath.Separator)) || base == "." || base == ".." {
		return nil, fmt.Errorf("archive: %q is not a name for an archive", name)
	}
	folder, err := os.Stat(filepath.Dir(w.name))
	if err != nil {
		return nil, err
	}
	if !folder.IsDir() {
		return nil, fmt.Errorf("archive: %s is not a folder", filepath.Dir(w.name))
	}
	return w, w.checkTarget()
}

// extension returns the extension for what the options say.
func extension(opts *WriteOptions) string {
	if opts.Format == FormatDir {
		return ""
	}
	text := ".tar"
	if !opts.NoCompress {
		text += ".gz"
	}
	switch opts.Encryption {
	case Age:
		text += ".age"
	case Strapi:
		text += ".enc"
	}
	return text
}

// checkTarget returns an error if the archive may not be written to its name.
func (w *Writer) checkTarget() error {
	stat, err := os.Lstat(w.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !w.opts.Overwrite:
		return &fs.PathError{Op: "archive: create", Path: w.name, Err: fs.ErrExist}
	case stat.IsDir() != (w.opts.Format == FormatDir):
		return fmt.Errorf("archive: %s exists and is not a %s archive", w.name, w.opts.Format)
	case stat.IsDir():
		return checkReplaceable(w.name)
	}
	return nil
}

// checkReplaceable returns an error if a folder has anything that no archive has: a Writer may
// remove archives, and what it has left of one, but nobody's other files.
func checkReplaceable(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch entry.Name() {
		case metadataName, "schemas", "entities", "assets", "links", "configuration":
		default:
			return fmt.Errorf("archive: %s is not replaced, because it has %q, which no archive has", folder, entry.Name())
		}
	}
	return nil
}

// Name returns the name of the archive with its extension.
func (w *Writer) Name() string { return w.name }
