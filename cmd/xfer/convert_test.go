package main_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	main "github.com/seed-39e76d91/transfertoken/cmd/xfer"
)

// An inspection is the part of the JSON of inspect that the tests need.
type inspection struct {
	Format, Encryption string
	Compressed         bool
	Stages             []struct {
		Stage   string
		Records int
		Types   []struct{ Type string }
	}
}

func inspect(t *testing.T, args ...string) inspection {
	t.Helper()
	got := xfer(t, append(args[:len(args)-1:len(args)-1], "inspect", "--json", args[len(args)-1])...)
	require.Zero(t, got.code, got.stderr)
	var result inspection
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &result))
	return result
}

func TestEachFormConvertsIntoEachOtherWithoutALoss(t *testing.T) {
	forms := []struct {
		flags      string
		extension  string
		format     string
		compressed bool
		encryption string
	}{
		{"", ".tar.gz.age", "tar", true, "age"},
		{"--strapi --no-compress", ".tar.enc", "tar", false, "strapi"},
		{"--no-encrypt", ".tar.gz", "tar", true, "none"},
		{"--no-encrypt --no-compress", ".tar", "tar", false, "none"},
		{"--no-encrypt --format dir", "", "dir", false, "none"},
	}
	dir := t.TempDir()
	in := samples + "rich.tar"
	for i, form := range forms { // each from the one before
		name := filepath.Join(dir, string(rune('a'+i)))
		args := append(strings.Fields("XFER_KEY="+sampleKey+" convert "+form.flags), in, name)
		got := xfer(t, args...)
		require.Zero(t, got.code, got.stderr)
		require.True(t, strings.HasSuffix(got.stdout, "\nwritten: "+name+form.extension+"\n"), got.stdout)
		in = name + form.extension

		info := inspect(t, "XFER_KEY="+sampleKey, in)
		require.Equal(t, form.format, info.Format)
		require.Equal(t, form.compressed, info.Compressed)
		require.Equal(t, form.encryption, info.Encryption)
		mode := os.FileMode(0o600)
		if form.format == "dir" {
			mode = 0o700
		}
		stat, err := os.Stat(in)
		require.NoError(t, err)
		require.Equal(t, mode, stat.Mode().Perm())
	}
	require.Equal(t, result{0, "nothing differs\n", ""}, xfer(t, "diff", "-q", samples+"rich.tar", in), "after all of them")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, len(forms), "nothing else is left behind")
}

func TestTheNewArchiveHasThePassphraseOfTheOldOneUnlessAnotherIsGiven(t *testing.T) {
	in := samples + "export.tar.gz.enc"
	newKey := writeFile(t, "new", "another passphrase")
	for name, test := range map[string]struct {
		args []string
		key  string
		note string
	}{
		"the old one":   {[]string{"XFER_KEY=" + sampleKey, "convert", in}, sampleKey, "gets the passphrase of the archive it is made from"},
		"a flag first":  {[]string{"XFER_KEY=" + sampleKey, "XFER_NEW_KEY=x", "convert", "--new-key-file", newKey, in}, "another passphrase", ""},
		"a new one":     {[]string{"XFER_KEY=" + sampleKey, "XFER_NEW_KEY=another passphrase", "convert", in}, "another passphrase", ""},
		"the given one": {[]string{"XFER_KEY=" + sampleKey, "convert", samples + "export.tar"}, sampleKey, ""},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			got := xfer(t, append(test.args, out)...)
			require.Zero(t, got.code, got.stderr)
			require.Contains(t, got.stderr, test.note)
			require.NotContains(t, got.stdout+got.stderr, test.key)
			require.Equal(t, "age", inspect(t, "XFER_KEY="+test.key, out+".tar.gz.age").Encryption)
		})
	}
}

func TestOnlyTheIdentityOpensAnArchiveForARecipient(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	recipients := writeFile(t, "recipients", "# the backup server\n"+identity.Recipient().String()+"\n")
	identityFile := writeFile(t, "identity", identity.String()+"\n")
	for _, args := range [][]string{
		{"--recipient", identity.Recipient().String()},
		{"--recipients-file", recipients},
	} {
		out := filepath.Join(t.TempDir(), "out")
		got := xfer(t, append([]string{"convert", samples + "export.tar", out}, args...)...)
		require.Zero(t, got.code, got.stderr)
		out += ".tar.gz.age"
		require.Zero(t, xfer(t, "inspect", "--identity", identityFile, out).code)
		require.Equal(t, 5, xfer(t, "XFER_KEY=wrong", "inspect", out).code)
	}
}

