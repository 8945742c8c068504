package transfertest

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// memoryDestination collects the records beside the data of its instance, and merges
// them into it at Commit.
type memoryDestination struct {
	instance *MemoryInstance
	state    state
	stage    datatransfer.Stage // the last one that was written
	start    datatransfer.Start
	ids      *idMap
	written  Snapshot
}

var _ datatransfer.Destination = (*memoryDestination)(nil)

// state is the last step of a memoryDestination.
type state string

const (
	stateNew        state = ""
	stateBegun      state = "after Begin"
	stateFailed     state = "after a failure"
	stateCommitted  state = "after Commit"
	stateRolledBack state = "after Rollback"
)

func (d *memoryDestination) Schemas(ctx context.Context) (datatransfer.Schemas, error) {
	return slices.Clone(d.instance.Schemas), ctx.Err()
}

func (d *memoryDestination) Begin(ctx context.Context, start datatransfer.Start) error {
	if err := d.expect(stateNew, "Begin"); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	schemas := start.Schemas
	if d.instance.Schemas != nil {
		schemas = d.instance.Schemas
	}
	d.start, d.ids = start, newIDMap(schemas, d.instance.nextID)
	d.written.Metadata, d.written.Schemas = start.Metadata, slices.Clone(schemas)
	d.state = stateBegun
	return nil
}

func (d *memoryDestination) expect(want state, method string) error {
	if d.state == want {
		return nil
	}
	if d.state == stateNew {
		return fmt.Errorf("transfertest: %s was called before Begin", method)
	}
	return fmt.Errorf("transfertest: %s was called %s", method, d.state)
}

func (d *memoryDestination) WriteEntities(ctx context.Context, seq iter.Seq2[datatransfer.Entity, error]) error {
	return write(ctx, d, datatransfer.StageEntities, seq, func(e datatransfer.Entity) error {
		if err := d.accept(e.Type); err != nil {
			return err
		}
		e, err := d.ids.assign(e)
		d.written.Entities = append(d.written.Entities, e)
		return err
	})
}

// accept returns an error unless the transfer may bring entities of the type.
func (d *memoryDestination) accept(uid string) error {
	if !d.start.Replaces(uid) {
		return fmt.Errorf("%w: an entity of %q, which is not replaced", datatransfer.ErrInvalid, uid)
	}
	if _, known := d.ids.types[uid]; d.instance.Schemas != nil && !known {
		return fmt.Errorf("%w: an entity of %q, which is unknown here", datatransfer.ErrInvalid, uid)
	}
	return nil
}

func (d *memoryDestination) WriteAssets(ctx context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	return write(ctx, d, datatransfer.StageAssets, seq, func(a datatransfer.Asset) error {
		file, err := readFile(a)
		file.Metadata = d.ids.fileMetadata(file.Metadata)
		d.written.Files = append(d.written.Files, file)
		return err
	})
}

// WriteLinks leaves out links to anything that did not come with this transfer.
func (d *memoryDestination) WriteLinks(ctx context.Context, seq iter.Seq2[datatransfer.Link, error]) error {
	return write(ctx, d, datatransfer.StageLinks, seq, func(l datatransfer.Link) error {
		var hasLeft, hasRight bool
		l.Left.Ref, hasLeft = d.ids.lookup(l.Left)
		l.Right.Ref, hasRight = d.ids.lookup(l.Right)
		if hasLeft && hasRight {
			d.written.Links = append(d.written.Links, l)
		}
		return nil
	})
}

func (d *memoryDestination) WriteConfiguration(ctx context.Context, seq iter.Seq2[datatransfer.Config, error]) error {
	return write(ctx, d, datatransfer.StageConfiguration, seq, func(c datatransfer.Config) error {
		d.written.Configuration = append(d.written.Configuration, c)
		return nil
	})
}

// write passes each record of a stage to take. Any failure, a panic of the sequence
// included, leaves nothing but Rollback to be called.
func write[T any](
	ctx context.Context, d *memoryDestination, stage datatransfer.Stage, seq iter.Seq2[T, error], take func(T) error,
) error {
	if err := d.expect(stateBegun, "the Write method of "+string(stage)); err != nil {
		return err
	}
	d.state = stateFailed
	stages := datatransfer.Stages()
	if slices.Index(stages, stage) <= slices.Index(stages, d.stage) {
		return fmt.Errorf("transfertest: %s were written after %s", stage, d.stage)
	}
	d.stage = stage
	for record, err := range seq {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = take(record)
		}
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	d.state = stateBegun
	return nil
}

func (d *memoryDestination) Commit(ctx context.Context) error {
	if err := d.expect(stateBegun, "Commit"); err != nil {
		return err
	}
	d.state = stateFailed
	err := d.instance.replace(func(old *Snapshot) (*Snapshot, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return merge(old, &d.written, d.start)
	})
	if err == nil {
		d.state = stateCommitted
	}
	return err
}

func (d *memoryDestination) Rollback(context.Context) error {
	if d.state != stateCommitted {
		d.state = stateRolledBack
		d.written = Snapshot{}
	}
	return nil
}

// merge returns the data after a transfer: what it brought, and of old what it does not
// replace. Old links stay if both of their ends do.
func merge(old, brought *Snapshot, start datatransfer.Start) (*Snapshot, error) {
	merged := &Snapshot{Metadata: brought.Metadata, Schemas: brought.Schemas}
	for _, s := range old.Schemas {
		if _, known := merged.Schemas.Lookup(s.UID); !known {
			merged.Schemas = append(merged.Schemas, s)
		}
	}
	kept := newIDMap(old.Schemas, func(_ string, id datatransfer.Ref) datatransfer.Ref { return id })
	for _, e := range old.Entities {
		if start.Replaces(e.Type) {
			continue
		}
		if _, err := kept.assign(e); err != nil {
			return nil, err
		}
		merged.Entities = append(merged.Entities, e)
	}
	for _, l := range old.Links {
		_, hasLeft := kept.lookup(l.Left)
		_, hasRight := kept.lookup(l.Right)
		if hasLeft && hasRight {
			merged.Links = append(merged.Links, l)
		}
	}
	if start.Scope.NoFiles {
		merged.Files = slices.Clone(old.Files)
	}
	for _, c := range old.Configuration {
		if !includesConfig(start.Scope, c.Type) {
			merged.Configuration = append(merged.Configuration, c)
		}
	}
	merged.Entities = append(merged.Entities, brought.Entities...)
	merged.Files = append(merged.Files, brought.Files...)
	merged.Links = append(merged.Links, brought.Links...)
	merged.Configuration = append(merged.Configuration, brought.Configuration...)
	return merged, nil
}

// includesConfig reports whether a scope includes configuration of a kind.
func includesConfig(scope datatransfer.Scope, kind string) bool {
	if kind == datatransfer.ConfigWebhook {
		return !scope.NoWebhooks
	}
	return !scope.NoCoreStore
}
