//go:build unix && !race

package main_test

const bigFile = 256 << 20
