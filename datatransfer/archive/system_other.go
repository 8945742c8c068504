//go:build !linux

package archive

import "os"

const syncsEachFile = true

// syncTree waits until the disk has a folder; its files were written through.
func syncTree(folder *os.File) error { return ignoreUnsupported(folder.Sync()) }

// exchange reports that this system cannot swap two folders in one step.
func exchange(a, b string) (bool, error) { return false, nil }
