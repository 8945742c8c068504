// Package transferable tests the page docs/transferable.md: its code is that of the program blog beside these tests, and its
// commands print what the page says.
package transferable
