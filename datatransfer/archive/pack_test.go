package archive_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A file is one entry of an archive that a test packs.
type file struct {
	name   string
	body   string
	change func(*tar.Header) // of the header, before it is written
}

// sampleFiles returns the entries of a sample.
func sampleFiles(t testing.TB, sample string) (files []file) {
	t.Helper()
	for name, body := range tarFiles(t, filepath.Join("testdata", sample)) {
		files = append(files, file{name: name, body: string(body)})
	}
	return files
}

// edit returns a copy of files in which f has changed those with the name.
func edit(files []file, name string, f func(*file)) (edited []file) {
	for _, e := range files {
		if e.name == name {
			f(&e)
		}
		edited = append(edited, e)
	}
	return edited
}

// without returns a copy of files that lacks the ones with the names.
func without(files []file, names ...string) (rest []file) {
	for _, e := range files {
		kept := true
		for _, name := range names {
			kept = kept && e.name != name
		}
		if kept {
			rest = append(rest, e)
		}
	}
	return rest
}

// with returns a copy of files with more at its end.
func with(files []file, more ...file) []file {
	return append(append([]file(nil), files...), more...)
}

// packTar returns a tar of files.
func packTar(t testing.TB, files []file) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range files {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: 0o644, Size: int64(len(e.body))}
		if e.change != nil {
			e.change(header)
		}
		require.NoError(t, w.WriteHeader(header))
		if header.Size > 0 {
			_, err := w.Write([]byte(e.body))
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func compress(t testing.TB, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// save writes content to a new file and returns its name.
func save(t testing.TB, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "archive")
	require.NoError(t, os.WriteFile(name, content, 0o600))
	return name
}

// list returns the names in a folder.
func list(t testing.TB, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
