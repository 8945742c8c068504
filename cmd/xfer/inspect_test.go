package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	main "github.com/seed-39e76d91/transfertoken/cmd/xfer"
)

func TestInspectShowsWhatAStrapiExportHas(t *testing.T) {
	got := xfer(t, "inspect", samples+"rich.tar")
	require.Zero(t, got.code, got.stderr)
	for _, line := range []string{
		"created      2026-11-25 04:41:30 UTC",
		"Strapi       5.54.0",
		"encryption   none",
		"entities                     13  5.4 kB",
		"  api::article.article        4  1.3 kB",
		"assets                        7   22 kB",
		"links                        35  6.6 kB",
		"configuration                29  105 kB",
		"SECRETS (2 VALUES)",
		"  webhook: headers.Authorization",
	} {
		require.Contains(t, got.stdout, line+"\n")
	}
	require.Contains(t, got.stderr, "warning: whoever has this archive can read these secrets")
	require.NotContains(t, got.stdout+got.stderr, "Bearer SECRET", "the names of secrets are shown, not the secrets")
}

// Programs read this shape: members are added to it, and none is renamed.
func TestInspectPrintsJSONOfAStableShape(t *testing.T) {
	for _, test := range []struct{ golden, archive string }{
		{"inspect-rich.json", samples + "rich.tar"},
		{"inspect-type.json", samples + "rich.tar --type api::article.article"},
	} {
		got := xfer(t, append([]string{"inspect", "--json"}, strings.Fields(test.archive)...)...)
		require.Zero(t, got.code, got.stderr)
		requireGolden(t, test.golden, got.stdout)
	}
}

func TestThePassphraseComesFromFlagFileOrEnvironment(t *testing.T) {
	archive := samples + "export.tar.gz.enc"
	file := writeFile(t, "passphrase", sampleKey+"\r\nanother line\n")
	want := xfer(t, "XFER_KEY="+sampleKey, "inspect", archive)
	require.Zero(t, want.code, want.stderr)
	require.Contains(t, want.stdout, "encryption   strapi\n")
	require.Empty(t, want.stderr)

	wrong := writeFile(t, "wrong", "wrong")
	require.Equal(t, want, xfer(t, "XFER_KEY=wrong", "inspect", "--key-file", file, archive), "a flag wins")
	require.Equal(t, want, xfer(t, "inspect", "--key-file", wrong, "--key-file", file, archive), "each is tried")

	got := xfer(t, "inspect", "-k", sampleKey, archive)
	require.Equal(t, want.stdout, got.stdout)
	require.Equal(t, "xfer: warning: others on this machine can see --key in the process list; "+
		"--key-file and XFER_KEY are safer\n", got.stderr)

	var stdout, stderr strings.Builder
	code := main.Run(t.Context(), []string{"inspect", "--key-file", "-", archive}, strings.NewReader(sampleKey+"\n"), &stdout, &stderr, func(string) string { return "" })
	require.Equal(t, want, result{code, stdout.String(), stderr.String()})
}

func TestAnEncryptedArchiveWithoutAnAnswerEndsWithCode2(t *testing.T) {
	archive := samples + "export.tar.gz.enc"
	for _, args := range [][]string{
		{"inspect", archive},
		{"XFER_KEY=", "inspect", archive},
		{"verify", samples + "export.tar", archive},
		{"diff", archive, samples + "export.tar"},
	} {
		requireFailure(t, 2, archive+" is encrypted, and there is no terminal to ask for the passphrase: give --key-file FILE, or set XFER_KEY", args...)
	}
	requireFailure(t, 2, "--key is empty", "inspect", "--key", "", archive)
	empty := writeFile(t, "empty", "\nsecond line\n")
	requireFailure(t, 2, "--key-file: "+empty+" has no passphrase in its first line", "inspect", "--key-file", empty, archive)
	requireFailure(t, 2, "--key-file: open none: no such file or directory", "inspect", "--key-file", "none", archive)
}

func TestWhatIsNotAnArchiveGetsASensibleAnswer(t *testing.T) {
	sample, err := os.ReadFile(samples + "export.tar.gz.enc")
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "a.txt"), nil, 0o600))
	for name, test := range map[string]struct {
		archive string
		code    int
		line    string
	}{
		"no such file":     {"none.tar", 1, "no such file or directory"},
		"below a file":     {samples + "export.tar/x", 1, "not a directory"},
		"a text":           {writeFile(t, "a.tar", strings.Repeat("text ", 1000)), 5, "not an archive"},
		"an empty file":    {writeFile(t, "empty.tar", ""), 5, "not an archive"},
		"another folder":   {folder, 5, "not an archive"},
		"another tar":      {writeTar(t, map[string]string{"readme.txt": "hello"}), 5, "not an archive"},
		"a wrong key":      {samples + "export.tar.gz.enc", 5, "passphrase"},
		"cut":              {writeFile(t, "cut.tar.gz.enc", string(sample[:len(sample)-100])), 5, ""},
		"JSON that is not": {writeTar(t, map[string]string{"metadata.json": "{}", "schemas/schemas_00001.jsonl": "{}", "entities/entities_00001.jsonl": "secret-content"}), 5, "entities_00001.jsonl"},
	} {
		t.Run(name, func(t *testing.T) {
			got := xfer(t, "XFER_KEY=wrong", "inspect", test.archive)
			require.Equal(t, test.code, got.code, got.stderr)
			require.Empty(t, got.stdout)
			require.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
			require.Contains(t, got.stderr, "xfer: "+test.archive+": ")
			require.Contains(t, got.stderr, test.line)
			require.NotContains(t, got.stderr, "secret-content")
			require.NotContains(t, got.stderr, "wrong horse")
		})
	}
}

func TestTheExtensionDoesNotMatter(t *testing.T) {
	sample, err := os.ReadFile(samples + "export.tar.gz.enc")
	require.NoError(t, err)
	got := xfer(t, "XFER_KEY="+sampleKey, "inspect", writeFile(t, "backup.zip", string(sample)))
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "encryption   strapi\n")
}

func TestInspectShowsOneType(t *testing.T) {
	got := xfer(t, "inspect", "--type", "default.quote", samples+"rich.tar")
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "component  default.quote\n")
	requireFailure(t, 1, samples+`rich.tar has no content type or component "api::none.none" (inspect without --type lists them)`,
		"inspect", "--type", "api::none.none", samples+"rich.tar")
}
