//go:build !linux

package sqldata_test

import "testing"

// A disk is a small file system in memory. Only Linux has one.
type disk struct{ folder string }

func newDisk(testing.TB) *disk { return nil }

func (*disk) fill(testing.TB) {}

func (*disk) empty(testing.TB) {}
