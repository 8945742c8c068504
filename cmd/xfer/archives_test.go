package main_test

import (
	"archive/tar"
	"bytes"
	"flag"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// requireGolden compares with a file in testdata.
func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o666))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// readTar returns the entries of a tar.
func readTar(t *testing.T, name string) map[string]string {
	t.Helper()
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	entries := map[string]string{}
	for reader := tar.NewReader(file); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return entries
		}
		require.NoError(t, err)
		content, err := io.ReadAll(reader)
		require.NoError(t, err)
		entries[header.Name] = string(content)
	}
}

// writeTar writes entries into a tar, and returns its name.
func writeTar(t *testing.T, entries map[string]string) string {
	t.Helper()
	var content bytes.Buffer
	writer := tar.NewWriter(&content)
	names := slices.Sorted(maps.Keys(entries))
	for _, name := range names {
		require.NoError(t, writer.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(entries[name]))}))
		_, err := io.WriteString(writer, entries[name])
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	return writeFile(t, "archive.tar", content.String())
}

// The entries of the samples.
const (
	entitiesFile = "entities/entities_00001.jsonl"
	linksFile    = "links/links_00001.jsonl"
	configFile   = "configuration/configuration_00001.jsonl"
	schemasFile  = "schemas/schemas_00001.jsonl"
)

// changedSample returns the name of a copy of a sample in which change has changed the entries.
func changedSample(t *testing.T, sample string, change func(entries map[string]string)) string {
	t.Helper()
	entries := readTar(t, samples+sample)
	change(entries)
	return writeTar(t, entries)
}

// replace replaces the one text in an entry.
func replace(t *testing.T, entries map[string]string, entry, from, to string) {
	t.Helper()
	require.Equal(t, 1, strings.Count(entries[entry], from), from)
	entries[entry] = strings.Replace(entries[entry], from, to, 1)
}

// mapFS returns entries as a file system.
func mapFS(entries map[string]string) fs.FS {
	files := fstest.MapFS{}
	for name, content := range entries {
		files[name] = &fstest.MapFile{Data: []byte(content), Mode: 0o600}
	}
	return files
}
