package serve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// feed is the Source that a push makes of what arrives: the goroutine of the connection gives
// it records, and the goroutine of Run takes them. Nothing is stored between the two, so a
// client that is faster than the Destination has to wait.
type feed struct {
	running  context.Context // of Run: it ends a Read of a file of which no more will come
	metadata datatransfer.Metadata
	schemas  datatransfer.Schemas

	entities      chan []datatransfer.Entity
	assets        chan []datatransfer.Asset
	links         chan []datatransfer.Link
	configuration chan []datatransfer.Config
	finished      map[datatransfer.Stage]bool

	stopped <-chan struct{} // closed when Run has returned: nobody takes records any more
	asset   *arriving       // that has been started and not ended
	buffers [2][]byte       // that chunks are decoded into in turn: the one before may still be read
	turn    int
}

func newFeed(
	running context.Context, metadata datatransfer.Metadata, schemas datatransfer.Schemas, stopped <-chan struct{},
) *feed {
	return &feed{
		running:       running,
		metadata:      metadata,
		schemas:       schemas,
		entities:      make(chan []datatransfer.Entity),
		assets:        make(chan []datatransfer.Asset),
		links:         make(chan []datatransfer.Link),
		configuration: make(chan []datatransfer.Config),
		finished:      make(map[datatransfer.Stage]bool),
		stopped:       stopped,
	}
}

func (f *feed) Metadata(context.Context) (datatransfer.Metadata, error) { return f.metadata, nil }

func (f *feed) Schemas(context.Context) (datatransfer.Schemas, error) { return f.schemas, nil }

func (f *feed) Close() error { return nil }

func (f *feed) Entities(ctx context.Context) iter.Seq2[datatransfer.Entity, error] {
	return receive(ctx, f.entities, nil)
}

func (f *feed) Links(ctx context.Context) iter.Seq2[datatransfer.Link, error] {
	return receive(ctx, f.links, nil)
}

func (f *feed) Configuration(ctx context.Context) iter.Seq2[datatransfer.Config, error] {
	return receive(ctx, f.configuration, nil)
}

func (f *feed) Assets(ctx context.Context) iter.Seq2[datatransfer.Asset, error] {
	return receive(ctx, f.assets, func(asset datatransfer.Asset) error {
		_, err := io.Copy(io.Discard, asset.Body) // what the consumer has left
		return err
	})
}

// receive yields what comes from the channel until it is closed. after, if it is not nil, is
// called with each record when the consumer has returned.
func receive[T any](ctx context.Context, from <-chan []T, after func(T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		for {
			select {
			case records, ok := <-from:
				if !ok {
					return
				}
				for _, record := range records {
					if !yield(record, nil) {
						return
					}
					if after == nil {
						continue
					}
					if err := after(record); err != nil {
						yield(zero, err)
						return
					}
				}
			case <-ctx.Done():
				yield(zero, context.Cause(ctx))
				return
			}
		}
	}
}

// errStopped means that Run has returned, and that its error says more.
var errStopped = errors.New("serve: the transfer has ended")

// give hands something to Run.
func give[T any](f *feed, to chan<- T, thing T) error {
	select {
	case to <- thing:
		return nil
	case <-f.stopped:
		return errStopped
	}
}

// finish ends a stage. It may be called more than once.
func (f *feed) finish(stage datatransfer.Stage) {
	if f.finished[stage] {
		return
	}
	f.finished[stage] = true
	switch stage {
	case datatransfer.StageEntities:
		close(f.entities)
	case datatransfer.StageAssets:
		close(f.assets)
	case datatransfer.StageLinks:
		close(f.links)
	case datatransfer.StageConfiguration:
		close(f.configuration)
	}
}

// arriving is an asset of which parts have come.
type arriving struct {
	id      string
	name    string
	chunks  chan []byte
	sum     hash.Hash
	read    int64
	rest    []byte
	running context.Context
}

// Read reads what has come of the asset.
func (a *arriving) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		select {
		case chunk, ok := <-a.chunks:
			if !ok {
				return 0, io.EOF
			}
			a.rest = chunk
		case <-a.running.Done():
			return 0, context.Cause(a.running)
		}
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// item takes a part of an asset. checksums says that the end of an asset must have a checksum.
func (f *feed) item(text []byte, checksums bool, limit int64) error {
	item, err := wire.ParseItem(text, f.buffers[f.turn])
	if err != nil {
		return err
	}
	switch {
	case item.Action == wire.ItemStart && f.asset != nil:
		return invalidf("a file begins before the one before has ended")
	case item.Action != wire.ItemStart && f.asset == nil:
		return invalidf("a part of a file before its start")
	case item.Action != wire.ItemStart && item.AssetID != f.asset.id:
		return invalidf("parts of two files are mixed")
	}
	switch item.Action {
	case wire.ItemStart:
		return f.startAsset(item, limit)
	case wire.ItemStream:
		f.buffers[f.turn] = item.Chunk[:0]
		f.turn = 1 - f.turn
		return f.giveChunk(item.Chunk, limit)
	default:
		return f.endAsset(item, checksums)
	}
}

func (f *feed) startAsset(item wire.Item, limit int64) error {
	if err := datatransfer.CheckAssetName(item.Name); err != nil {
		return err
	}
	if item.Size < 0 {
		return invalidf("the size of a file is missing")
	}
	if limit > 0 && item.Size > limit {
		return fmt.Errorf("%w: a file has %d bytes, of at most %d", datatransfer.ErrTooLarge, item.Size, limit)
	}
	var p datatransfer.Parser
	metadata, err := p.Object(item.Metadata)
	if err != nil {
		return err
	}
	f.asset = &arriving{
		id: item.AssetID, name: item.Name, chunks: make(chan []byte), sum: sha256.New(), running: f.running,
	}
	return give(f, f.assets, []datatransfer.Asset{{
		Name: item.Name, Size: item.Size, Metadata: bytes.Clone(metadata), Body: f.asset,
	}})
}

func (f *feed) giveChunk(chunk []byte, limit int64) error {
	f.asset.read += int64(len(chunk))
	if limit > 0 && f.asset.read > limit {
		return fmt.Errorf("%w: a file has more than %d bytes", datatransfer.ErrTooLarge, limit)
	}
	f.asset.sum.Write(chunk)
	return give(f, f.asset.chunks, chunk)
}

func (f *feed) endAsset(item wire.Item, checksums bool) error {
	asset := f.asset
	switch {
	case item.Checksum == "" && checksums:
		return invalidf("the checksum of a file is missing")
	case item.Checksum != "" && !strings.EqualFold(item.Checksum, hex.EncodeToString(asset.sum.Sum(nil))):
		return invalidf("the checksum of the file %q is wrong", asset.name)
	}
	f.asset = nil
	close(asset.chunks)
	return nil
}

// invalidf returns an error that is datatransfer.ErrInvalid. The arguments must not be content
// of a record.
func invalidf(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{datatransfer.ErrInvalid}, args...)...)
}
