package transfertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// A Snapshot is the data of an instance at one moment, held in memory. The zero
// Snapshot is that of an empty instance.
type Snapshot struct {
	Metadata      datatransfer.Metadata
	Schemas       datatransfer.Schemas
	Entities      []datatransfer.Entity
	Files         []File
	Links         []datatransfer.Link
	Configuration []datatransfer.Config
}

// A File is a [datatransfer.Asset] together with its bytes.
type File struct {
	Name     string
	Metadata json.RawMessage
	Content  []byte
}

// ReadSnapshot reads all of src, including the bytes of the files. It does not close
// src. An error of src is returned unchanged.
func ReadSnapshot(ctx context.Context, src datatransfer.Source) (*Snapshot, error) {
	s := new(Snapshot)
	var err error
	if s.Metadata, err = src.Metadata(ctx); err != nil {
		return nil, err
	}
	if s.Schemas, err = src.Schemas(ctx); err != nil {
		return nil, err
	}
	if s.Entities, err = collect(src.Entities(ctx)); err != nil {
		return nil, err
	}
	for asset, err := range src.Assets(ctx) {
		if err != nil {
			return nil, err
		}
		file, err := readFile(asset)
		if err != nil {
			return nil, err
		}
		s.Files = append(s.Files, file)
	}
	if s.Links, err = collect(src.Links(ctx)); err != nil {
		return nil, err
	}
	s.Configuration, err = collect(src.Configuration(ctx))
	return s, err
}

func collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for record, err := range seq {
		if err != nil {
			return nil, err
		}
		all = append(all, record)
	}
	return all, nil
}

// readFile returns the asset with its bytes. It fails if they are fewer or more than
// the asset announces.
func readFile(asset datatransfer.Asset) (File, error) {
	var content bytes.Buffer
	if asset.Body != nil {
		if _, err := io.Copy(&content, asset.Body); err != nil {
			return File{}, err
		}
	}
	if n := int64(content.Len()); asset.Size >= 0 && n != asset.Size {
		return File{}, fmt.Errorf("%w: asset %q has %d bytes, %d were announced",
			datatransfer.ErrInvalid, asset.Name, n, asset.Size)
	}
	return File{Name: asset.Name, Metadata: slices.Clone(asset.Metadata), Content: content.Bytes()}, nil
}

// Asset returns the file as an asset whose body can be read once.
func (f File) Asset() datatransfer.Asset {
	return datatransfer.Asset{
		Name:     f.Name,
		Size:     int64(len(f.Content)),
		Metadata: f.Metadata,
		Body:     bytes.NewReader(f.Content),
	}
}

// Source returns a new reading of s. s must not be changed before it is closed.
func (s *Snapshot) Source() datatransfer.Source { return &snapshotSource{data: s} }

// clone returns a copy whose slices can be appended to and whose elements can be
// replaced.
func (s *Snapshot) clone() *Snapshot {
	c := *s
	c.Schemas = slices.Clone(s.Schemas)
	c.Entities = slices.Clone(s.Entities)
	c.Files = slices.Clone(s.Files)
	c.Links = slices.Clone(s.Links)
	c.Configuration = slices.Clone(s.Configuration)
	return &c
}

var errClosed = errors.New("transfertest: the source is closed")

// snapshotSource is one reading of a Snapshot. Its methods may be called in any order
// and any number of times.
type snapshotSource struct {
	data   *Snapshot
	closed atomic.Bool
}

var _ datatransfer.Source = (*snapshotSource)(nil)

func (s *snapshotSource) check(ctx context.Context) error {
	if s.closed.Load() {
		return errClosed
	}
	return ctx.Err()
}

func (s *snapshotSource) Metadata(ctx context.Context) (datatransfer.Metadata, error) {
	return s.data.Metadata, s.check(ctx)
}

func (s *snapshotSource) Schemas(ctx context.Context) (datatransfer.Schemas, error) {
	return slices.Clone(s.data.Schemas), s.check(ctx)
}

func (s *snapshotSource) Entities(ctx context.Context) iter.Seq2[datatransfer.Entity, error] {
	return read(ctx, s, s.data.Entities, func(e datatransfer.Entity) datatransfer.Entity { return e })
}

func (s *snapshotSource) Assets(ctx context.Context) iter.Seq2[datatransfer.Asset, error] {
	return read(ctx, s, s.data.Files, File.Asset)
}

func (s *snapshotSource) Links(ctx context.Context) iter.Seq2[datatransfer.Link, error] {
	return read(ctx, s, s.data.Links, func(l datatransfer.Link) datatransfer.Link { return l })
}

func (s *snapshotSource) Configuration(ctx context.Context) iter.Seq2[datatransfer.Config, error] {
	return read(ctx, s, s.data.Configuration, func(c datatransfer.Config) datatransfer.Config { return c })
}

func (s *snapshotSource) Close() error {
	s.closed.Store(true)
	return nil
}

// read yields the records until the source is closed or the context is done.
func read[K, T any](ctx context.Context, s *snapshotSource, kept []K, record func(K) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for i := 0; ; i++ {
			if err := s.check(ctx); err != nil {
				var none T
				yield(none, err)
				return
			}
			if i == len(kept) || !yield(record(kept[i]), nil) {
				return
			}
		}
	}
}
