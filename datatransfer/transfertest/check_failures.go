package transfertest

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

var failureChecks = []check{
	{
		"rollback-at-every-record", rollbackAtEveryRecord,
		"after an error at any record and Rollback, the old data is there",
	},
	{
		"errors-pass-unchanged", errorsPassUnchanged,
		"a Write method returns the error of its sequence as it is",
	},
	{
		"cancel-at-every-record", cancelAtEveryRecord,
		"a transfer whose context is cancelled fails with its error, at Commit at the latest; the old data stays",
	},
	{
		"cancelled-before", cancelledBefore,
		"with a context that is done, Begin and Commit fail with its error and the old data stays",
	},
	{
		"panic-in-a-sequence", panicInASequence,
		"after a panic in a sequence and Rollback, the old data is there",
	},
	{
		"failure-is-final", failureIsFinal,
		"after a Write method has failed, Commit fails and the old data stays",
	},
}

// disturb fills the instance with sample 1 and then transfers sample 2 up to each point,
// once for each.
func (t *trial) disturb(try func(old, data *Snapshot, p point)) {
	old, data := t.sample(1), t.sample(2)
	t.replace(old)
	for _, p := range data.points(maxPoints) {
		try(old, data, p)
	}
}

// failAt returns a function for feed.at that fails at one point.
func failAt(p point, err error) func(point) error {
	return func(here point) error {
		if here == p {
			return err
		}
		return nil
	}
}

// notLost ends the trial if the Write method returned nil although its sequence had failed
// at p.
func (t *trial) notLost(p point, err error) {
	t.Helper()
	if err == nil || errors.Is(err, errNotTaken) {
		t.Fatalf("the sequence failed at %s: the Write method returned nil", p)
	}
}

func rollbackAtEveryRecord(t *trial) {
	t.disturb(func(old, data *Snapshot, p point) {
		dst := t.destination()
		t.notLost(p, feed{data: data, at: failAt(p, errPlanted)}.writeAll(t.ctx, dst))
		t.must(dst.Rollback(t.ctx), "Rollback")
		t.holds(fmt.Sprintf("after an error at %s", p), old)
	})
	data := t.sample(2)
	t.replace(data)
	t.holds("after a transfer that followed failed ones", data)
}

func errorsPassUnchanged(t *trial) {
	for _, planted := range []error{errPlanted, &datatransfer.RecordError{Where: "line 3", Err: datatransfer.ErrInvalid}} {
		data := t.sample(1)
		for _, stage := range datatransfer.Stages() {
			for _, p := range []point{{stage, 0}, {stage, data.size(stage) / 2}, {stage, data.size(stage)}} {
				err := feed{data: data, at: failAt(p, planted)}.transfer(t.ctx, t.destination())
				if err != planted {
					t.Fatalf("an error at %s: returned was %v, want %v", p, err, planted)
				}
			}
		}
	}
}

func cancelAtEveryRecord(t *trial) {
	t.disturb(func(old, data *Snapshot, p point) {
		ctx, cancel := context.WithCancel(t.ctx)
		defer cancel()
		f := feed{data: data, at: func(here point) error {
			if here == p {
				cancel()
			}
			return nil
		}}
		err := f.transfer(ctx, t.destination())
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("the context was cancelled at %s: the error is %v", p, err)
		}
		t.holds(fmt.Sprintf("after the context was cancelled at %s", p), old)
	})
	data := t.sample(2)
	t.replace(data)
	t.holds("after a transfer that followed cancelled ones", data)
}

func cancelledBefore(t *trial) {
	old, data := t.sample(1), t.sample(2)
	t.replace(old)
	done, cancel := context.WithCancel(t.ctx)
	cancel()

	dst := t.destination()
	if err := dst.Begin(done, feed{data: data}.start()); !errors.Is(err, context.Canceled) {
		t.Fatalf("Begin: the error is %v, want %v", err, context.Canceled)
	}
	t.must(dst.Rollback(t.ctx), "Rollback")

	dst = t.destination()
	t.must(feed{data: data}.writeAll(t.ctx, dst), "writing all stages")
	if err := dst.Commit(done); !errors.Is(err, context.Canceled) {
		t.Fatalf("Commit: the error is %v, want %v", err, context.Canceled)
	}
	t.must(dst.Rollback(t.ctx), "Rollback")
	t.holds("after a Commit with a context that was done", old)
}

func panicInASequence(t *trial) {
	old, data := t.sample(1), t.sample(2)
	t.replace(old)
	for _, stage := range datatransfer.Stages() {
		for _, p := range []point{{stage, 0}, {stage, data.size(stage) / 2}, {stage, data.size(stage)}} {
			dst := t.destination()
			t.notLost(p, t.writeWithPanic(data, dst, p))
			t.must(dst.Rollback(t.ctx), "Rollback")
			t.holds(fmt.Sprintf("after a panic at %s", p), old)
		}
	}
}

// writeWithPanic writes all stages with a panic at p. It returns an error if the panic
// came through, or became an error.
func (t *trial) writeWithPanic(data *Snapshot, dst datatransfer.Destination, p point) (err error) {
	defer func() {
		switch r := recover(); r {
		case nil:
		case errPlanted:
			err = errPlanted
		default:
			panic(r)
		}
	}()
	f := feed{data: data, at: func(here point) error {
		if here == p {
			panic(errPlanted)
		}
		return nil
	}}
	return f.writeAll(t.ctx, dst)
}

func failureIsFinal(t *trial) {
	old, data := t.sample(1), t.sample(2)
	t.replace(old)
	for _, stage := range datatransfer.Stages() {
		dst := t.destination()
		p := point{stage, data.size(stage)}
		t.notLost(p, feed{data: data, at: failAt(p, errPlanted)}.writeAll(t.ctx, dst))
		if err := dst.Commit(t.ctx); err == nil {
			t.Fatalf("Commit returned nil after an error at %s", p)
		}
		t.must(dst.Rollback(t.ctx), "Rollback")
		t.holds(fmt.Sprintf("after an error at %s and a Commit", p), old)
	}
}
