package archive

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// syncFolder waits until the disk has the names in a folder.
func syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil // it syncs no folders
	}
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(ignoreUnsupported(folder.Sync()), folder.Close())
}

// ignoreUnsupported drops the errors of file systems that cannot sync folders.
func ignoreUnsupported(err error) error {
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
