package transfertest_test

import (
	"bytes"
	"context"
	"io"
	"sync/atomic"
	"testing"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

var sourceFaults = []fault{
	{"cancelled-reading", "goes on after the error", withSource(func(_ *mutant, s *source) datatransfer.Source {
		s.entities = func(ctx context.Context) entities {
			return func(yield func(datatransfer.Entity, error) bool) {
				for e, err := range s.Source.Entities(ctx) {
					if !yield(e, err) || err != nil && !yield(e, err) {
						return
					}
				}
			}
		}
		return s
	})},
	{"cancelled-reading", "ends without an error", withSource(func(_ *mutant, s *source) datatransfer.Source {
		s.links = func(ctx context.Context) links {
			return func(yield func(datatransfer.Link, error) bool) {
				for l, err := range s.Source.Links(ctx) {
					if err != nil || !yield(l, nil) {
						return
					}
				}
			}
		}
		return s
	})},
	{"cancelled-reading", "never looks at the context", withSource(func(_ *mutant, s *source) datatransfer.Source {
		s.assets = func(ctx context.Context) assets { return s.Source.Assets(context.WithoutCancel(ctx)) }
		return s
	})},
	{"reading-in-part", "needs all entities to be read", withSource(func(_ *mutant, s *source) datatransfer.Source {
		whole := false
		s.entities = func(ctx context.Context) entities {
			return func(yield func(datatransfer.Entity, error) bool) {
				for e, err := range s.Source.Entities(ctx) {
					if !yield(e, err) {
						return
					}
				}
				whole = true
			}
		}
		s.links = func(ctx context.Context) links {
			if !whole {
				return func(yield func(datatransfer.Link, error) bool) { yield(datatransfer.Link{}, errBroken) }
			}
			return s.Source.Links(ctx)
		}
		return s
	})},
	{"bodies-in-part", "has all files in one stream", withSource(func(b *mutant, s *source) datatransfer.Source {
		s.assets = func(ctx context.Context) assets {
			var stream bytes.Buffer
			for _, f := range b.Snapshot().Files {
				stream.Write(f.Content)
			}
			return mapSequence(s.Source.Assets(ctx), func(a datatransfer.Asset) datatransfer.Asset {
				a.Body = io.LimitReader(&stream, a.Size)
				return a
			})
		}
		return s
	})},
	{"records-stay-valid", "uses one buffer for all entities", withSource(func(_ *mutant, s *source) datatransfer.Source {
		s.entities = func(ctx context.Context) entities {
			buffer := make([]byte, 0, 1<<20)
			return mapSequence(s.Source.Entities(ctx), func(e datatransfer.Entity) datatransfer.Entity {
				buffer = append(buffer[:0], e.Data...)
				e.Data = buffer
				return e
			})
		}
		return s
	})},
	{"close-a-source", "fails when it is closed twice", withSource(func(_ *mutant, s *source) datatransfer.Source {
		closed := false
		s.closing = func() error {
			if closed {
				return errBroken
			}
			closed = true
			return s.Source.Close()
		}
		return s
	})},
	{"close-a-source", "yields after Close", withSource(func(_ *mutant, s *source) datatransfer.Source {
		s.closing = func() error { return nil }
		return s
	})},
	{"nothing-is-left-behind", "leaves a goroutine behind each reading", func(t testing.TB) transfertest.Instance {
		end := make(chan struct{})
		t.Cleanup(func() { close(end) })
		return &mutant{source: func(_ *mutant, s *source) datatransfer.Source {
			s.entities = func(ctx context.Context) entities {
				records := make(chan datatransfer.Entity)
				go func() {
					defer close(records)
					for e := range s.Source.Entities(context.WithoutCancel(ctx)) {
						select {
						case records <- e:
						case <-end:
							return
						}
					}
				}()
				return func(yield func(datatransfer.Entity, error) bool) {
					for e := range records {
						if !yield(e, nil) {
							return
						}
					}
				}
			}
			return s
		}}
	}},
	{"nothing-is-left-behind", "keeps connections of readings", func(testing.TB) transfertest.Instance {
		var free atomic.Int64
		free.Store(16)
		return &mutant{source: func(_ *mutant, s *source) datatransfer.Source {
			s.links = func(ctx context.Context) links {
				return func(yield func(datatransfer.Link, error) bool) {
					if free.Add(-1) < 0 {
						yield(datatransfer.Link{}, errBroken)
						return
					}
					for l, err := range s.Source.Links(ctx) {
						if !yield(l, err) {
							return
						}
					}
					free.Add(1)
				}
			}
			return s
		}}
	}},
}
