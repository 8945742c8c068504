package remote_test

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// metadataKeeper is a Destination that keeps the metadata of files as it comes.
type metadataKeeper struct {
	datatransfer.Destination
	kept map[string]json.RawMessage
}

func (k *metadataKeeper) WriteAssets(ctx context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	return k.Destination.WriteAssets(ctx, func(yield func(datatransfer.Asset, error) bool) {
		for asset, err := range seq {
			k.kept[asset.Name] = asset.Metadata
			if !yield(asset, err) {
				return
			}
		}
	})
}

// TestMetadataOfAFileMayBeKept transfers files of more than a message each, so that the buffers of messages are used again.
func TestMetadataOfAFileMayBeKept(t *testing.T) {
	data := transfertest.Generate(nil, 2)
	want := map[string]json.RawMessage{}
	for i := range data.Files {
		data.Files[i].Content = bytes.Repeat([]byte{byte(i)}, 3<<20)
		want[data.Files[i].Name] = bytes.Clone(data.Files[i].Metadata)
	}
	require.Greater(t, len(want), 1)
	var keeper *metadataKeeper
	keep := func(dst datatransfer.Destination, err error) (datatransfer.Destination, error) {
		keeper = &metadataKeeper{dst, map[string]json.RawMessage{}}
		return keeper, err
	}
	instance := &transfertest.MemoryInstance{Schemas: data.Schemas}
	require.NoError(t, instance.Fill(t.Context(), data.Source()))
	b := newBackend(t, remote.HandlerOptions{
		Source:      instance.Source,
		Destination: func(ctx context.Context) (datatransfer.Destination, error) { return keep(instance.Destination(ctx)) },
	})
	token := b.issue(t, "full", transfertoken.FullAccess).Secret.Reveal()

	dst, err := remote.Push(t.Context(), b.url(), token, nil)
	require.NoError(t, err)
	_, err = datatransfer.Run(t.Context(), data.Source(), dst, nil)
	require.NoError(t, err)
	requireSameJSON(t, want, keeper.kept)

	src, err := remote.Pull(t.Context(), b.url(), token, nil)
	require.NoError(t, err)
	target, err := keep((&transfertest.MemoryInstance{Schemas: data.Schemas}).Destination(t.Context()))
	require.NoError(t, err)
	_, err = datatransfer.Run(t.Context(), src, target, nil)
	require.NoError(t, err)
	require.NoError(t, src.Close())
	require.Len(t, keeper.kept, len(want))
	for name, metadata := range keeper.kept {
		var row struct{ Hash, Ext string }
		require.NoError(t, json.Unmarshal(metadata, &row), name)
		require.Equal(t, name, row.Hash+row.Ext)
	}
}

func requireSameJSON(t *testing.T, want, got map[string]json.RawMessage) {
	t.Helper()
	require.Len(t, got, len(want))
	for name := range want {
		require.JSONEq(t, string(want[name]), string(got[name]))
	}
}
