package transfertest_test

import (
	"context"
	"iter"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

type (
	entities      = iter.Seq2[datatransfer.Entity, error]
	assets        = iter.Seq2[datatransfer.Asset, error]
	links         = iter.Seq2[datatransfer.Link, error]
	configuration = iter.Seq2[datatransfer.Config, error]
)

// mutant is a MemoryInstance in which single faults are planted.
type mutant struct {
	transfertest.MemoryInstance
	source      func(*mutant, *source) datatransfer.Source
	destination func(*mutant, *destination) datatransfer.Destination
}

func (b *mutant) Source(ctx context.Context) (datatransfer.Source, error) {
	src, err := b.MemoryInstance.Source(ctx)
	if err != nil || b.source == nil {
		return src, err
	}
	return b.source(b, &source{Source: src}), nil
}

func (b *mutant) Destination(ctx context.Context) (datatransfer.Destination, error) {
	dst, err := b.MemoryInstance.Destination(ctx)
	if err != nil || b.destination == nil {
		return dst, err
	}
	return b.destination(b, &destination{Destination: dst}), nil
}

// inner returns a new destination without a fault.
func (b *mutant) inner() datatransfer.Destination {
	dst, _ := b.MemoryInstance.Destination(context.Background())
	return dst
}

// source is a Source some of whose methods are replaced.
type source struct {
	datatransfer.Source
	entities func(context.Context) entities
	assets   func(context.Context) assets
	links    func(context.Context) links
	config   func(context.Context) configuration
	closing  func() error
}

func (s *source) Entities(ctx context.Context) entities {
	if s.entities != nil {
		return s.entities(ctx)
	}
	return s.Source.Entities(ctx)
}

func (s *source) Assets(ctx context.Context) assets {
	if s.assets != nil {
		return s.assets(ctx)
	}
	return s.Source.Assets(ctx)
}

func (s *source) Links(ctx context.Context) links {
	if s.links != nil {
		return s.links(ctx)
	}
	return s.Source.Links(ctx)
}

func (s *source) Configuration(ctx context.Context) configuration {
	if s.config != nil {
		return s.config(ctx)
	}
	return s.Source.Configuration(ctx)
}

func (s *source) Close() error {
	if s.closing != nil {
		return s.closing()
	}
	return s.Source.Close()
}

// destination is a Destination some of whose methods are replaced.
type destination struct {
	datatransfer.Destination
	schemas  func(context.Context) (datatransfer.Schemas, error)
	begin    func(context.Context, datatransfer.Start) error
	entities func(context.Context, entities) error
	assets   func(context.Context, assets) error
	links    func(context.Context, links) error
	config   func(context.Context, configuration) error
	commit   func(context.Context) error
	rollback func(context.Context) error
}

func (d *destination) Schemas(ctx context.Context) (datatransfer.Schemas, error) {
	if d.schemas != nil {
		return d.schemas(ctx)
	}
	return d.Destination.Schemas(ctx)
}

func (d *destination) Begin(ctx context.Context, start datatransfer.Start) error {
	if d.begin != nil {
		return d.begin(ctx, start)
	}
	return d.Destination.Begin(ctx, start)
}

func (d *destination) WriteEntities(ctx context.Context, seq entities) error {
	if d.entities != nil {
		return d.entities(ctx, seq)
	}
	return d.Destination.WriteEntities(ctx, seq)
}

func (d *destination) WriteAssets(ctx context.Context, seq assets) error {
	if d.assets != nil {
		return d.assets(ctx, seq)
	}
	return d.Destination.WriteAssets(ctx, seq)
}

func (d *destination) WriteLinks(ctx context.Context, seq links) error {
	if d.links != nil {
		return d.links(ctx, seq)
	}
	return d.Destination.WriteLinks(ctx, seq)
}

func (d *destination) WriteConfiguration(ctx context.Context, seq configuration) error {
	if d.config != nil {
		return d.config(ctx, seq)
	}
	return d.Destination.WriteConfiguration(ctx, seq)
}

func (d *destination) Commit(ctx context.Context) error {
	if d.commit != nil {
		return d.commit(ctx)
	}
	return d.Destination.Commit(ctx)
}

func (d *destination) Rollback(ctx context.Context) error {
	if d.rollback != nil {
		return d.rollback(ctx)
	}
	return d.Destination.Rollback(ctx)
}

// mapSequence returns the sequence with each record changed.
func mapSequence[T any](seq iter.Seq2[T, error], change func(T) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for record, err := range seq {
			if err == nil {
				record = change(record)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// cutAtFailure returns the sequence up to its error or panic, which it puts into failure.
func cutAtFailure[T any](seq iter.Seq2[T, error], failure *any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		stopped := false
		defer func() {
			if r := recover(); r != nil && !stopped {
				*failure = r
			}
		}()
		for record, err := range seq {
			if err != nil {
				*failure = err
				return
			}
			if !yield(record, nil) {
				stopped = true
				return
			}
		}
	}
}

// appendTo returns the sequence with more records behind its own.
func appendTo[T any](seq iter.Seq2[T, error], more []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for record, err := range seq {
			if !yield(record, err) || err != nil {
				return
			}
		}
		for _, record := range more {
			if !yield(record, nil) {
				return
			}
		}
	}
}

// all returns the records of a sequence up to an error.
func all[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var records []T
	for record, err := range seq {
		if err != nil {
			return records, err
		}
		records = append(records, record)
	}
	return records, nil
}

// sequenceOf returns the sequence of records.
func sequenceOf[T any](records []T) iter.Seq2[T, error] {
	return appendTo(func(func(T, error) bool) {}, records)
}
