package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Schemas returns nil: an archive takes data of any type.
func (w *Writer) Schemas(ctx context.Context) (datatransfer.Schemas, error) {
	return nil, ctx.Err()
}

// Begin creates the file of the archive and writes the schemas.
func (w *Writer) Begin(ctx context.Context, start datatransfer.Start) error {
	if w.state != writerNew {
		return errors.New("archive: Begin was called before")
	}
	if err := errors.Join(ctx.Err(), w.checkTarget()); err != nil {
		return err
	}
	if len(start.Schemas) == 0 {
		return fmt.Errorf("%w: an archive without schemas cannot be imported", datatransfer.ErrInvalid)
	}
	w.state, w.failed = writerBegun, errUnfinished
	w.failed = w.begin(start)
	return w.failed
}

// errUnfinished is the failure of a method that has panicked.
var errUnfinished = errors.New("archive: a method has not returned")

func (w *Writer) begin(start datatransfer.Start) (err error) {
	if w.sink, err = w.createSink(); err != nil {
		return err
	}
	w.buffer = make([]byte, copyBuffer)
	w.assets = newAssetNames()
	w.lines = &lineFiles{sink: w.sink, limit: w.opts.FileSize, tempDir: w.opts.TempDir}
	metadata, err := start.Metadata.MarshalJSON()
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, metadata, "", "  "); err != nil {
		return err
	}
	w.metadata = indented.Bytes()
	return w.writeSchemas(start.Schemas)
}

