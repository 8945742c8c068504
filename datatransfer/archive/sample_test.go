package archive_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

const passphrase = "correct-horse-battery-staple"

// withPassphrase returns options that answer with the passphrase of the samples.
func withPassphrase() *archive.ReadOptions {
	return &archive.ReadOptions{Passphrase: func() (string, error) { return passphrase, nil }}
}

// open opens an archive and closes it when the test ends.
func open(t testing.TB, name string, opts *archive.ReadOptions) *archive.Reader {
	t.Helper()
	r, err := archive.Open(t.Context(), name, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// A snapshot is all that a Source yields, in a form that can be compared: JSON as values,
// files as sums.
type snapshot struct {
	Metadata                        datatransfer.Metadata
	Schemas, Entities, Links, Confs []any
	Assets                          map[string]assetSnapshot
}

type assetSnapshot struct {
	Size     int64
	Metadata any
	Sum      [sha256.Size]byte
}

// takeSnapshot reads all of a source.
func takeSnapshot(t testing.TB, src datatransfer.Source) snapshot {
	t.Helper()
	var s snapshot
	var err error
	s.Metadata, err = src.Metadata(t.Context())
	require.NoError(t, err)
	schemas, err := src.Schemas(t.Context())
	require.NoError(t, err)
	for _, schema := range schemas {
		s.Schemas = append(s.Schemas, jsonValue(t, schema.Raw))
	}
	s.Entities = values(t, src.Entities(t.Context()))
	s.Assets = make(map[string]assetSnapshot)
	for asset, err := range src.Assets(t.Context()) {
		require.NoError(t, err)
		body, err := io.ReadAll(asset.Body)
		require.NoError(t, err)
		require.EqualValues(t, asset.Size, len(body))
		s.Assets[asset.Name] = assetSnapshot{asset.Size, jsonValue(t, asset.Metadata), sha256.Sum256(body)}
	}
	s.Links = values(t, src.Links(t.Context()))
	s.Confs = values(t, src.Configuration(t.Context()))
	return s
}

// values returns the JSON values of records.
func values[T json.Marshaler](t testing.TB, records iter.Seq2[T, error]) []any {
	t.Helper()
	var all []any
	for record, err := range records {
		require.NoError(t, err)
		text, err := record.MarshalJSON()
		require.NoError(t, err)
		all = append(all, jsonValue(t, text))
	}
	return all
}

func jsonValue(t testing.TB, text []byte) (value any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&value))
	return value
}

// tarFiles returns the files of a tar in their order.
func tarFiles(t testing.TB, name string) iter.Seq2[string, []byte] {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return func(yield func(string, []byte) bool) {
		r := tar.NewReader(bytes.NewReader(text))
		for {
			header, err := r.Next()
			if err == io.EOF {
				return
			}
			require.NoError(t, err)
			body, err := io.ReadAll(r)
			require.NoError(t, err)
			if !yield(header.Name, body) {
				return
			}
		}
	}
}

// unpack writes the files of a tar below a new folder, and returns it.
func unpack(t testing.TB, name string) string {
	t.Helper()
	folder := t.TempDir()
	for name, body := range tarFiles(t, name) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, body, 0o644))
	}
	return folder
}

func TestOpenReadsWhatStrapiExportMade(t *testing.T) {
	for _, test := range []struct {
		name                            string
		encryption                      archive.Encryption
		compressed                      bool
		schemas                         int
		entities, assets, links, config int64
	}{
		{"export.tar", archive.None, false, 16, 6, 1, 8, 24},
		{"export.tar.gz.enc", archive.Strapi, true, 16, 6, 1, 8, 24},
		{"rich.tar", archive.None, false, 20, 13, 7, 35, 29},
	} {
		t.Run(test.name, func(t *testing.T) {
			info := open(t, filepath.Join("testdata", test.name), withPassphrase()).Info()
			require.Equal(t, archive.FormatTar, info.Format)
			require.Equal(t, test.encryption, info.Encryption)
			require.Equal(t, test.compressed, info.Compressed)
			require.Equal(t, "5.54.0", info.Metadata.StrapiVersion)
			require.Equal(t, test.schemas, info.Schemas)
			require.Equal(t, test.entities, info.Stage(datatransfer.StageEntities).Records)
			require.Equal(t, test.assets, info.Stage(datatransfer.StageAssets).Records)
			require.Equal(t, test.links, info.Stage(datatransfer.StageLinks).Records)
			require.Equal(t, test.config, info.Stage(datatransfer.StageConfiguration).Records)
			require.Zero(t, info.Problems(), "%v", info.Findings)
		})
	}
}

func TestThePlainAndTheEncryptedSampleHoldTheSameFileAndLinks(t *testing.T) {
	plain := takeSnapshot(t, open(t, "testdata/export.tar", nil))
	encrypted := takeSnapshot(t, open(t, "testdata/export.tar.gz.enc", withPassphrase()))
	require.Equal(t, plain.Schemas, encrypted.Schemas)
	require.Equal(t, plain.Entities, encrypted.Entities)
	require.Equal(t, plain.Assets, encrypted.Assets)
	require.Equal(t, plain.Links, encrypted.Links)
}

func TestAFolderHoldsTheSameAsItsTar(t *testing.T) {
	folder := open(t, unpack(t, "testdata/rich.tar"), nil)
	require.Equal(t, archive.FormatDir, folder.Info().Format)
	require.Equal(t, takeSnapshot(t, open(t, "testdata/rich.tar", nil)), takeSnapshot(t, folder))
}
