package archive

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A dirSink writes a folder.
type dirSink struct {
	name   string
	lock   *os.File // the folder itself
	root   *os.Root
	buffer []byte
}

func newDirSink(name string) (*dirSink, error) {
	partial := name + partialSuffix
	if stat, err := os.Lstat(partial); err == nil && !stat.IsDir() {
		return nil, fmt.Errorf("archive: %s exists and is not a folder", partial)
	}
	err := os.Mkdir(partial, 0o700)
	if errors.Is(err, os.ErrExist) {
		err = checkReplaceable(partial)
	}
	if err != nil {
		return nil, err
	}
	lock, err := os.Open(partial)
	if err != nil {
		return nil, err
	}
	if err := lockFile(lock); err != nil {
		lock.Close()
		return nil, errBusy(partial, err)
	}
	s := &dirSink{name: name, lock: lock, buffer: make([]byte, copyBuffer)}
	if s.root, err = os.OpenRoot(partial); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := s.empty(); err != nil {
		return nil, errors.Join(err, s.rollback())
	}
	return s, nil
}

// empty removes what a killed process left.
func (s *dirSink) empty() error {
	if err := s.lock.Chmod(0o700); err != nil {
		return err
	}
	left, err := s.lock.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range left {
		if err := s.root.RemoveAll(name); err != nil {
			return err
		}
	}
	return nil
}

func (s *dirSink) add(name string, size int64, body io.Reader) error {
	if err := s.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	file, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = copyExactly(file, body, size, s.buffer)
	if err == nil && syncsEachFile {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func (s *dirSink) commit() error {
	partial := s.name + partialSuffix
	if err := syncTree(s.lock); err != nil {
		return err
	}
	if !locksFiles { // such systems rename only folders that are closed
		s.close()
	}
	old, err := renameFolder(partial, s.name)
	if err != nil {
		return err
	}
	err = syncFolder(filepath.Dir(s.name))
	if err == nil && old != "" { // not before the disk has the new one under the name
		err = os.RemoveAll(old)
	}
	s.close()
	if err != nil {
		return fmt.Errorf("%w: %w", datatransfer.ErrCommitUnknown, err)
	}
	return nil
}

func (s *dirSink) rollback() error {
	if !locksFiles {
		s.close()
	}
	defer s.close()
	return os.RemoveAll(s.name + partialSuffix)
}

// close closes the folder. Nothing was written through these files, so their errors mean
// nothing.
func (s *dirSink) close() {
	if s.root != nil {
		s.root.Close()
	}
	s.lock.Close()
}

// renameFolder gives partial the name of the archive, and returns where the old archive is
// now, which has to be removed, or "".
func renameFolder(partial, name string) (old string, err error) {
	if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
		return "", os.Rename(partial, name)
	}
	if done, err := exchange(partial, name); done || err != nil {
		return partial, err
	}
	// Such a system cannot replace a folder in one step. A process that is killed
	// between the two steps leaves the old archive under this name.
	old = name + ".old"
	if err := os.RemoveAll(old); err != nil {
		return "", err
	}
	if err := os.Rename(name, old); err != nil {
		return "", err
	}
	if err := os.Rename(partial, name); err != nil {
		return "", errors.Join(err, os.Rename(old, name))
	}
	return old, nil
}