func (w *Writer) createSink() (sink, error) {
	if w.opts.Format == FormatDir {
		s, err := newDirSink(w.name)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	s, err := newTarSink(w.name, &w.opts, w.opts.Now())
	if err != nil {
		return nil, err
	}
	return s, nil
}

// writeSchemas writes the schemas, which a Reader takes up to the size of a record.
func (w *Writer) writeSchemas(schemas datatransfer.Schemas) error {
	w.lines.begin("schemas")
	var size int
	known := make(map[string]bool, len(schemas))
	for _, schema := range schemas {
		if known[schema.UID] {
			return fmt.Errorf("%w: two schemas of %q", datatransfer.ErrInvalid, shorten(schema.UID))
		}
		known[schema.UID] = true
		n, err := w.lines.add(schema)
		if size += n; err == nil && size > datatransfer.MaxRecord {
			err = fmt.Errorf("%w: the schemas have more than %d bytes",
				datatransfer.ErrTooLarge, datatransfer.MaxRecord)
		}
		if err != nil {
			return err
		}
	}
	return w.lines.end()
}

// WriteEntities writes the entities.
func (w *Writer) WriteEntities(ctx context.Context, seq iter.Seq2[datatransfer.Entity, error]) error {
	return writeRecords(w, ctx, datatransfer.StageEntities, seq)
}

// WriteLinks writes the links.
func (w *Writer) WriteLinks(ctx context.Context, seq iter.Seq2[datatransfer.Link, error]) error {
	return writeRecords(w, ctx, datatransfer.StageLinks, seq)
}

// WriteConfiguration writes the settings and webhooks.
func (w *Writer) WriteConfiguration(ctx context.Context, seq iter.Seq2[datatransfer.Config, error]) error {
	return writeRecords(w, ctx, datatransfer.StageConfiguration, seq)
}

func writeRecords[T jsonAppender](
	w *Writer, ctx context.Context, stage datatransfer.Stage, seq iter.Seq2[T, error],
) error {
	return w.writeStage(ctx, stage, func() error {
		w.lines.begin(string(stage))
		n := 0
		for record, err := range seq {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			n++
			if _, err := w.lines.add(record); err != nil {
				return &datatransfer.RecordError{Stage: stage, Where: fmt.Sprintf("record %d", n), Err: err}
			}
		}
		return w.lines.end()
	})
}

// WriteAssets writes the files, each after its metadata. A file whose size is unknown is
// written to a temporary file first.
func (w *Writer) WriteAssets(ctx context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	return w.writeStage(ctx, datatransfer.StageAssets, func() error {
		for asset, err := range seq {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			if asset.Body != nil {
				asset.Body = contextReader{ctx, asset.Body}
			}
			if err := w.writeAsset(&asset); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *Writer) writeAsset(asset *datatransfer.Asset) error {
	metadata, err := w.checkAsset(asset)
	if err != nil {
		return &datatransfer.RecordError{Stage: datatransfer.StageAssets, Where: shorten(asset.Name), Err: err}
	}
	if asset.Size < 0 {
		s, err := newSpool(w.opts.TempDir)
		if err != nil {
			return err
		}
		defer s.close()
		if _, err := io.CopyBuffer(struct{ io.Writer }{s}, asset.Body, w.buffer); err != nil {
			return err
		}
		asset.Size = s.size
		if asset.Body, err = s.section(0, s.size); err != nil {
			return err
		}
	}
	err = w.sink.add("assets/metadata/"+asset.Name+".json", int64(len(metadata)), bytes.NewReader(metadata))
	if err != nil {
		return err
	}
	err = w.sink.add("assets/uploads/"+asset.Name, asset.Size, asset.Body)
	if errors.Is(err, errSize) {
		return &datatransfer.RecordError{Stage: datatransfer.StageAssets, Where: asset.Name, Err: err}
	}
	return err
}

// checkAsset returns the metadata of an asset that a Reader would take.
func (w *Writer) checkAsset(asset *datatransfer.Asset) ([]byte, error) {
	if err := datatransfer.CheckAssetName(asset.Name); err != nil {
		return nil, err
	}
	if !w.assets.add(asset.Name) {
		return nil, fmt.Errorf("%w: another asset has this name, or one that differs in case only",
			datatransfer.ErrInvalid)
	}
	if asset.Body == nil {
		return nil, fmt.Errorf("%w: an asset without a Body", datatransfer.ErrInvalid)
	}
	metadata, _, err := w.check.check(asset.Name, asset.Metadata)
	return metadata, err
}

// writeStage lets write write a stage. The stages of an archive stand in their order, so
// none can be written after one that follows it.
func (w *Writer) writeStage(ctx context.Context, stage datatransfer.Stage, write func() error) error {
	number := slices.Index(datatransfer.Stages(), stage) + 1
	switch {
	case w.state != writerBegun:
		return errors.New("archive: a stage outside of Begin and Commit")
	case w.failed != nil:
		return fmt.Errorf("archive: the writing has failed before: %w", w.failed)
	case number <= w.stages:
		return fmt.Errorf("archive: the stage %s comes too late", stage)
	}
	w.stages, w.failed = number, errUnfinished
	w.failed = write()
	return w.failed
}

// Commit completes the archive, waits until the disk has it, and gives it its name. With
// any error but [datatransfer.ErrCommitUnknown] there is no new archive.
func (w *Writer) Commit(ctx context.Context) error {
	switch {
	case w.state != writerBegun:
		return errors.New("archive: Commit without Begin, or for the second time")
	case w.failed != nil:
		return fmt.Errorf("archive: the writing has failed before: %w", w.failed)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := w.sink.add(metadataName, int64(len(w.metadata)), bytes.NewReader(w.metadata))
	if err == nil {
		err = errors.Join(w.lines.close(), w.checkTarget())
	}
	if err == nil {
		err = w.sink.commit()
	}
	switch {
	case err == nil:
		w.state = writerCommitted
	case errors.Is(err, datatransfer.ErrCommitUnknown):
		w.state = writerEnded
	default:
		w.failed = err
	}
	return err
}

// Rollback removes what was written.
func (w *Writer) Rollback(context.Context) error {
	if w.state != writerBegun {
		if w.state == writerNew {
			w.state = writerEnded
		}
		return nil
	}
	w.state = writerEnded
	var err error
	if w.lines != nil {
		err = w.lines.close()
	}
	if w.sink != nil {
		err = errors.Join(err, w.sink.rollback())
	}
	return err
}
