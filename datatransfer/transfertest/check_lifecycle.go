package transfertest

import (
	"context"
	"errors"
	"slices"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

var lifecycleChecks = []check{
	{
		"rollback-at-any-time", rollbackAtAnyTime,
		"Rollback returns nil at any time and any number of times, and changes nothing after Commit",
	},
	{
		"nothing-before-begin", nothingBeforeBegin,
		"before Begin, the Write methods and Commit fail and change nothing",
	},
	{"begin-once", beginOnce, "a second Begin fails"},
	{
		"nothing-after-commit", nothingAfterCommit,
		"after Commit, all methods but Rollback fail and change nothing",
	},
	{
		"nothing-after-rollback", nothingAfterRollback,
		"after Rollback, all methods but Rollback fail and change nothing",
	},
	{"stages-in-order", stagesInOrder, "a stage that comes too late or twice is refused, or taken whole"},
}

func rollbackAtAnyTime(t *trial) {
	old, data := t.sample(1), t.sample(2)
	t.replace(old)
	dst := t.destination()
	rollback := func(when string) {
		t.Helper()
		t.must(dst.Rollback(t.ctx), "Rollback "+when)
		t.must(dst.Rollback(t.ctx), "a second Rollback "+when)
	}
	rollback("before Begin")
	t.holds("after Rollback before Begin", old)

	dst = t.destination()
	t.must(dst.Begin(t.ctx, feed{data: data}.start()), "Begin")
	rollback("after Begin")
	t.holds("after Begin and Rollback", old)

	dst = t.destination()
	t.must(feed{data: data}.writeAll(t.ctx, dst), "writing all stages")
	rollback("after all stages")
	t.holds("after all stages and Rollback", old)

	dst = t.destination()
	t.must(feed{data: data}.writeAll(t.ctx, dst), "writing all stages")
	t.must(dst.Commit(t.ctx), "Commit")
	rollback("after Commit")
	t.holds("after Commit and Rollback", data)
}

// refuses ends the trial if one of the methods succeeds. It calls Commit last, so that it
// would commit what the others wrote.
func (t *trial) refuses(when string, dst datatransfer.Destination, data *Snapshot, begin bool) {
	t.Helper()
	if begin {
		if err := dst.Begin(t.ctx, feed{data: data}.start()); err == nil {
			t.Errorf("Begin %s returned nil", when)
		}
	}
	for _, stage := range datatransfer.Stages() {
		if err := (feed{data: data}).write(t.ctx, dst, stage); err == nil || errors.Is(err, errNotTaken) {
			t.Errorf("the method that writes %s returned nil %s", stage, when)
		}
	}
	if err := dst.Commit(t.ctx); err == nil {
		t.Errorf("Commit %s returned nil", when)
	}
	t.must(dst.Rollback(t.ctx), "Rollback")
}

func nothingBeforeBegin(t *trial) {
	old := t.sample(1)
	t.replace(old)
	t.refuses("before Begin", t.destination(), t.sample(2), false)
	t.holds("after calls before Begin", old)
}

func beginOnce(t *trial) {
	old := t.sample(1)
	t.replace(old)
	dst := t.destination()
	start := feed{data: t.sample(2)}.start()
	t.must(dst.Begin(t.ctx, start), "Begin")
	if err := dst.Begin(t.ctx, start); err == nil {
		t.Fatalf("the second Begin returned nil")
	}
	t.must(dst.Rollback(t.ctx), "Rollback")
	t.holds("after two calls of Begin and Rollback", old)
}

func nothingAfterCommit(t *trial) {
	data := t.sample(1)
	dst := t.destination()
	t.must(feed{data: data}.transfer(t.ctx, dst), "a transfer of everything")
	t.refuses("after Commit", dst, t.sample(2), true)
	t.holds("after calls after Commit", data)
}

func nothingAfterRollback(t *trial) {
	old := t.sample(1)
	t.replace(old)
	dst := t.destination()
	t.must(feed{data: t.sample(2)}.writeAll(t.ctx, dst), "writing all stages")
	t.must(dst.Rollback(t.ctx), "Rollback")
	t.refuses("after Rollback", dst, t.sample(3), true)
	t.holds("after calls after Rollback", old)
}

// stagesInOrder accepts that a destination takes the stages in other orders: an archive may.
func stagesInOrder(t *trial) {
	old, data := t.sample(1), t.sample(2)
	twice := data.clone()
	twice.Configuration = append(twice.Configuration, data.Configuration...)
	backwards := datatransfer.Stages()
	slices.Reverse(backwards)
	for _, c := range []struct {
		when   string
		stages []datatransfer.Stage
		want   *Snapshot
	}{
		{"the stages backwards", backwards, data},
		{"the last stage twice", append(datatransfer.Stages(), datatransfer.StageConfiguration), twice},
	} {
		t.replace(old)
		dst := t.destination()
		err := dst.Begin(t.ctx, feed{data: data}.start())
		t.must(err, "Begin")
		for _, stage := range c.stages {
			if err == nil {
				err = feed{data: data}.write(t.ctx, dst, stage)
			}
		}
		if err == nil {
			err = dst.Commit(t.ctx)
		}
		if err == nil {
			t.holdsOneOf("after "+c.when, c.want, data)
			continue
		}
		t.must(dst.Rollback(context.WithoutCancel(t.ctx)), "Rollback")
		t.holds("after "+c.when+", which was refused", old)
	}
}
