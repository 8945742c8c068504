package tokentest

import (
	"context"
	"sync"
)

// A Gate holds transfers in their middle. Make one with [Server.Hold].
type Gate struct {
	reached, open           chan struct{}
	reachedOnce, openedOnce sync.Once
}

func newGate() *Gate {
	return &Gate{reached: make(chan struct{}), open: make(chan struct{})}
}

// Reached returns a channel that is closed when the first transfer has arrived
// at the gate.
func (g *Gate) Reached() <-chan struct{} { return g.reached }

// Open lets those pass that wait, and those that come. It can be called again.
func (g *Gate) Open() { g.openedOnce.Do(func() { close(g.open) }) }

// pass returns when the gate is open or ctx has ended. A nil gate is open.
func (g *Gate) pass(ctx context.Context) {
	if g == nil {
		return
	}
	g.reachedOnce.Do(func() { close(g.reached) })
	select {
	case <-g.open:
	case <-ctx.Done():
	}
}
