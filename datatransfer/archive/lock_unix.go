//go:build unix && !solaris && !illumos && !aix

package archive

import (
	"os"

	"golang.org/x/sys/unix"
)

const locksFiles = true

// lockFile locks a file or folder until it is closed or the process ends. It fails if
// somebody else has locked it.
func lockFile(file *os.File) error { return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) }
