package archive

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const syncsEachFile = false // syncTree does it at once

// syncTree waits until the disk has everything below a folder.
func syncTree(folder *os.File) error { return unix.Syncfs(int(folder.Fd())) }

// exchange swaps two folders in one step. It reports false if the file system cannot.
func exchange(a, b string) (bool, error) {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return false, nil
	}
	return err == nil, err
}
