package transfertest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
	"testing"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

var errBroken = errors.New("refused by a broken instance")

// commitOnRollback writes the settings that came before a failure, and commits them
// when it is asked to roll back.
func commitOnRollback(_ *mutant, d *destination) {
	var failure any
	d.config = func(ctx context.Context, seq configuration) error {
		if err := d.Destination.WriteConfiguration(ctx, cutAtFailure(seq, &failure)); err != nil {
			return err
		}
		if err, ok := failure.(error); ok {
			return err
		}
		return nil
	}
	d.rollback = func(ctx context.Context) error {
		if failure != nil {
			_ = d.Destination.Commit(ctx)
		}
		return d.Destination.Rollback(ctx)
	}
}

var failureFaults = []fault{
	{"rollback-at-every-record", "commits what came before an error", withDestination(commitOnRollback)},
	{"rollback-at-every-record", "takes an error for the end", withDestination(func(_ *mutant, d *destination) {
		d.links = func(ctx context.Context, seq links) error {
			var failure any
			return d.Destination.WriteLinks(ctx, cutAtFailure(seq, &failure))
		}
	})},
	{"errors-pass-unchanged", "wraps errors", withDestination(func(_ *mutant, d *destination) {
		d.assets = func(ctx context.Context, seq assets) error {
			if err := d.Destination.WriteAssets(ctx, seq); err != nil {
				return fmt.Errorf("files: %w", err)
			}
			return nil
		}
	})},
	{"cancel-at-every-record", "never looks at the context", withDestination(func(_ *mutant, d *destination) {
		inner := d.Destination
		d.entities = func(ctx context.Context, seq entities) error {
			return inner.WriteEntities(context.WithoutCancel(ctx), seq)
		}
		d.assets = func(ctx context.Context, seq assets) error { return inner.WriteAssets(context.WithoutCancel(ctx), seq) }
		d.links = func(ctx context.Context, seq links) error { return inner.WriteLinks(context.WithoutCancel(ctx), seq) }
		d.config = func(ctx context.Context, seq configuration) error {
			return inner.WriteConfiguration(context.WithoutCancel(ctx), seq)
		}
		d.commit = func(ctx context.Context) error { return inner.Commit(context.WithoutCancel(ctx)) }
	})},
	{"cancelled-before", "commits when its context is done", withDestination(func(_ *mutant, d *destination) {
		d.commit = func(ctx context.Context) error { return d.Destination.Commit(context.WithoutCancel(ctx)) }
	})},
	{"panic-in-a-sequence", "takes a panic for the end", withDestination(func(_ *mutant, d *destination) {
		d.entities = func(ctx context.Context, seq entities) error {
			var failure any
			err := d.Destination.WriteEntities(ctx, cutAtFailure(seq, &failure))
			if failed, ok := failure.(error); ok && ctx.Err() != nil {
				return failed
			}
			return err
		}
	})},
	{"panic-in-a-sequence", "commits in a deferred call", withDestination(func(_ *mutant, d *destination) {
		d.config = func(ctx context.Context, seq configuration) error {
			var failure any
			defer func() {
				if failure != nil {
					_ = d.Destination.Commit(ctx)
					panic(failure)
				}
			}()
			return d.Destination.WriteConfiguration(ctx, cutAtFailure(seq, &failure))
		}
	})},
	{"failure-is-final", "commits what came before an error", withDestination(func(_ *mutant, d *destination) {
		d.config = func(ctx context.Context, seq configuration) error {
			var failure any
			err := d.Destination.WriteConfiguration(ctx, cutAtFailure(seq, &failure))
			if failed, ok := failure.(error); ok {
				return failed
			}
			return err
		}
	})},
	{"sequences-are-taken-once", "counts the links first", withDestination(func(_ *mutant, d *destination) {
		d.links = func(ctx context.Context, seq links) error {
			if _, err := all(seq); err != nil {
				return err
			}
			return d.Destination.WriteLinks(ctx, seq)
		}
	})},
	{"sequences-are-taken-once", "leaves the end of a file unread", withDestination(func(_ *mutant, d *destination) {
		d.assets = func(ctx context.Context, seq assets) error {
			return d.Destination.WriteAssets(ctx, mapSequence(seq, func(a datatransfer.Asset) datatransfer.Asset {
				a.Size = min(a.Size, 1000)
				a.Body = io.LimitReader(a.Body, a.Size)
				return a
			}))
		}
	})},
	{"sequences-are-ended", "leaves a sequence suspended after an error", withDestination(func(_ *mutant, d *destination) {
		d.links = func(ctx context.Context, seq links) error {
			next, stop := iter.Pull2(seq)
			var taken []datatransfer.Link
			for link, err, ok := next(); ok; link, err, ok = next() {
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					return err
				}
				taken = append(taken, link)
			}
			stop()
			return d.Destination.WriteLinks(ctx, sequenceOf(taken))
		}
	})},
}

