package archive_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// fuzzLimits keep a case of a fuzz target short.
var fuzzLimits = archive.Limits{Record: 1 << 20, Asset: 1 << 20, Total: 8 << 20, Entries: 1000}

// FuzzOpen reads anything. What is read must be readable again, and be written and read
// as the same.
func FuzzOpen(f *testing.F) {
	for _, v := range variants {
		f.Add(v.pack(new(testing.T), tinyFiles()))
	}
	f.Add(compress(f, packTar(f, tinyFiles())))
	f.Add([]byte("STRAPIEX\x01\x00\x00\x00"))
	f.Add([]byte("age-encryption.org/v1\n-> X25519 x\n"))
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		name := filepath.Join(folder, "archive")
		require.NoError(t, os.WriteFile(name, text, 0o600))
		r, err := archive.Open(t.Context(), name, &archive.ReadOptions{Limits: fuzzLimits})
		if err != nil {
			return
		}
		defer r.Close()
		want := takeSnapshot(t, r)
		require.Equal(t, want, takeSnapshot(t, r))
		w, err := archive.Create(filepath.Join(folder, "written"), &archive.WriteOptions{
			Encryption: archive.None, NoCompress: true, Overwrite: true,
		})
		require.NoError(t, err)
		copyAll(t, r, w)
		require.Equal(t, want, takeSnapshot(t, open(t, w.Name(), nil)))
	})
}

// tinyFiles are the entries of an archive that has little of everything, with the names of
// those of export.tar.
func tinyFiles() []file {
	return []file{
		{name: schemasFile, body: `{"uid":"plugin::upload.file","modelType":"contentType",` +
			`"attributes":{"c":{"type":"component"}}}`},
		{name: entitiesFile, body: `{"type":"plugin::upload.file","id":1,` +
			`"data":{"hash":"client_0f0e94137b","ext":".txt"}}` + "\n" +
			`{"type":"plugin::upload.file","id":2,"data":{"c":{"id":3}}}`},
		{name: metadataFile, body: `{"id":1,"name":"n","hash":"client_0f0e94137b","ext":".txt",` +
			`"mime":"m","size":1,"url":"u"}`},
		{name: uploadFile, body: "text"},
		{name: linksFile, body: `{"kind":"k","relation":"r","left":{"type":"plugin::upload.file","ref":1},` +
			`"right":{"type":"b","ref":"x"}}`},
		{name: configurationFile, body: `{"type":"core-store","value":{"key":"k","value":{"token":"t"}}}`},
		{name: "metadata.json", body: `{"createdAt":"2026-11-25T09:00:00.000Z","strapi":{"version":"5.54.0"}}`},
	}
}

// copyAll carries all of r into w, the data that Run would drop among it.
func copyAll(t *testing.T, r *archive.Reader, w *archive.Writer) {
	t.Helper()
	ctx := t.Context()
	metadata, err := r.Metadata(ctx)
	require.NoError(t, err)
	schemas, err := r.Schemas(ctx)
	require.NoError(t, err)
	require.NoError(t, w.Begin(ctx, datatransfer.Start{Metadata: metadata, Schemas: schemas}))
	defer w.Rollback(ctx)
	require.NoError(t, w.WriteEntities(ctx, r.Entities(ctx)))
	require.NoError(t, w.WriteAssets(ctx, r.Assets(ctx)))
	require.NoError(t, w.WriteLinks(ctx, r.Links(ctx)))
	require.NoError(t, w.WriteConfiguration(ctx, r.Configuration(ctx)))
	require.NoError(t, w.Commit(ctx))
}

// FuzzNames packs an entry with any name. It is refused, or stays within the archive.
func FuzzNames(f *testing.F) {
	for _, name := range []string{
		"entities/x.jsonl", "../x", "./././metadata.json", `assets\uploads\x`, "/x", "assets/uploads/\u202egpj.exe", "C:x", "",
	} {
		f.Add(name)
	}
	sample := tinyFiles()
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || len(name) > 2000 || strings.HasSuffix(name, "/") || strings.ContainsRune(name, 0) {
			return // such a name cannot be packed as that of a file
		}
		path := filepath.Join(folder, "archive")
		require.NoError(t, os.WriteFile(path, packTar(t, with(sample, file{name: name})), 0o600))
		r, err := archive.Open(t.Context(), path, nil)
		if err != nil {
			return
		}
		defer r.Close()
		for a, err := range r.Assets(t.Context()) {
			require.NoError(t, err)
			require.NoError(t, datatransfer.CheckAssetName(a.Name))
		}
	})
}

// FuzzStrapiCipher decrypts anything. What can be decrypted is encrypted as the same again,
// and what is encrypted is decrypted as the same, in pieces of any size.
func FuzzStrapiCipher(f *testing.F) {
	sample, err := os.ReadFile("testdata/export.tar.gz.enc")
	require.NoError(f, err)
	f.Add(sample[:4096], 1)
	f.Add(sample[len(sample)-64:], 16)
	f.Add([]byte{}, 17)
	f.Add(append(strapiHeader(1, 0, field(1, []byte("0123456789abcdef")...)), sample[:64]...), 5)
	key := []byte("0123456789abcdef")
	f.Fuzz(func(t *testing.T, text []byte, piece int) {
		piece = max(1, piece&0xfff)
		encrypt := func(plain []byte) []byte {
			var out bytes.Buffer
			w, err := archive.NewECBWriter(&out, key)
			require.NoError(t, err)
			for p := range slices.Chunk(plain, piece) {
				n, err := w.Write(p)
				require.NoError(t, err)
				require.Equal(t, len(p), n)
			}
			require.NoError(t, w.Close())
			return out.Bytes()
		}
		decrypt := func(encrypted []byte) ([]byte, error) {
			r, err := archive.NewECBReader(iotest.OneByteReader(bytes.NewReader(encrypted)), key)
			require.NoError(t, err)
			return io.ReadAll(io.MultiReader(io.LimitReader(r, int64(piece)), r))
		}
		if plain, err := decrypt(text); err == nil {
			require.Equal(t, text, encrypt(plain))
		}
		plain, err := decrypt(encrypt(text))
		require.NoError(t, err)
		require.True(t, bytes.Equal(text, plain))

		salt, size, err := archive.ReadStrapiHeader(bytes.NewReader(text))
		if err == nil {
			require.Len(t, salt, 16)
			require.LessOrEqual(t, size, int64(len(text)))
		}
	})
}
