package archive

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

const (
	partialSuffix = ".partial"
	copyBuffer    = 256 << 10
)

// errSize means that a body has not as many bytes as was said before.
var errSize = fmt.Errorf("%w: the content has another size than was announced", datatransfer.ErrInvalid)

// A tarSink writes a tar, through compression and encryption into a file.
type tarSink struct {
	name   string
	file   *os.File
	now    time.Time
	tar    *tar.Writer
	layers []io.Closer // from the tar to the file
	out    *bufio.Writer
	buffer []byte
}

func newTarSink(name string, opts *WriteOptions, now time.Time) (*tarSink, error) {
	file, err := createPartial(name + partialSuffix)
	if err != nil {
		return nil, err
	}
	s := &tarSink{name: name, file: file, now: now.Truncate(time.Second), buffer: make([]byte, copyBuffer)}
	if err := s.stack(opts); err != nil {
		return nil, errors.Join(err, s.rollback())
	}
	return s, nil
}

// stack puts the layers on each other.
func (s *tarSink) stack(opts *WriteOptions) error {
	s.out = bufio.NewWriterSize(s.file, copyBuffer)
	next := io.Writer(s.out)
	var layers []io.Closer
	switch opts.Encryption {
	case Age:
		recipients, err := ageRecipients(opts)
		if err != nil {
			return err
		}
		encrypted, err := age.Encrypt(next, recipients...)
		freeKeyDerivation()
		if err != nil {
			return err
		}
		next, layers = encrypted, append(layers, encrypted)
	case Strapi:
		key, err := strapiKey(opts.Passphrase, nil)
		if err != nil {
			return err
		}
		encrypted, err := newECBWriter(next, key)
		if err != nil {
			return err
		}
		next, layers = encrypted, append(layers, encrypted)
	}
	if !opts.NoCompress {
		compressed := gzip.NewWriter(next)
		next, layers = compressed, append(layers, compressed)
	}
	s.tar = tar.NewWriter(next)
	layers = append(layers, s.tar)
	for i := range layers {
		s.layers = append(s.layers, layers[len(layers)-1-i])
	}
	return nil
}

func (s *tarSink) add(name string, size int64, body io.Reader) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: size, ModTime: s.now}
	if err := s.tar.WriteHeader(header); err != nil {
		return err
	}
	return copyExactly(s.tar, body, size, s.buffer)
}

// copyExactly copies size bytes, and returns errSize if body has more or less.
func copyExactly(dst io.Writer, body io.Reader, size int64, buffer []byte) error {
	n, err := io.CopyBuffer(struct{ io.Writer }{dst}, io.LimitReader(body, size), buffer)
	if err != nil {
		return err
	}
	if n < size {
		return errSize
	}
	switch _, err := io.ReadFull(body, buffer[:1]); err {
	case io.EOF:
		return nil
	case nil:
		return errSize
	default:
		return err
	}
}

func (s *tarSink) commit() error {
	for _, layer := range s.layers {
		if err := layer.Close(); err != nil {
			return err
		}
	}
	if err := s.out.Flush(); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	if !locksFiles { // such systems rename only files that are closed
		if err := s.file.Close(); err != nil {
			return err
		}
	}
	if err := os.Rename(s.name+partialSuffix, s.name); err != nil {
		return err
	}
	err := syncFolder(filepath.Dir(s.name))
	if locksFiles {
		err = errors.Join(err, s.file.Close())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", datatransfer.ErrCommitUnknown, err)
	}
	return nil
}

func (s *tarSink) rollback() error {
	if !locksFiles {
		s.file.Close()
	}
	err := os.Remove(s.name + partialSuffix)
	if locksFiles {
		s.file.Close()
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// createPartial creates an empty file, or empties the one that a killed process left. The
// file stays locked while it is open, so that two Writers cannot write into one.
func createPartial(name string) (*os.File, error) {
	for {
		if stat, err := os.Lstat(name); err == nil && !stat.Mode().IsRegular() {
			return nil, fmt.Errorf("archive: %s exists and is not a file", name)
		}
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err := lockFile(file); err != nil {
			file.Close()
			return nil, errBusy(name, err)
		}
		same, err := isNamed(file, name)
		if err == nil && same {
			err = errors.Join(file.Truncate(0), file.Chmod(0o600))
		}
		switch {
		case err != nil:
			return nil, errors.Join(err, file.Close())
		case same:
			return file, nil
		}
		file.Close() // the other Writer has just renamed or removed it
	}
}

// errBusy returns the error for a file or folder that could not be locked.
func errBusy(name string, err error) error {
	return fmt.Errorf("archive: %s is being written by somebody else: %w", name, err)
}

// isNamed reports whether name is still that of file.
func isNamed(file *os.File, name string) (bool, error) {
	mine, err := file.Stat()
	if err != nil {
		return false, err
	}
	named, err := os.Lstat(name)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(mine, named), err
}