// noteBegin fills done when Begin has succeeded.
func noteBegin(d *destination, done *bool) {
	d.begin = func(ctx context.Context, start datatransfer.Start) error {
		err := d.Destination.Begin(ctx, start)
		*done = err == nil
		return err
	}
}

var lifecycleFaults = []fault{
	{"rollback-at-any-time", "fails to roll back before Begin", withDestination(func(_ *mutant, d *destination) {
		var begun bool
		noteBegin(d, &begun)
		d.rollback = func(ctx context.Context) error {
			if !begun {
				return errBroken
			}
			return d.Destination.Rollback(ctx)
		}
	})},
	{"rollback-at-any-time", "takes a commit back", withDestination(func(b *mutant, d *destination) {
		old := b.Snapshot()
		d.rollback = func(ctx context.Context) error { return b.Fill(ctx, old.Source()) }
	})},
	{"nothing-before-begin", "begins by itself", withDestination(func(_ *mutant, d *destination) {
		var begun bool
		noteBegin(d, &begun)
		d.entities = func(ctx context.Context, seq entities) error {
			if !begun {
				if err := d.Begin(ctx, datatransfer.Start{}); err != nil {
					return err
				}
			}
			return d.Destination.WriteEntities(ctx, seq)
		}
	})},
	{"begin-once", "begins again", withDestination(func(b *mutant, d *destination) {
		d.begin = func(ctx context.Context, start datatransfer.Start) error {
			d.Destination = b.inner()
			return d.Destination.Begin(ctx, start)
		}
	})},
	{"nothing-after-commit", "commits twice", withDestination(func(_ *mutant, d *destination) {
		committed := false
		d.commit = func(ctx context.Context) error {
			if committed {
				return nil
			}
			err := d.Destination.Commit(ctx)
			committed = err == nil
			return err
		}
	})},
	{"nothing-after-commit", "starts over after Commit", withDestination(func(b *mutant, d *destination) {
		d.commit = func(ctx context.Context) error {
			err := d.Destination.Commit(ctx)
			if err == nil {
				d.Destination = b.inner()
			}
			return err
		}
	})},
	{"nothing-after-rollback", "starts over after Rollback", withDestination(func(b *mutant, d *destination) {
		d.rollback = func(context.Context) error {
			d.Destination = b.inner()
			return nil
		}
	})},
	{"stages-in-order", "loses a stage that comes late", withDestination(func(_ *mutant, d *destination) {
		late := false
		d.config = func(ctx context.Context, seq configuration) error {
			late = true
			return d.Destination.WriteConfiguration(ctx, seq)
		}
		d.links = func(ctx context.Context, seq links) error {
			if late {
				_, err := all(seq)
				return err
			}
			return d.Destination.WriteLinks(ctx, seq)
		}
		d.assets = func(ctx context.Context, seq assets) error {
			if late {
				_, err := all(seq)
				return err
			}
			return d.Destination.WriteAssets(ctx, seq)
		}
		d.entities = func(ctx context.Context, seq entities) error {
			if late {
				_, err := all(seq)
				return err
			}
			return d.Destination.WriteEntities(ctx, seq)
		}
	})},
}

