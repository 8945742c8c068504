//go:build !unix || solaris || illumos || aix

package sqldata

import "os"

const locksFolders = false

// lockShared does nothing on a system without such locks.
func lockShared(*os.File) error { return nil }

// lockExclusive does nothing on a system without such locks.
func lockExclusive(*os.File) error { return nil }
