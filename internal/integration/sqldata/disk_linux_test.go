package sqldata_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A disk is a small file system in memory. nil: this user cannot mount one.
type disk struct{ folder string }

// newDisk mounts a disk until the end of the test.
func newDisk(t testing.TB) *disk {
	t.Helper()
	d := &disk{t.TempDir()}
	err := syscall.Mount("tmpfs", d.folder, "tmpfs", 0, "size=16m,mode=700")
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return nil
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(d.folder, syscall.MNT_DETACH)) })
	return d
}

// fill leaves no room on the disk.
func (d *disk) fill(t testing.TB) {
	file, err := os.Create(d.ballast())
	require.NoError(t, err)
	defer file.Close()
	block := make([]byte, 64<<10)
	for {
		if _, err := file.Write(block); err != nil {
			require.ErrorIs(t, err, syscall.ENOSPC)
			return
		}
	}
}

// empty makes room again.
func (d *disk) empty(t testing.TB) { require.NoError(t, os.Remove(d.ballast())) }

func (d *disk) ballast() string { return filepath.Join(d.folder, "ballast") }
