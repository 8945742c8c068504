package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Entities returns the entities in the order of the archive.
func (r *Reader) Entities(ctx context.Context) iter.Seq2[datatransfer.Entity, error] {
	return records(r, ctx, datatransfer.StageEntities, (*datatransfer.Parser).Entity)
}

// Links returns the links in the order of the archive.
func (r *Reader) Links(ctx context.Context) iter.Seq2[datatransfer.Link, error] {
	return records(r, ctx, datatransfer.StageLinks, (*datatransfer.Parser).Link)
}

// Configuration returns the settings and webhooks in the order of the archive.
func (r *Reader) Configuration(ctx context.Context) iter.Seq2[datatransfer.Config, error] {
	return records(r, ctx, datatransfer.StageConfiguration, (*datatransfer.Parser).Config)
}

// records returns the records of a stage.
func records[T any](
	r *Reader, ctx context.Context, stage datatransfer.Stage, parse func(*datatransfer.Parser, []byte) (T, error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for record, err := range placedRecords(r, ctx, stage, parse) {
			if !yield(record.value, err) {
				return
			}
		}
	}
}

// A placed record knows where it stands.
type placed[T any] struct {
	value T
	entry *entry
	line  int64
}

func placedRecords[T any](
	r *Reader, ctx context.Context, stage datatransfer.Stage, parse func(*datatransfer.Parser, []byte) (T, error),
) iter.Seq2[placed[T], error] {
	return func(yield func(placed[T], error) bool) {
		parser := datatransfer.Parser{MaxRecord: r.limits.Record}
		lines := newLineReader(r.limits)
		for e, err := range r.entries(ctx, stage) {
			if err != nil {
				yield(placed[T]{}, err)
				return
			}
			lines.reset(e)
			for {
				line, err := lines.next()
				if err == io.EOF {
					break
				}
				record := placed[T]{entry: e, line: lines.line}
				if err == nil {
					err = ctx.Err()
				}
				if err == nil {
					record.value, err = parse(&parser, bytes.Clone(line))
				}
				if err != nil {
					yield(placed[T]{}, recordError(e, lines.line, err))
					return
				}
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

// Assets returns the files in the order of the archive. The metadata of a file that does
// not stand directly before it comes from the temporary file.
func (r *Reader) Assets(ctx context.Context) iter.Seq2[datatransfer.Asset, error] {
	return func(yield func(datatransfer.Asset, error) bool) {
		var last string // name of the asset that metadata belongs to
		var metadata json.RawMessage
		for e, err := range r.entries(ctx, datatransfer.StageAssets) {
			switch {
			case err != nil:
			case e.kind == assetMetadata:
				last = e.asset
				metadata, err = readSmall(e, r.limits)
				metadata = bytes.TrimSpace(metadata)
			case e.asset != last:
				metadata, err = r.spooledMetadata(e)
			}
			if err != nil {
				yield(datatransfer.Asset{}, err)
				return
			}
			if e.kind == assetMetadata {
				continue
			}
			asset := datatransfer.Asset{Name: e.asset, Size: e.size, Metadata: metadata, Body: assetBody{e}}
			last = ""
			if !yield(asset, nil) {
				return
			}
		}
	}
}

// spooledMetadata returns the metadata of an asset that was set aside.
func (r *Reader) spooledMetadata(e *entry) (json.RawMessage, error) {
	if r.files == nil || !r.files.has(e.asset) || *r.files.number(e.asset)>>assetFlags == 0 {
		return nil, recordError(e, 0, fmt.Errorf("%w: it was changed while it was read", ErrCorrupt))
	}
	_, text, err := r.spool.metadata(*r.files.number(e.asset)>>assetFlags - 1)
	return text, err
}

// An assetBody is the content of an asset. Its errors say where they happened.
type assetBody struct{ entry *entry }

func (b assetBody) Read(p []byte) (int, error) {
	n, err := b.entry.body.Read(p)
	if err != nil && err != io.EOF {
		err = recordError(b.entry, 0, err)
	}
	return n, err
}

// readContents returns the contents of an archive whose entries stand in another order
// than the stages.
func (r *Reader) readContents(ctx context.Context) (*contents, error) {
	r.info.dropContents()
	c := newContents(&r.info, r.schemas, r.files)
	for record, err := range placedRecords(r, ctx, datatransfer.StageEntities, (*datatransfer.Parser).Entity) {
		if err != nil {
			return nil, err
		}
		c.entity(record.entry, record.line, &record.value)
	}
	checker := metadataChecker{}
	checker.parser.MaxRecord = r.limits.Record
	for e, err := range r.entries(ctx, datatransfer.StageAssets) {
		if err != nil {
			return nil, err
		}
		if e.kind != assetMetadata {
			continue
		}
		text, err := readSmall(e, r.limits)
		if err != nil {
			return nil, err
		}
		_, row, err := checker.check(e.asset, text)
		if err != nil {
			return nil, recordError(e, 0, err)
		}
		c.asset(e, row)
	}
	for record, err := range placedRecords(r, ctx, datatransfer.StageLinks, (*datatransfer.Parser).Link) {
		if err != nil {
			return nil, err
		}
		c.link(record.entry, record.line, &record.value)
	}
	for record, err := range placedRecords(r, ctx, datatransfer.StageConfiguration, (*datatransfer.Parser).Config) {
		if err != nil {
			return nil, err
		}
		c.config(record.entry, record.line, &record.value)
	}
	return c, nil
}

// listMissing reads the entities again, to say which of them name files that the archive
// lacks.
func (r *Reader) listMissing(ctx context.Context, c *contents) error {
	for record, err := range placedRecords(r, ctx, datatransfer.StageEntities, (*datatransfer.Parser).Entity) {
		if err != nil {
			return err
		}
		c.entity(record.entry, record.line, &record.value)
		if len(c.missing) == 0 {
			break
		}
	}
	return nil
}

// nameUnpaired returns the error for the first file that has no metadata.
func (r *Reader) nameUnpaired(ctx context.Context) error {
	for e, err := range r.entries(ctx, datatransfer.StageAssets) {
		if err != nil {
			return err
		}
		if e.kind == assetUpload && *r.files.number(e.asset)&hasMetadata == 0 {
			return recordError(e, 0, fmt.Errorf("%w: the file has no metadata", ErrCorrupt))
		}
	}
	return fmt.Errorf("%w: a file has no metadata", ErrCorrupt)
}
