package compare_test

import (
	"context"
	"iter"
	"testing"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// An entitySource has only the entities of some lines. An archive would not hold all of what the tests compare.
type entitySource struct {
	testing.TB
	lines []string
}

func (s entitySource) Metadata(context.Context) (datatransfer.Metadata, error) {
	return datatransfer.Metadata{}, nil
}

func (s entitySource) Schemas(context.Context) (datatransfer.Schemas, error) { return nil, nil }

func (s entitySource) Entities(context.Context) iter.Seq2[datatransfer.Entity, error] {
	return func(yield func(datatransfer.Entity, error) bool) {
		var parser datatransfer.Parser
		for _, line := range s.lines {
			entity, err := parser.Entity([]byte(line))
			if !yield(entity, err) || err != nil {
				return
			}
		}
	}
}

func (s entitySource) Assets(context.Context) iter.Seq2[datatransfer.Asset, error] {
	return func(func(datatransfer.Asset, error) bool) {}
}

func (s entitySource) Links(context.Context) iter.Seq2[datatransfer.Link, error] {
	return func(func(datatransfer.Link, error) bool) {}
}

func (s entitySource) Configuration(context.Context) iter.Seq2[datatransfer.Config, error] {
	return func(func(datatransfer.Config, error) bool) {}
}

func (s entitySource) Close() error { return nil }
