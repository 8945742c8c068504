package cli_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
)

func FuzzPrintable(f *testing.F) {
	for _, seed := range []string{"", "api::note.note", "\x1b]0;title\a", "\xc3\x28", "\u202e", strings.Repeat("\x00", 600)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := cli.Printable(text)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%q has characters that a terminal obeys", got)
		}
		if len(got) > 520 {
			t.Fatalf("%d bytes", len(got))
		}
	})
}
