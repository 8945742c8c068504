package sqldata_test

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

func foldersIn(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestEachTransferLeavesOneFolder(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		x := d.instance(t, d.shopConfig(dir))
		require.Equal(t, []string{"files"}, foldersIn(t, dir), "before the first transfer")
		before, err := os.Stat(dir)
		require.NoError(t, err)

		seen := map[string]bool{"files": true}
		for n := range 3 {
			push(t, x, sampleOf(t, x, n+1))
			folders := foldersIn(t, dir)
			require.Len(t, folders, 1)
			require.False(t, seen[folders[0]], "a folder of its own")
			seen[folders[0]] = true
			current, err := x.Folder(t.Context(), d)
			require.NoError(t, err)
			require.Equal(t, filepath.Join(dir, folders[0]), current)
		}
		after, err := os.Stat(dir)
		require.NoError(t, err)
		require.True(t, os.SameFile(before, after), "the folder that may be a mount was never replaced")
	})
}

func TestFailedTransferLeavesNoFolder(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		x := d.instance(t, d.shopConfig(dir))
		push(t, x, sampleOf(t, x, 1))
		old := foldersIn(t, dir)

		dst := begin(t, x)
		data := sampleOf(t, x, 2)
		require.NoError(t, dst.Begin(t.Context(), datatransfer.Start{Schemas: data.Schemas}))
		require.NoError(t, dst.WriteAssets(t.Context(), data.Source().Assets(t.Context())))
		require.Len(t, foldersIn(t, dir), 2)
		require.NoError(t, dst.Rollback(t.Context()))
		require.Equal(t, old, foldersIn(t, dir))
		requireHolds(t, x, sampleOf(t, x, 1))
	})
}

// TestReaderKeepsItsFolder reads with another Instance, as another process would.
func TestReaderKeepsItsFolder(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		x, other := d.instance(t, d.shopConfig(dir)), d.instance(t, d.shopConfig(dir))
		push(t, x, sampleOf(t, x, 1))
		old := foldersIn(t, dir)[0]

		src := open(t, other)
		push(t, x, sampleOf(t, x, 2))
		require.Contains(t, foldersIn(t, dir), old)
		push(t, x, sampleOf(t, x, 3))
		require.NoError(t, x.Migrate(t.Context()))
		require.Contains(t, foldersIn(t, dir), old)
		files := 0
		for asset, err := range src.Assets(t.Context()) {
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, asset.Body)
			require.NoError(t, err)
			files++
		}
		require.Len(t, sampleOf(t, x, 1).Files, files)
		require.NoError(t, src.Close())
		require.NotContains(t, foldersIn(t, dir), old, "its last reader removes it")
		require.Len(t, foldersIn(t, dir), 1)
	})
}

func TestLeftoversAreRemoved(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		x := d.instance(t, d.shopConfig(dir))
		push(t, x, sampleOf(t, x, 1))
		current := foldersIn(t, dir)[0]
		leave := func() {
			leftover := filepath.Join(dir, "files-abcdefghijklmnopqrstuvwxyz", "deep")
			require.NoError(t, os.MkdirAll(leftover, 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(leftover, "half"), []byte("half"), 0o644))
			require.NoError(t, os.MkdirAll(filepath.Join(dir, "files-of-the-host"), 0o755))
		}
		leave()
		require.NoError(t, x.Migrate(t.Context()))
		require.ElementsMatch(t, []string{current, "files-of-the-host"}, foldersIn(t, dir))

		leave()
		require.NoError(t, tryPush(t, x, sampleOf(t, x, 2), datatransfer.Scope{NoFiles: true}))
		require.ElementsMatch(t, []string{current, "files-of-the-host"}, foldersIn(t, dir))
	})
}