// tearSettings returns an instance whose settings are away for a moment during the second transfer,
// until somebody has read.
func tearSettings(testing.TB) transfertest.Instance {
	var mu sync.Mutex
	begins, torn := 0, false
	seen := make(chan struct{})
	return &mutant{
		source: func(b *mutant, s *source) datatransfer.Source {
			mu.Lock()
			defer mu.Unlock()
			if !torn {
				return s
			}
			torn = false
			close(seen)
			data := b.Snapshot()
			data.Configuration = nil
			return data.Source()
		},
		destination: func(_ *mutant, d *destination) datatransfer.Destination {
			d.begin = func(ctx context.Context, start datatransfer.Start) error {
				mu.Lock()
				begins++
				wait := begins == 2
				torn = wait
				mu.Unlock()
				if wait {
					select {
					case <-seen:
					case <-ctx.Done():
					}
				}
				return d.Destination.Begin(ctx, start)
			}
			return d
		},
	}
}

// doomOverlaps returns an instance in which two transfers that are open at once both fail.
func doomOverlaps(testing.TB) transfertest.Instance {
	var mu sync.Mutex
	open := make(map[*destination]bool) // whether it is doomed
	ended := func(d *destination) (doomed bool) {
		mu.Lock()
		defer mu.Unlock()
		doomed = open[d]
		delete(open, d)
		return doomed
	}
	return &mutant{destination: func(_ *mutant, d *destination) datatransfer.Destination {
		mu.Lock()
		defer mu.Unlock()
		for other := range open {
			open[other] = true
		}
		open[d] = len(open) > 0
		d.commit = func(ctx context.Context) error {
			if ended(d) {
				return errBroken
			}
			return d.Destination.Commit(ctx)
		}
		d.rollback = func(ctx context.Context) error {
			ended(d)
			return d.Destination.Rollback(ctx)
		}
		return d
	}}
}

var isolationFaults = []fault{
	{"readers-see-old-until-commit", "shows its settings before Commit", func(testing.TB) transfertest.Instance {
		var begun *destination
		var early []datatransfer.Config
		return &mutant{
			source: func(b *mutant, s *source) datatransfer.Source {
				data := b.Snapshot()
				if begun != nil {
					data.Configuration = append(data.Configuration, early...)
				}
				return data.Source()
			},
			destination: func(_ *mutant, d *destination) datatransfer.Destination {
				d.config = func(ctx context.Context, seq configuration) error {
					begun, early = d, nil
					seq = mapSequence(seq, func(c datatransfer.Config) datatransfer.Config {
						early = append(early, c)
						return c
					})
					return d.Destination.WriteConfiguration(ctx, seq)
				}
				d.commit = func(ctx context.Context) error {
					begun = nil
					return d.Destination.Commit(ctx)
				}
				return d
			},
		}
	}},
	{"reading-is-of-one-moment", "reads settings late", withSource(func(b *mutant, s *source) datatransfer.Source {
		s.config = func(ctx context.Context) configuration { return b.Snapshot().Source().Configuration(ctx) }
		return s
	})},
	{"two-at-once", "fails both of two transfers", doomOverlaps},
	{"readers-beside-writers", "shows data without settings for a moment", tearSettings},
	{"schemas-hold-nothing", "is busy once it was asked for its schemas", func(testing.TB) transfertest.Instance {
		var asked []*destination
		return &mutant{destination: func(_ *mutant, d *destination) datatransfer.Destination {
			d.schemas = func(ctx context.Context) (datatransfer.Schemas, error) {
				asked = append(asked, d)
				return d.Destination.Schemas(ctx)
			}
			d.begin = func(ctx context.Context, start datatransfer.Start) error {
				if len(asked) > 0 {
					return errBroken
				}
				return d.Destination.Begin(ctx, start)
			}
			d.rollback = func(ctx context.Context) error {
				asked = slices.DeleteFunc(asked, func(other *destination) bool { return other == d })
				return d.Destination.Rollback(ctx)
			}
			return d
		}}
	}},
}
