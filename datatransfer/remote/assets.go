package remote

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// maxUnknownSize bounds a file whose size the remote does not tell, in bytes.
const maxUnknownSize = 16 << 30

// Assets reads the files. The Body of an asset fails with ErrChecksum, instead of io.EOF, if
// the checksum that came with it does not fit.
func (s *Source) Assets(ctx context.Context) iter.Seq2[datatransfer.Asset, error] {
	return func(yield func(datatransfer.Asset, error) bool) {
		items, stop := iter.Pull2(s.items(ctx))
		defer stop()
		if err := s.yieldAssets(items, yield); err != nil && !errors.Is(err, errStopped) {
			s.failed = true
			yield(datatransfer.Asset{}, err)
		}
	}
}

// yieldAssets makes assets of items. It returns errStopped if the consumer wants no more.
func (s *Source) yieldAssets(items func() (wire.Item, error, bool), yield func(datatransfer.Asset, error) bool) error {
	var count int64
	for {
		item, err, ok := items()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		count++
		if err := s.take(1, 0); err != nil {
			return err
		}
		asset, err := s.assetOf(item, items)
		if err != nil {
			where := fmt.Sprintf("asset %d", count)
			return &datatransfer.RecordError{Stage: datatransfer.StageAssets, Where: where, Err: err}
		}
		if !yield(asset, nil) {
			return errStopped
		}
		if _, err := io.Copy(io.Discard, asset.Body); err != nil {
			return err
		}
	}
	if totals := s.started[datatransfer.StageAssets].Totals; totals != nil && totals.TotalCount != count {
		return fmt.Errorf("%w: %d files were announced, and %d came", ErrCount, totals.TotalCount, count)
	}
	return nil
}

// assetOf returns the asset that item begins.
func (s *Source) assetOf(item wire.Item, items func() (wire.Item, error, bool)) (datatransfer.Asset, error) {
	if item.Action != wire.ItemStart {
		return datatransfer.Asset{}, fmt.Errorf("%w: bytes of a file before its start", datatransfer.ErrInvalid)
	}
	if err := datatransfer.CheckAssetName(item.Name); err != nil {
		return datatransfer.Asset{}, err
	}
	var p datatransfer.Parser
	metadata, err := p.Object(item.Metadata)
	if err != nil {
		return datatransfer.Asset{}, err
	}
	size := item.Size
	if size == 0 && !isEmpty(metadata) { // of a file in a cloud, where Strapi does not always learn the size
		size = -1
	}
	return datatransfer.Asset{
		Name:     item.Name,
		Size:     size,
		Metadata: bytes.Clone(metadata),
		Body: &assetBody{
			items:    items,
			id:       item.AssetID,
			name:     item.Name,
			size:     size,
			checksum: s.checksums,
			sum:      sha256.New(),
		},
	}, nil
}

// isEmpty reports whether the row of a file says that the file is empty.
func isEmpty(metadata []byte) bool {
	var row struct {
		Size *float64 `json:"size"`
	}
	return json.Unmarshal(metadata, &row) == nil && row.Size != nil && *row.Size == 0
}

// items reads the items of the assets stage.
func (s *Source) items(ctx context.Context) iter.Seq2[wire.Item, error] {
	return func(yield func(wire.Item, error) bool) {
		var buffer []byte
		err := s.frames(ctx, datatransfer.StageAssets, func(data jsontext.Value) error {
			return readItems(data, func(text jsontext.Value) error {
				item, err := wire.ParseItem(text, buffer)
				if err != nil {
					return &datatransfer.RecordError{Stage: datatransfer.StageAssets, Err: err}
				}
				if err := s.take(0, len(item.Chunk)); err != nil {
					return err
				}
				if cap(item.Chunk) > cap(buffer) {
					buffer = item.Chunk[:0]
				}
				if !yield(item, nil) {
					return errStopped
				}
				return nil
			})
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(wire.Item{}, err)
		}
	}
}

// readItems calls item for each item of a frame: an array with one array of items, or the items
// themselves.
func readItems(data jsontext.Value, item func(text jsontext.Value) error) error {
	return wire.ReadArray(data, func(value jsontext.Value) error {
		if value.Kind() == '[' {
			return wire.ReadArray(value, item)
		}
		return item(value)
	})
}

// assetBody reads the bytes of one asset from items, up to and including its end.
type assetBody struct {
	items    func() (wire.Item, error, bool)
	id       string
	name     string
	size     int64 // -1: unknown
	checksum bool  // the end must have one
	sum      hash.Hash
	read     int64
	chunk    []byte
	err      error // the end of the body
}

func (b *assetBody) Read(p []byte) (int, error) {
	for len(b.chunk) == 0 && b.err == nil {
		b.chunk, b.err = b.next()
	}
	if len(b.chunk) == 0 {
		return 0, b.err
	}
	n := copy(p, b.chunk)
	b.chunk = b.chunk[n:]
	return n, nil
}

// next returns the next bytes, or io.EOF after the end of the asset.
func (b *assetBody) next() ([]byte, error) {
	item, err, ok := b.items()
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, b.invalid("the stage ended before the file")
	case item.AssetID != b.id:
		return nil, b.invalid("parts of two files are mixed")
	}
	switch item.Action {
	case wire.ItemStream:
		b.read += int64(len(item.Chunk))
		switch {
		case b.size >= 0 && b.read > b.size:
			return nil, b.invalid("the file has more bytes than were announced")
		case b.size < 0 && b.read > maxUnknownSize:
			return nil, b.failure(fmt.Errorf("%w: the file has no size and does not end", datatransfer.ErrTooLarge))
		}
		b.sum.Write(item.Chunk)
		return item.Chunk, nil
	case wire.ItemEnd:
		switch {
		case b.size >= 0 && b.read != b.size:
			return nil, b.invalid("the file has fewer bytes than were announced")
		case item.Checksum == "" && b.checksum:
			return nil, b.failure(fmt.Errorf("%w: the remote agreed to send one, and did not", ErrChecksum))
		case item.Checksum != "" && !strings.EqualFold(item.Checksum, hex.EncodeToString(b.sum.Sum(nil))):
			return nil, b.failure(ErrChecksum)
		}
		return nil, io.EOF
	}
	return nil, b.invalid("a file begins twice")
}

func (b *assetBody) invalid(problem string) error {
	return b.failure(fmt.Errorf("%w: %s", datatransfer.ErrInvalid, problem))
}

func (b *assetBody) failure(err error) error {
	return &datatransfer.RecordError{Stage: datatransfer.StageAssets, Where: b.name, Err: err}
}