// TestMigrateBesideATransfer starts another process in the middle of a transfer.
func TestMigrateBesideATransfer(t *testing.T) {
	onEachServer(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		x := d.instance(t, d.shopConfig(dir))
		data := sampleOf(t, x, 1)
		dst := begin(t, x)
		require.NoError(t, dst.Begin(t.Context(), datatransfer.Start{Schemas: data.Schemas}))
		require.NoError(t, dst.WriteEntities(t.Context(), data.Source().Entities(t.Context())))
		require.NoError(t, dst.WriteAssets(t.Context(), data.Source().Assets(t.Context())))
		d.instance(t, d.shopConfig(dir))
		require.NoError(t, dst.WriteLinks(t.Context(), data.Source().Links(t.Context())))
		require.NoError(t, dst.WriteConfiguration(t.Context(), data.Source().Configuration(t.Context())))
		require.NoError(t, dst.Commit(t.Context()))
		requireHolds(t, x, data)
	})
}

func TestOpenFile(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.shopConfig(t.TempDir()))
		data := sampleOf(t, x, 1)
		push(t, x, data)
		file, err := x.OpenFile(t.Context(), data.Files[0].Name)
		require.NoError(t, err)
		defer file.Close()
		push(t, x, sampleOf(t, x, 2))
		content, err := io.ReadAll(file)
		require.NoError(t, err)
		require.Equal(t, data.Files[0].Content, content, "an open file stays whole")

		for _, name := range []string{"missing.txt", "../shop.db", "", "."} {
			_, err = x.OpenFile(t.Context(), name)
			require.ErrorIs(t, err, fs.ErrNotExist, name)
		}
	})
}

// TestFolderThatIsLost does not look for it for ever.
func TestFolderThatIsLost(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		x := d.instance(t, d.shopConfig(dir))
		push(t, x, sampleOf(t, x, 1))
		require.NoError(t, os.RemoveAll(filepath.Join(dir, foldersIn(t, dir)[0])))
		_, err := x.Source(t.Context())
		require.ErrorContains(t, err, "missing")
		require.NotContains(t, err.Error(), dir)
		push(t, x, sampleOf(t, x, 2))
		requireHolds(t, x, sampleOf(t, x, 2))
	})
}

// TestUploadAndTransferTakeTurns adds a file as the documentation of Folder says.
func TestUploadAndTransferTakeTurns(t *testing.T) {
	onEachServer(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.shopConfig(t.TempDir()))
		push(t, x, sampleOf(t, x, 1))
		tx, err := d.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer tx.Rollback()
		_, err = tx.Exec(d.sql("INSERT INTO {files} (hash, ext) VALUES ('mine', '.txt')"))
		require.NoError(t, err)
		folder, err := x.Folder(t.Context(), tx)
		require.NoError(t, err)

		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		start := datatransfer.Start{Schemas: sampleOf(t, x, 2).Schemas, Scope: datatransfer.Scope{OnlyTypes: []string{}}}
		require.ErrorIs(t, begin(t, x).Begin(ctx, start), context.DeadlineExceeded)
		require.NoError(t, os.WriteFile(filepath.Join(folder, "mine.txt"), []byte("mine"), 0o644))
		require.NoError(t, tx.Commit())
		file, err := x.OpenFile(t.Context(), "mine.txt")
		require.NoError(t, err)
		require.NoError(t, file.Close())
	})
}

// TestBigRecordsAreReadInSmallPages has more data than fits into a page.
func TestBigRecordsAreReadInSmallPages(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.shopConfig(t.TempDir()))
		data := &transfertest.Snapshot{Schemas: sampleOf(t, x, 1).Schemas}
		for i := range 7 {
			text := strings.Repeat(string(rune('a'+i)), 700_000)
			data.Entities = append(data.Entities, datatransfer.Entity{
				Type: typeArticle, ID: datatransfer.IntRef(int64(i + 1)),
				Data: json.RawMessage(`{"title":"big","body":"` + text + `"}`),
			})
		}
		push(t, x, data)
		requireHolds(t, x, data)
	})
}
