package strapi_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

const key = "correct-horse-battery-staple"

// formats are the archives that Strapi writes and reads.
var formats = []struct {
	name      string
	flags     []string // of strapi export
	options   archive.WriteOptions
	extension string
}{
	{"tar", []string{"--no-encrypt", "--no-compress"}, archive.WriteOptions{NoCompress: true, Encryption: archive.None}, ".tar"},
	{"tar.gz", []string{"--no-encrypt"}, archive.WriteOptions{Encryption: archive.None}, ".tar.gz"},
	{"tar.enc", []string{"--no-compress", "--key", key}, archive.WriteOptions{
		NoCompress: true, Encryption: archive.Strapi, Passphrase: key,
	}, ".tar.enc"},
	{"tar.gz.enc", []string{"--key", key}, archive.WriteOptions{Encryption: archive.Strapi, Passphrase: key}, ".tar.gz.enc"},
	{"folder", []string{"--no-encrypt", "--format", "dir"}, archive.WriteOptions{
		Format: archive.FormatDir, Encryption: archive.None,
	}, ""},
}

func open(t testing.TB, name string) *archive.Reader {
	t.Helper()
	reader, err := archive.Open(t.Context(), name, &archive.ReadOptions{
		Passphrase: func() (string, error) { return key, nil },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, reader.Close()) })
	return reader
}

func TestArchivesOfStrapiAreRead(t *testing.T) {
	t.Parallel()
	project := strapi.Seeded(t)
	var first *archive.Reader
	for _, format := range formats {
		name := filepath.Join(t.TempDir(), "export")
		result := project.RunShared(t, append([]string{"export", "--file", name}, format.flags...)...)
		require.Zero(t, result.Code, result.Output)
		reader := open(t, name+format.extension)
		require.Zero(t, reader.Info().Problems(), format.name)
		require.Equal(t, "5.54.0", reader.Info().Metadata.StrapiVersion)
		if first == nil {
			first = reader
			continue
		}
		transfertest.RequireEqual(t, withoutStart(t, first), withoutStart(t, reader))
	}
}

func TestStrapiImportsOurArchives(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		written := filepath.Join(t.TempDir(), "written")
		writer, err := archive.Create(written, &format.options)
		require.NoError(t, err)
		_, err = datatransfer.Run(t.Context(), open(t, strapi.SeededArchive(t)), writer, nil)
		require.NoError(t, err)
		require.Equal(t, written+format.extension, writer.Name())

		to := strapi.New(t)
		flags := []string{"import", "--force", "--file", writer.Name()}
		if format.options.Encryption == archive.Strapi {
			flags = append(flags, "--key", key)
		}
		result := to.RunShared(t, flags...)
		require.Zero(t, result.Code, "%s: %s", format.name, result.Output)
		require.Empty(t, strapi.SeededContent(t).Diff(to.Content(t)), format.name)
	}
}

func TestArchiveThatStrapiRefusesIsRefusedHere(t *testing.T) {
	t.Parallel()
	from := strapi.Seeded(t)
	name := filepath.Join(t.TempDir(), "export")
	result := from.RunShared(t, "export", "--no-encrypt", "--no-compress", "--file", name)
	require.Zero(t, result.Code, result.Output)
	whole, err := os.ReadFile(name + ".tar")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name+".tar", whole[:len(whole)/2], 0o600))
	result = strapi.New(t).RunShared(t, "import", "--force", "--file", name+".tar")
	require.NotZero(t, result.Code)
	_, err = archive.Open(t.Context(), name+".tar", nil)
	require.ErrorIs(t, err, archive.ErrCorrupt)
}
