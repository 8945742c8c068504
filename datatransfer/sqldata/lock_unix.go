//go:build unix && !solaris && !illumos && !aix

package sqldata

import (
	"os"

	"golang.org/x/sys/unix"
)

const locksFolders = true

// lockShared marks a folder as used until it is closed or the process ends. It fails if somebody is
// removing the folder.
func lockShared(folder *os.File) error {
	return unix.Flock(int(folder.Fd()), unix.LOCK_SH|unix.LOCK_NB)
}

// lockExclusive marks a folder as being removed. It fails if somebody uses it.
func lockExclusive(folder *os.File) error {
	return unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