// Somebody who mixes the two up must not find the secret one in a log.
func TestAMistakenRecipientOrIdentityIsNotRepeated(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	file := writeFile(t, "identity", identity.String()+"\n")
	recipients := writeFile(t, "recipients", identity.Recipient().String()+"\n")
	for start, args := range map[string][]string{
		"--recipient is not an age recipient: it must start with age1": {"convert", "--recipient", identity.String(), "a", "b"},
		"--recipients-file " + file + ": ":                             {"convert", "--recipients-file", file, "a", "b"},
		"--recipients-file: open none: ":                               {"convert", "--recipients-file", "none", "a", "b"},
		"--identity " + recipients + ": ":                              {"inspect", "--identity", recipients, "a"},
		"--identity: open none: ":                                      {"inspect", "--identity", "none", "a"},
	} {
		got := xfer(t, args...)
		require.Equal(t, 2, got.code)
		require.True(t, strings.HasPrefix(got.stderr, "xfer: "+start), got.stderr)
		require.NotContains(t, strings.ToLower(got.stderr), strings.ToLower(identity.String()[20:40]))
	}
}

func TestAWrongKeyIsFoundBeforeAnythingIsWritten(t *testing.T) {
	dir := t.TempDir()
	got := xfer(t, "XFER_KEY=wrong", "convert", samples+"export.tar.gz.enc", filepath.Join(dir, "out"))
	require.Equal(t, 5, got.code)
	requireNothingIn(t, dir)
}

func requireNothingIn(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestConvertRefusesWhatItMustNotDo(t *testing.T) {
	dir := t.TempDir()
	existing := filepath.Join(dir, "existing.tar")
	sample, err := os.ReadFile(samples + "export.tar")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(existing, sample, 0o600))
	folder := filepath.Join(dir, "folder")
	require.NoError(t, os.CopyFS(folder, mapFS(readTar(t, samples+"export.tar"))))
	in, out := samples+"export.tar", filepath.Join(dir, "out")
	existingBase := strings.TrimSuffix(existing, ".tar")
	before := snapshot(t, dir)

	for _, test := range []struct {
		flags    string
		in, name string
		code     int
		line     string
	}{
		{"--no-encrypt --no-compress", in, existingBase, 2, existing + " exists: choose another NAME, or --force to replace it"},
		{"--no-encrypt --no-compress", in, existing, 2, existing + " exists: choose another NAME, or --force to replace it"},
		{"--no-encrypt --no-compress --force", existing, existingBase, 2, existing + " would be replaced by its own copy: choose another NAME"},
		{"--no-encrypt --format dir --force", folder, folder + "/", 2, folder + " would be replaced by its own copy: choose another NAME"},
		{"--no-encrypt --no-compress", folder, folder + "/new", 2, folder + "/new.tar would lie in the folder that is read: choose another NAME"},
		{"--no-encrypt --format dir", folder, folder + "/deep/new", 2, folder + "/deep/new would lie in the folder that is read: choose another NAME"},
		{"--no-encrypt --format dir", in, folder, 2, folder + " exists: choose another NAME, or --force to replace it"},
		{"", in, out + ".tar.gz.enc", 2, "NAME gets the extension .tar.gz.age from the flags: leave out .enc"},
		{"--no-encrypt", in, dir + "/", 2, "NAME must name a file: it gets the extension .tar.gz"},
		{"--format dir", in, out, 2, "Unpacked directory exports (--format dir) require --no-encrypt."},
		{"--format zip", in, out, 2, "--format must be tar or dir"},
		{"--no-encrypt --strapi", in, out, 2, "--no-encrypt contradicts --strapi, --new-key and --recipient"},
		{"--no-encrypt --new-key x", in, out, 2, "--no-encrypt contradicts --strapi, --new-key and --recipient"},
		{"", in, out, 2, out + ".tar.gz.age needs a passphrase, and there is no terminal to ask for it: give --new-key-file FILE, or set XFER_NEW_KEY, or --recipient, or --no-encrypt"},
		{"--new-key-file none", in, out, 2, "--new-key-file: open none: no such file or directory"},
		{"--no-encrypt --only files --exclude files", in, out, 2, "invalid: scope: files is both wanted and excluded"},
		{"--no-encrypt --only-content-types api::none.none", in, out, 1, "the data has no content type api::none.none (xfer inspect lists them)"},
		{"--no-encrypt", "none.tar", out, 1, "none.tar: no such file or directory"},
		{"--no-encrypt", in, "none/out", 1, "none/out.tar.gz: stat none: no such file or directory"},
	} {
		requireFailure(t, test.code, test.line, append(strings.Fields("convert "+test.flags), test.in, test.name)...)
		require.Equal(t, before, snapshot(t, dir), test.line)
	}
}

