package archive_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// A kind is one way to store an archive.
type kind struct {
	name  string
	write archive.WriteOptions
	read  archive.ReadOptions
}

// kinds returns the ways to store an archive, the ones that derive a key from a passphrase
// last: deriving takes its time, above all with the race detector.
func kinds(t testing.TB) []kind {
	identity, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	recipients, read := []age.Recipient{identity.Recipient()}, archive.ReadOptions{Identities: []age.Identity{identity}}
	return []kind{
		{"tar", archive.WriteOptions{Encryption: archive.None, NoCompress: true}, archive.ReadOptions{}},
		{"tar.gz", archive.WriteOptions{Encryption: archive.None}, archive.ReadOptions{}},
		{"dir", archive.WriteOptions{Encryption: archive.None, Format: archive.FormatDir}, archive.ReadOptions{}},
		{"tar.age", archive.WriteOptions{Recipients: recipients, NoCompress: true}, read},
		{"tar.gz.age", archive.WriteOptions{Recipients: recipients}, read},
		{"tar.gz.enc", archive.WriteOptions{Encryption: archive.Strapi, Passphrase: passphrase}, *withPassphrase()},
	}
}

// passphraseKinds returns the ways to store an archive with a passphrase.
func passphraseKinds() []kind {
	return []kind{
		{"tar.gz.age", archive.WriteOptions{Passphrase: passphrase}, *withPassphrase()},
		{"tar.gz.enc", archive.WriteOptions{Encryption: archive.Strapi, Passphrase: passphrase}, *withPassphrase()},
		{"tar.enc", archive.WriteOptions{Encryption: archive.Strapi, Passphrase: passphrase, NoCompress: true},
			*withPassphrase()},
	}
}

// write carries all of src into an archive and returns its name.
func write(t testing.TB, name string, opts archive.WriteOptions, src datatransfer.Source) string {
	t.Helper()
	w, err := archive.Create(name, &opts)
	require.NoError(t, err)
	_, err = datatransfer.Run(t.Context(), src, w, nil)
	require.NoError(t, err)
	return w.Name()
}

func TestEveryKindOfArchiveIsWrittenIntoEveryOther(t *testing.T) {
	original := open(t, "testdata/rich.tar", nil)
	want := takeSnapshot(t, original)
	for _, from := range kinds(t) {
		name := write(t, filepath.Join(t.TempDir(), "from"), from.write, original)
		if from.name != "dir" {
			require.True(t, strings.HasSuffix(name, "/from."+from.name), name)
		}
		source := open(t, name, &from.read)
		for _, to := range kinds(t) {
			t.Run(from.name+" to "+to.name, func(t *testing.T) {
				r := open(t, write(t, filepath.Join(t.TempDir(), "to"), to.write, source), &to.read)
				require.Equal(t, to.write.Encryption, r.Info().Encryption)
				require.Equal(t, want, takeSnapshot(t, r))
			})
		}
	}
}

func TestWhatStrapiExportMadeIsWrittenAndReadAgain(t *testing.T) {
	for _, sample := range []string{"export.tar", "rich.tar", "export.tar.gz.enc"} {
		t.Run(sample, func(t *testing.T) {
			original := open(t, filepath.Join("testdata", sample), withPassphrase())
			name := write(t, filepath.Join(t.TempDir(), "x"),
				archive.WriteOptions{Encryption: archive.Strapi, Passphrase: passphrase}, original)
			require.Equal(t, takeSnapshot(t, original), takeSnapshot(t, open(t, name, withPassphrase())))
		})
	}
}

func TestAnArchiveWithAPassphraseOpensWithTheAgeFormatAlone(t *testing.T) {
	name := write(t, filepath.Join(t.TempDir(), "backup"), archive.WriteOptions{Passphrase: passphrase, NoCompress: true},
		open(t, "testdata/export.tar", nil))
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	identity, err := age.NewScryptIdentity(passphrase)
	require.NoError(t, err)
	identity.SetMaxWorkFactor(15)
	plain, err := age.Decrypt(file, identity)
	require.NoError(t, err)
	tar := exec.Command("tar", "-tf", "-")
	tar.Stdin = plain
	list, err := tar.Output()
	require.NoError(t, err)
	require.Equal(t, []string{
		"schemas/schemas_00001.jsonl", "entities/entities_00001.jsonl",
		"assets/metadata/client_0f0e94137b.txt.json", "assets/uploads/client_0f0e94137b.txt",
		"links/links_00001.jsonl", "configuration/configuration_00001.jsonl", "metadata.json",
	}, strings.Fields(string(list)))
}

func TestTheSameDataAndTimeMakeTheSameFile(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 25, 9, 0, 0, 999, time.UTC) }
	var files [][]byte
	for range 2 {
		name := write(t, filepath.Join(t.TempDir(), "x"), archive.WriteOptions{Encryption: archive.None, Now: now},
			open(t, "testdata/rich.tar", nil))
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		files = append(files, text)
	}
	require.Equal(t, files[0], files[1])
}

func TestAFileOfRecordsEndsAtFileSize(t *testing.T) {
	original := open(t, "testdata/rich.tar", nil)
	name := write(t, filepath.Join(t.TempDir(), "x"),
		archive.WriteOptions{Encryption: archive.None, NoCompress: true, FileSize: 2000}, original)
	files := map[string]int{}
	for entry, body := range tarFiles(t, name) {
		if !strings.HasSuffix(entry, ".jsonl") {
			continue
		}
		files[filepath.Dir(entry)]++
		require.Equal(t, byte('\n'), body[len(body)-1], "a line break ends each line")
		require.NotEqual(t, byte('\n'), body[0], "no empty line stands first")
		if len(body) > 2000 {
			require.Equal(t, 1, strings.Count(string(body), "\n"), "only one long record may exceed FileSize")
		}
	}
	require.Greater(t, files["entities"], 2)
	require.Equal(t, takeSnapshot(t, original), takeSnapshot(t, open(t, name, nil)))
}
