package transfertest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

var isolationChecks = []check{
	{
		"readers-see-old-until-commit", readersSeeOld,
		"until Commit readers see the old data, without waiting, and after it the new",
	},
	{
		"reading-is-of-one-moment", readingIsOfOneMoment,
		"a source yields the data of one moment, also if others commit meanwhile",
	},
	{
		"two-at-once", twoAtOnce,
		"of transfers at the same time each succeeds whole or fails whole, and not all fail",
	},
	{
		"readers-beside-writers", readersBesideWriters,
		"who reads while others write sees the data of one transfer",
	},
	{
		"schemas-hold-nothing", schemasHoldNothing,
		"a destination that was only asked for its schemas stands in nobody's way",
	},
}

func readersSeeOld(t *trial) {
	const maxReadings = 20
	old, data := t.sample(1), t.sample(2)
	t.replace(old)
	points := data.points(maxReadings)
	f := feed{data: data, at: func(p point) error {
		if slices.Contains(points, p) {
			t.holds(fmt.Sprintf("while another transfer is at %s", p), old)
		}
		return nil
	}}
	dst := t.destination()
	t.must(f.writeAll(t.ctx, dst), "writing all stages")
	t.holds("before Commit", old)
	t.must(dst.Commit(t.ctx), "Commit")
	t.holds("after Commit", data)
}

// hookedSource is a Source that calls hook before the first record of a stage.
type hookedSource struct {
	datatransfer.Source
	stage datatransfer.Stage
	hook  func()
}

func (s hookedSource) Entities(ctx context.Context) iter.Seq2[datatransfer.Entity, error] {
	return withHook(s, datatransfer.StageEntities, s.Source.Entities(ctx))
}

func (s hookedSource) Assets(ctx context.Context) iter.Seq2[datatransfer.Asset, error] {
	return withHook(s, datatransfer.StageAssets, s.Source.Assets(ctx))
}

func (s hookedSource) Links(ctx context.Context) iter.Seq2[datatransfer.Link, error] {
	return withHook(s, datatransfer.StageLinks, s.Source.Links(ctx))
}

func (s hookedSource) Configuration(ctx context.Context) iter.Seq2[datatransfer.Config, error] {
	return withHook(s, datatransfer.StageConfiguration, s.Source.Configuration(ctx))
}

// withHook calls the hook of s before the first record if the sequence is that of its stage.
func withHook[T any](s hookedSource, stage datatransfer.Stage, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	if stage != s.stage {
		return seq
	}
	return func(yield func(T, error) bool) {
		called := false
		for record, err := range seq {
			if !called {
				called = true
				s.hook()
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

func readingIsOfOneMoment(t *trial) {
	old, data := t.sample(1), t.sample(2)
	for _, stage := range datatransfer.Stages() {
		t.replace(old)
		src := t.source()
		t.yields(fmt.Sprintf("after another transfer committed while %s were read", stage),
			hookedSource{src, stage, func() { t.replace(data) }}, old)
		t.must(src.Close(), "Close of a source")
	}
}

// twoAtOnce starts a second transfer while the first one is at the beginning of a stage. The
// second may wait for the first, or be refused.
func twoAtOnce(t *trial) {
	old := t.sample(1)
	for _, stage := range datatransfer.Stages() {
		t.replace(old)
		first, second := t.sample(2), t.sample(3)
		dst := t.destination()
		done := make(chan error, 1)
		begun := false
		err := feed{data: first, at: func(p point) error {
			if !begun && p.stage == stage {
				begun = true
				other, err := t.instance.Destination(t.ctx)
				if err != nil {
					done <- err
					return nil
				}
				go func() { done <- feed{data: second}.transfer(t.ctx, other) }()
			}
			return nil
		}}.transfer(t.ctx, dst)
		t.hasOutcome("after a second transfer that began in the middle of a first",
			[]*Snapshot{first, second}, []error{err, <-done})
	}

	t.replace(old)
	datas := []*Snapshot{t.sample(1), t.sample(2), t.sample(3), t.sample(2)}
	errs := make([]error, len(datas))
	var transfers sync.WaitGroup
	for i, data := range datas {
		dst := t.destination()
		transfers.Go(func() { errs[i] = feed{data: data}.transfer(t.ctx, dst) })
	}
	transfers.Wait()
	t.hasOutcome("after four transfers at once", datas, errs)
}

// hasOutcome ends the trial unless the instance has the data of a transfer that succeeded.
func (t *trial) hasOutcome(when string, datas []*Snapshot, errs []error) {
	t.Helper()
	var wants []*Snapshot
	for i, err := range errs {
		if err == nil {
			wants = append(wants, datas[i])
		}
	}
	if len(wants) == 0 {
		t.Fatalf("%s: all of them failed: %v", when, errs)
	}
	t.holdsOneOf(when, wants...)
}

func readersBesideWriters(t *trial) {
	const readers, transfers = 2, 6
	one, two := t.sample(1), t.sample(2)
	t.replace(one)
	var written atomic.Bool
	problems := make([]string, readers)
	var running sync.WaitGroup
	for i := range readers {
		running.Go(func() {
			for problems[i] == "" && !written.Load() {
				problems[i] = t.readingProblem(one, two)
			}
		})
	}
	var err error
	for i := range transfers {
		var dst datatransfer.Destination
		if dst, err = t.instance.Destination(t.ctx); err == nil {
			err = feed{data: []*Snapshot{two, one}[i%2]}.transfer(t.ctx, dst)
		}
		if err != nil {
			break
		}
	}
	written.Store(true)
	running.Wait()
	t.must(err, "a transfer beside readers")
	for _, problem := range problems {
		if problem != "" {
			t.Fatalf("%s", problem)
		}
	}
}

// readingProblem reports how the data differs from both of the two, or returns "". It may be called
// from any goroutine.
func (t *trial) readingProblem(one, two *Snapshot) string {
	src, err := t.instance.Source(t.ctx)
	if err != nil {
		return fmt.Sprintf("Source: %v", err)
	}
	defer src.Close()
	got, err := ReadSnapshot(t.ctx, src)
	if err != nil {
		return fmt.Sprintf("reading beside a writer: %v", err)
	}
	lines, err := t.compareNearest(got, []*Snapshot{one, two})
	switch {
	case err != nil:
		return fmt.Sprintf("reading beside a writer: %v", err)
	case len(lines) > 0:
		return "beside a writer the data is that of neither transfer:\n" + summarize(lines)
	}
	return ""
}

func schemasHoldNothing(t *trial) {
	asked := t.destination()
	_, err := asked.Schemas(t.ctx)
	t.must(err, "Schemas of a destination")
	data := t.sample(1)
	t.replace(data)
	t.holds("beside a destination that was asked for its schemas", data)
	t.must(asked.Rollback(t.ctx), "Rollback before Begin")
	t.holds("after Rollback of that destination", data)
}
