package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

var cancelChecks = []check{
	{
		"cancelled-before",
		"with a context that is done already, every method fails with ctx.Err() and changes nothing",
		cancelledBefore,
	},
	{
		"cancelled-during",
		"a call whose context ends meanwhile succeeds or fails with ctx.Err(), as a whole, and can be repeated",
		cancelledDuring,
	},
}

func cancelledBefore(t *run) {
	a, b := sample(1), sample(2)
	b.LastUsedAt = noon
	t.create(a, b)

	cancelled, cancel := context.WithCancel(t.ctx)
	cancel()
	late, cancel := context.WithDeadline(t.ctx, time.Unix(0, 0))
	defer cancel()
	for _, ctx := range []context.Context{cancelled, late} {
		_, err := t.store.Get(ctx, a.ID)
		t.wants(err, "Get", ctx.Err())
		_, err = t.store.FindByDigest(ctx, []transfertoken.Digest{a.Digest})
		t.wants(err, "FindByDigest", ctx.Err())
		_, err = t.store.List(ctx, transfertoken.ListOptions{Limit: 10})
		t.wants(err, "List", ctx.Err())
		t.wants(t.store.Create(ctx, sample(3)), "Create", ctx.Err())
		t.wants(t.store.Update(ctx, regenerated(a)), "Update", ctx.Err())
		t.wants(t.store.Rekey(ctx, a.ID, a.Digest, digest("rekeyed"), "00c0ffee"), "Rekey", ctx.Err())
		t.wants(t.store.Touch(ctx, b.ID, noon.Add(time.Hour)), "Touch", ctx.Err())
		t.wants(t.store.Delete(ctx, a.ID, transfertoken.AnyRevision), "Delete", ctx.Err())
		if p, ok := t.store.(transfertoken.Purger); ok {
			_, err := p.PurgeExpired(ctx, a.ExpiresAt, 1)
			t.wants(err, "PurgeExpired", ctx.Err())
		}
		if f, ok := t.store.(transfertoken.Filterer); ok {
			_, err := f.ListFiltered(ctx, transfertoken.ListOptions{Limit: 10, CreatedBy: &a.CreatedBy})
			t.wants(err, "ListFiltered", ctx.Err())
		}
		t.dead(sample(3).Digest, regenerated(a).Digest, digest("rekeyed"))
		t.holds(a, b)
	}
}

// interruption describes a call that is interrupted.
type interruption struct {
	what   string
	call   func(context.Context) error
	before state
	after  state
	again  []error // allowed, beside nil, when the call is repeated
}

// state describes how one record looks to all methods.
type state struct {
	there *transfertoken.Record
	id    uuid.UUID              // if there is nil: an ID that no record has
	dead  []transfertoken.Digest // digests that no record has
}

// problem returns how the store differs from the state, or "".
func (s state) problem(t *run) string {
	for _, d := range s.dead {
		if r, err := t.find(d); err == nil {
			return fmt.Sprintf("FindByDigest of a digest that should be dead returned %s", show(r.Name))
		} else if !errors.Is(err, transfertoken.ErrNotFound) {
			return fmt.Sprintf("FindByDigest: %v", err)
		}
	}
	if s.there != nil {
		return t.reads(*s.there)
	}
	if _, err := t.store.Get(t.ctx, s.id); !errors.Is(err, transfertoken.ErrNotFound) {
		return fmt.Sprintf("Get of an ID that should not be there: error is %v", err)
	}
	return ""
}

func cancelledDuring(t *run) {
	// Round n has records of its own, because a server may go on with a call that
	// the client has given up.
	const looks, deadlines = 10, 6
	kinds := []func(*run, int) interruption{
		interruptCreate,
		interruptUpdate,
		interruptRekey,
		interruptTouch,
		interruptDelete,
		interruptReads,
	}
	for k, kind := range kinds {
		n := 1000 * k
		for i := range looks {
			f := newFuse(t.ctx, i)
			t.interrupt(f, kind(t, n+10*i))
			burnt := f.blown()
			f.cancel()
			if !burnt {
				break
			}
		}
		for i := range deadlines {
			ctx, cancel := context.WithTimeout(t.ctx, 25*time.Microsecond<<i)
			t.interrupt(ctx, kind(t, n+500+10*i))
			cancel()
		}
	}
}

