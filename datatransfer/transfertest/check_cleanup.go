package transfertest

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

var cleanupChecks = []check{
	{
		"sequences-are-ended", sequencesAreEnded,
		"when a Write method returns, the sequence that it was given has returned too",
	},
	{
		"nothing-is-left-behind", nothingIsLeftBehind,
		"readings and transfers that are broken off leave no goroutines, connections or locks",
	},
}

func sequencesAreEnded(t *trial) {
	data := t.sample(1)
	for _, c := range []struct {
		what    string
		disturb func(cancel func()) error
	}{
		{"a transfer", func(func()) error { return nil }},
		{"an error", func(func()) error { return errPlanted }},
		{"a cancelled context", func(cancel func()) error { cancel(); return nil }},
	} {
		for _, stage := range datatransfer.Stages() {
			ctx, cancel := context.WithCancel(t.ctx)
			running := make(map[datatransfer.Stage]bool)
			f := feed{
				data: data,
				at: func(p point) error {
					if (p == point{stage, data.size(stage) / 2}) {
						return c.disturb(cancel)
					}
					return nil
				},
				begun: func(stage datatransfer.Stage) { running[stage] = true },
				ended: func(stage datatransfer.Stage) { delete(running, stage) },
			}
			dst := t.destination()
			_ = f.writeAll(ctx, dst) // other checks look at the error
			if len(running) > 0 {
				t.Fatalf("after %s, the sequence of %s is still suspended", c.what, sortedKeys(running))
			}
			t.must(dst.Rollback(t.ctx), "Rollback")
			cancel()
		}
	}
}

// goroutinePatience is how long goroutines may take to end.
var goroutinePatience = 30 * time.Second

// nothingIsLeftBehind breaks off more often than a small pool has connections.
func nothingIsLeftBehind(t *trial) {
	const rounds = 24
	data := t.sample(1)
	t.replace(data)
	t.breakOff(data)
	before := runtime.NumGoroutine()
	for range rounds {
		t.breakOff(data)
	}
	// A pool of connections may have grown meanwhile: only what grows with every round counts.
	limit := before + rounds/2
	for deadline := time.Now().Add(goroutinePatience); runtime.NumGoroutine() > limit; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("there were %d goroutines before %d readings and transfers that were broken off, and %d after them",
				before, rounds, runtime.NumGoroutine())
		}
	}
	t.replace(data)
	t.holds("after readings and transfers that were broken off", data)
}

// breakOff breaks off a reading and a transfer in each stage.
func (t *trial) breakOff(data *Snapshot) {
	src, err := t.instance.Source(t.ctx)
	t.must(err, "Source")
	for _, stage := range datatransfer.Stages() {
		for _, err := range stageOf(t.ctx, src, stage) {
			t.must(err, fmt.Sprintf("reading %s", stage))
			break
		}
	}
	t.must(src.Close(), "Close of a source")
	for _, stage := range datatransfer.Stages() {
		dst, err := t.instance.Destination(t.ctx)
		t.must(err, "Destination")
		f := feed{data: data, at: failAt(point{stage, data.size(stage) / 2}, errPlanted)}
		_ = f.writeAll(t.ctx, dst) // the planted error
		t.must(dst.Rollback(t.ctx), "Rollback")
	}
}
