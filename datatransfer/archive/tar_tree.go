package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A tarTree reads the entries of a tar.
type tarTree struct {
	plain   *plainReader
	tar     *tar.Reader
	entries int64
}

func newTarTree(c *container) (*tarTree, error) {
	plain, err := c.plain()
	if err != nil {
		return nil, err
	}
	return &tarTree{plain: plain, tar: tar.NewReader(plain)}, nil
}

func (t *tarTree) next() (*entry, error) {
	for {
		// The rest of the body is read here, so that Next reads only padding and
		// headers, whose bytes are counted below.
		if _, err := io.Copy(io.Discard, t.tar); err != nil {
			return nil, t.explain(err)
		}
		before := t.plain.n
		header, err := t.tar.Next()
		if err == io.EOF {
			return nil, t.end(t.plain.n - before)
		}
		if header == nil {
			return nil, t.explain(err)
		}
		if t.entries++; t.entries > t.plain.container.limits.Entries {
			return nil, fmt.Errorf("%w: the archive has more than %d entries", datatransfer.ErrTooLarge, t.entries-1)
		}
		if header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		e, err := newTarEntry(header)
		if err != nil {
			return nil, err
		}
		if e == nil {
			continue
		}
		if e.size > t.plain.container.limits.Asset {
			return nil, entryError(e, fmt.Errorf("%w: the file has more than %d bytes",
				datatransfer.ErrTooLarge, t.plain.container.limits.Asset))
		}
		e.body = tarBody{t}
		return e, nil
	}
}

// newTarEntry returns the entry of header, nil for a folder, or an error for anything
// that is neither a file nor a folder.
func newTarEntry(header *tar.Header) (*entry, error) {
	if header.Typeflag == tar.TypeDir {
		if _, err := cleanName(header.Name); err != nil {
			return nil, entryError(&entry{name: header.Name, kind: ignoredFile}, err)
		}
		return nil, nil
	}
	e, err := newEntry(header.Name)
	if err != nil {
		return nil, err
	}
	e.size = header.Size
	if header.Typeflag != tar.TypeReg {
		return nil, entryError(e, fmt.Errorf("%w: %s", ErrCorrupt, describeType(header.Typeflag)))
	}
	for name := range header.PAXRecords {
		if strings.HasPrefix(name, "GNU.sparse.") {
			return nil, entryError(e, fmt.Errorf("%w: %s", ErrCorrupt, describeType(tar.TypeGNUSparse)))
		}
	}
	return e, nil
}

// describeType names a type of entry that archives must not have.
func describeType(flag byte) string {
	switch flag {
	case tar.TypeLink, tar.TypeSymlink:
		return "a link, which archives must not have"
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return "a device or pipe, which archives must not have"
	case tar.TypeGNUSparse:
		return "a sparse file, which archives must not have"
	}
	return "neither a file nor a folder"
}

// end checks what follows the last entry: at least the two blocks of zeros that end a
// tar, and nothing but zeros. Reading them to the end lets decompression and decryption
// check their sums. read is the number of bytes that were read after the last entry.
func (t *tarTree) end(read int64) error {
	if read < 2*tarBlock {
		return fmt.Errorf("%w: it ends too early", ErrCorrupt)
	}
	buf := make([]byte, bufferSize)
	for {
		n, err := t.plain.Read(buf)
		for _, c := range buf[:n] {
			if c != 0 {
				return fmt.Errorf("%w: data follows the end of the tar", ErrCorrupt)
			}
		}
		if err != nil {
			return err // io.EOF in the good case
		}
	}
}

func (t *tarTree) explain(err error) error {
	if errors.Is(err, tar.ErrInsecurePath) {
		return fmt.Errorf("%w: a name may lead out of the archive", ErrCorrupt)
	}
	return t.plain.container.explain(t.plain.base, err)
}

func (t *tarTree) close() error { return nil }

// A tarBody reads the file of the present entry, with errors that are explained.
type tarBody struct{ tree *tarTree }

func (b tarBody) Read(p []byte) (int, error) {
	n, err := b.tree.tar.Read(p)
	if err != nil && err != io.EOF {
		err = b.tree.explain(err)
	}
	return n, err
}