// interrupt makes the call with a context that may end meanwhile, then without.
func (t *run) interrupt(ctx context.Context, i interruption) {
	t.Helper()
	err := i.call(ctx)
	if err != nil {
		if ended := context.Cause(ctx); ended == nil || !errors.Is(err, ended) {
			t.Errorf("%s: error is %v, want ctx.Err(), which is %v", i.what, err, ended)
		}
		t.inEither(i.what+", cancelled meanwhile", i.before, i.after)
		again := i.call(t.ctx)
		t.wants(again, i.what+", repeated after it was cancelled", append(i.again, nil)...)
	}
	if problem := i.after.problem(t); problem != "" {
		t.Errorf("%s, done: %s", i.what, problem)
	}
}

// inEither fails the check unless the store is in one of two states. It looks more
// than once, because the server may go from one to the other meanwhile.
func (t *run) inEither(what string, before, after state) {
	t.Helper()
	var first, second string
	for range 3 {
		if first = before.problem(t); first == "" {
			return
		}
		if second = after.problem(t); second == "" {
			return
		}
	}
	t.Errorf("%s: it was done in part. Not undone: %s. Not done: %s", what, first, second)
}

func interruptCreate(t *run, n int) interruption {
	r := sample(n)
	return interruption{
		what:   "Create",
		call:   func(ctx context.Context) error { return t.store.Create(ctx, r) },
		before: state{id: r.ID, dead: []transfertoken.Digest{r.Digest}},
		after:  state{there: &r},
		again:  []error{transfertoken.ErrNameTaken, transfertoken.ErrSecretTaken, transfertoken.ErrConflict},
	}
}

func interruptUpdate(t *run, n int) interruption {
	r := sample(n)
	t.create(r)
	u := regenerated(r)
	return interruption{
		what:   "Update",
		call:   func(ctx context.Context) error { return t.store.Update(ctx, u) },
		before: state{there: &r, dead: []transfertoken.Digest{u.Digest}},
		after:  state{there: &u, dead: []transfertoken.Digest{r.Digest}},
		again:  []error{transfertoken.ErrConflict},
	}
}

func interruptRekey(t *run, n int) interruption {
	r := sample(n)
	t.create(r)
	to := rekeyed(r, digest("rekeyed "+r.Name), "00c0ffee")
	return interruption{
		what: "Rekey",
		call: func(ctx context.Context) error {
			return t.store.Rekey(ctx, r.ID, r.Digest, to.Digest, to.SaltID)
		},
		before: state{there: &r, dead: []transfertoken.Digest{to.Digest}},
		after:  state{there: &to, dead: []transfertoken.Digest{r.Digest}},
	}
}

func interruptTouch(t *run, n int) interruption {
	r := sample(n)
	t.create(r)
	used := touched(r, noon)
	return interruption{
		what:   "Touch",
		call:   func(ctx context.Context) error { return t.store.Touch(ctx, r.ID, noon) },
		before: state{there: &r},
		after:  state{there: &used},
	}
}

func interruptDelete(t *run, n int) interruption {
	r := sample(n)
	t.create(r)
	return interruption{
		what:   "Delete",
		call:   func(ctx context.Context) error { return t.store.Delete(ctx, r.ID, r.Revision) },
		before: state{there: &r},
		after:  state{id: r.ID, dead: []transfertoken.Digest{r.Digest}},
		again:  []error{transfertoken.ErrNotFound},
	}
}

func interruptReads(t *run, n int) interruption {
	r := sample(n)
	t.create(r)
	same := state{there: &r}
	return interruption{
		what: "Get, FindByDigest or List",
		call: func(ctx context.Context) error {
			got, err := t.store.Get(ctx, r.ID)
			if err != nil {
				return err
			}
			found, err := t.store.FindByDigest(ctx, []transfertoken.Digest{r.Digest})
			if err != nil {
				return err
			}
			before := r.ID
			before[15]--
			page, err := t.store.List(ctx, transfertoken.ListOptions{After: before, Limit: 1})
			if err != nil {
				return err
			}
			t.lists(page, r)
			if d := differences(got, r) + differences(found, r); d != "" {
				t.Errorf("Get or FindByDigest, cancelled meanwhile: %s", d)
			}
			return nil
		},
		before: same,
		after:  same,
	}
}

// fuse is a context that is cancelled when somebody asks for the n-th time whether
// it is. The larger n is, the further the call has got.
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

// blown reports whether f is cancelled. It does not count as a look.
func (f *fuse) blown() bool { return f.Context.Err() != nil }
