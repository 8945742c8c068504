package remote_test

import (
	"bytes"
	"context"
	"io"
	"iter"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// unsizedSource does not know the sizes of its files, and looks for temporary files while they are read.
type unsizedSource struct {
	datatransfer.Source
	seen *[]string // names of temporary files
}

func (s unsizedSource) Assets(ctx context.Context) iter.Seq2[datatransfer.Asset, error] {
	return func(yield func(datatransfer.Asset, error) bool) {
		for asset, err := range s.Source.Assets(ctx) {
			asset.Size = -1
			asset.Body = io.MultiReader(asset.Body, readerFunc(func([]byte) (int, error) {
				entries, err := os.ReadDir(os.TempDir())
				for _, entry := range entries {
					*s.seen = append(*s.seen, entry.Name())
				}
				if err == nil {
					err = io.EOF
				}
				return 0, err
			}))
			if !yield(asset, err) {
				return
			}
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestKilledPushLeavesNoTemporaryFile looks while a file of unknown size is copied: a process may be killed then.
func TestKilledPushLeavesNoTemporaryFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file keeps its name on Windows")
	}
	s := serveInstance(t, remote.HandlerOptions{})
	data := transfertest.Generate(nil, 2)
	t.Setenv("TMPDIR", t.TempDir())
	dst, err := s.Destination(t.Context())
	require.NoError(t, err)
	seen := []string{}
	_, err = datatransfer.Run(t.Context(), unsizedSource{data.Source(), &seen}, dst, nil)
	require.NoError(t, err)
	require.Empty(t, seen)
	got := s.Snapshot()
	require.Len(t, got.Files, len(data.Files))
	for i, file := range data.Files {
		require.True(t, bytes.Equal(file.Content, got.Files[i].Content), file.Name)
	}
}
