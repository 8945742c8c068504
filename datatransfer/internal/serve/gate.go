package serve

import (
	"context"
	"iter"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// lockPatience is how long a push waits for the one before: a client that hung up may have left
// it a moment ago.
const lockPatience = 2 * time.Second

// A Lock lets one push at a time begin. Make it with NewLock.
type Lock struct{ free chan struct{} }

// NewLock returns a lock that is free.
func NewLock() *Lock {
	l := &Lock{free: make(chan struct{}, 1)}
	l.Unlock()
	return l
}

// Acquire takes the lock, and reports whether it got it within a short time.
func (l *Lock) Acquire(ctx context.Context) bool {
	select {
	case <-l.free:
		return true
	default:
	}
	timer := time.NewTimer(lockPatience)
	defer timer.Stop()
	select {
	case <-l.free:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// Unlock frees the lock.
func (l *Lock) Unlock() { l.free <- struct{}{} }

// Await reports whether the lock is free, or becomes free within a short time.
func (l *Lock) Await(ctx context.Context) bool {
	if !l.Acquire(ctx) {
		return false
	}
	l.Unlock()
	return true
}

// gate is the Destination of a push. It tells the goroutine of the connection how far Run has
// come, and holds Run back before the commit until the client asks for it.
type gate struct {
	datatransfer.Destination
	schemas datatransfer.Schemas
	begun   chan struct{}                        // closed when Begin has returned nil
	written map[datatransfer.Stage]chan struct{} // closed when the stage was written
	commit  chan struct{}                        // closed when the commit is allowed
}

func newGate(dst datatransfer.Destination, schemas datatransfer.Schemas) *gate {
	g := &gate{
		Destination: dst,
		schemas:     schemas,
		begun:       make(chan struct{}),
		written:     make(map[datatransfer.Stage]chan struct{}),
		commit:      make(chan struct{}),
	}
	for _, stage := range datatransfer.Stages() {
		g.written[stage] = make(chan struct{})
	}
	return g
}

func (g *gate) Schemas(context.Context) (datatransfer.Schemas, error) { return g.schemas, nil }

func (g *gate) Begin(ctx context.Context, start datatransfer.Start) error {
	err := g.Destination.Begin(ctx, start)
	if err == nil {
		close(g.begun)
	}
	return err
}

func (g *gate) WriteEntities(ctx context.Context, seq iter.Seq2[datatransfer.Entity, error]) error {
	return g.done(datatransfer.StageEntities, g.Destination.WriteEntities(ctx, seq))
}

func (g *gate) WriteAssets(ctx context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	return g.done(datatransfer.StageAssets, g.Destination.WriteAssets(ctx, seq))
}

func (g *gate) WriteLinks(ctx context.Context, seq iter.Seq2[datatransfer.Link, error]) error {
	return g.done(datatransfer.StageLinks, g.Destination.WriteLinks(ctx, seq))
}

func (g *gate) WriteConfiguration(ctx context.Context, seq iter.Seq2[datatransfer.Config, error]) error {
	return g.done(datatransfer.StageConfiguration, g.Destination.WriteConfiguration(ctx, seq))
}

func (g *gate) done(stage datatransfer.Stage, err error) error {
	if err == nil {
		close(g.written[stage])
	}
	return err
}

func (g *gate) Commit(ctx context.Context) error {
	select {
	case <-g.commit:
		return g.Destination.Commit(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
