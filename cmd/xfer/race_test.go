//go:build unix && race

package main_test

// The race detector makes the file so slow, and needs so much memory itself, that only a run without
// it says something about memory.
const bigFile = 8 << 20
