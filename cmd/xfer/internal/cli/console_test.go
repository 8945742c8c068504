package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
)

func TestTextFromElsewhereCanNotMoveTheCursor(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"Grüße 世界":               "Grüße 世界",
		"a\x1b[2Jb":              `a\x1b[2Jb`,
		"two\nlines\r\n":         `two lines\r `,
		"\u202egnp.exe":          `\u202egnp.exe`,
		"\xff\ufffd":             "\\xff\ufffd",
		"tab\there\x00":          `tab\there\x00`,
		strings.Repeat("x", 600): strings.Repeat("x", 500) + "…",
	} {
		require.Equal(t, want, cli.Printable(text))
	}
}

func TestAnErrorIsOneLineWithItsExitCode(t *testing.T) {
	opened := &fs.PathError{Op: "open", Path: "x.tar", Err: fs.ErrNotExist}
	for _, test := range []struct {
		err  error
		code int
		line string
	}{
		{nil, cli.ExitOK, ""},
		{errors.New("broken"), cli.ExitFailed, "xfer: broken\n"},
		{errors.New("two\nlines"), cli.ExitFailed, "xfer: two lines\n"},
		{errors.New("x.tar: datatransfer: archive: cut"), cli.ExitFailed, "xfer: x.tar: cut\n"},
		{errors.New("archive: not an archive: empty"), cli.ExitFailed, "xfer: not an archive: empty\n"},
		{opened, cli.ExitFailed, "xfer: x.tar: file does not exist\n"},
		{cli.Usagef("no %s", "name"), cli.ExitUsage, "xfer: no name\n"},
		{fmt.Errorf("wrapped: %w", cli.Usagef("no name")), cli.ExitUsage, "xfer: wrapped: no name\n"},
		{&cli.ExitError{Code: cli.ExitDifferent}, cli.ExitDifferent, ""},
		{fmt.Errorf("reading: %w", context.Canceled), cli.ExitInterrupted, "xfer: interrupted\n"},
	} {
		var stderr bytes.Buffer
		console := &cli.Console{Name: "xfer", Err: &stderr}
		require.Equal(t, test.code, console.Fail(test.err))
		require.Equal(t, test.line, stderr.String())
	}
}

func TestQuietLeavesOutNotesAndWarnings(t *testing.T) {
	var stderr bytes.Buffer
	console := &cli.Console{Name: "xfer", Err: &stderr}
	console.Notef("half %d", 1)
	console.Warnf("careful")
	require.Equal(t, "xfer: half 1\nxfer: warning: careful\n", stderr.String())
	console.Quiet = true
	console.Notef("more")
	console.Warnf("more")
	require.Equal(t, 2, strings.Count(stderr.String(), "\n"))
}

func TestATableIsAlignedAndHasNoLines(t *testing.T) {
	var stdout bytes.Buffer
	console := &cli.Console{Out: &stdout}
	table := cli.NewTable("stage", ">count", "note")
	table.Add("entities", cli.Number(1234567), "")
	table.Add("  api::\x1barticle", "3", "x")
	console.Print(table)
	require.Equal(t, `STAGE                   COUNT  NOTE
entities            1,234,567
  api::\x1barticle          3  x
`, stdout.String())
}

func TestNumbersAreWrittenForPeople(t *testing.T) {
	require.Equal(t, "0 B", cli.Size(-1))
	require.Equal(t, "1.8 kB", cli.Size(1778))
	require.Equal(t, "1 record", cli.Plural(1, "record"))
	require.Equal(t, "1,000 records", cli.Plural(1000, "record"))
}