// snapshot returns the names and contents of the files below a folder.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[path] = string(content)
		return err
	}))
	return files
}

func TestForceReplacesAnArchive(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	for _, in := range []string{"export.tar", "rich.tar"} {
		got := xfer(t, "convert", "-q", "--no-encrypt", "--force", samples+in, out)
		require.Zero(t, got.code, got.stderr)
		require.Empty(t, got.stderr)
		require.Zero(t, xfer(t, "diff", samples+in, out+".tar.gz").code)
	}
}

func TestConvertWritesThePartThatTheFlagsChoose(t *testing.T) {
	for flags, want := range map[string]string{
		"--only content":         "entities 13 links 35",
		"--only files":           "assets 7",
		"--only config":          "configuration 29",
		"--exclude config":       "entities 13 assets 7 links 35",
		"--exclude files,config": "entities 13 links 35",
		"--only-content-types api::category.category --only content": "entities 3 links 4",
		"--exclude-content-types api::category.category":             "entities 10 assets 7 links 24 configuration 29",
	} {
		out := filepath.Join(t.TempDir(), "out")
		got := xfer(t, append(strings.Fields("convert --no-encrypt "+flags), samples+"rich.tar", out)...)
		require.Zero(t, got.code, got.stderr)
		var counts []string
		for _, stage := range inspect(t, out+".tar.gz").Stages {
			if stage.Records > 0 {
				counts = append(counts, stage.Stage, jsonText(t, stage.Records))
			}
		}
		require.Equal(t, want, strings.Join(counts, " "), flags)
	}
}

func jsonText(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

// Programs read this shape: members are added to it, and none is renamed.
func TestConvertPrintsJSONOfAStableShape(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	got := xfer(t, "convert", "--json", "--no-encrypt", "--exclude", "files", "--exclude-content-types", "api::category.category", samples+"rich.tar", out)
	require.Zero(t, got.code, got.stderr)
	text := strings.ReplaceAll(got.stdout, out, "out")
	text = regexp.MustCompile(`"seconds": [0-9.e-]+`).ReplaceAllString(text, `"seconds": 0.1`)
	requireGolden(t, "convert.json", text)
}

func TestAnInterruptedConversionLeavesNothing(t *testing.T) {
	for _, stage := range []string{"entities", "assets", "links", "configuration"} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		var stderr strings.Builder
		interrupt := writerFunc(func(line []byte) (int, error) {
			if strings.HasPrefix(string(line), "xfer: "+stage) {
				cancel()
			}
			return stderr.Write(line)
		})
		var stdout strings.Builder
		args := []string{"convert", "--no-encrypt", samples + "rich.tar", filepath.Join(dir, "out")}
		code := main.Run(ctx, args, strings.NewReader(""), &stdout, interrupt, func(string) string { return "" })
		require.Equal(t, 130, code, stderr.String())
		require.Empty(t, stdout.String())
		require.True(t, strings.HasSuffix(stderr.String(), "\nxfer: interrupted\n"), stderr.String())
		requireNothingIn(t, dir)
	}
}

// Archives that Strapi has written on Windows have backslashes in their names.
func TestAnArchiveFromWindowsBecomesAnOrdinaryOne(t *testing.T) {
	windows := changedSample(t, "export.tar", func(entries map[string]string) {
		for name, content := range maps.Clone(entries) {
			delete(entries, name)
			entries[strings.ReplaceAll(name, "/", `\`)] = content
		}
	})
	out := filepath.Join(t.TempDir(), "out")
	require.Zero(t, xfer(t, "convert", "--no-encrypt", "--no-compress", windows, out).code)
	require.Contains(t, readTar(t, out+".tar"), entitiesFile)
	require.Zero(t, xfer(t, "diff", samples+"export.tar", out+".tar").code)
}
