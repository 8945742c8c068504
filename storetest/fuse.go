package storetest

import (
	"context"
	"sync/atomic"
)

// fuse is a context that is cancelled at the n-th time that somebody looks
// whether it is: after the call began, and as far into it as n is large.
type fuse struct {
	context.Context
	cancel context.CancelFunc
	looks  atomic.Int64 // left
}

func newFuse(parent context.Context, looks int) *fuse {
	ctx, cancel := context.WithCancel(parent)
	f := &fuse{Context: ctx, cancel: cancel}
	f.looks.Store(int64(looks))
	return f
}

func (f *fuse) look() {
	if f.looks.Add(-1) < 0 {
		f.cancel()
	}
}

func (f *fuse) Done() <-chan struct{} {
	f.look()
	return f.Context.Done()
}

func (f *fuse) Err() error {
	f.look()
	return f.Context.Err()
}

// blown reports whether f is cancelled, without looking.
func (f *fuse) blown() bool { return f.Context.Err() != nil }
