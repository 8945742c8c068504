package cli

import (
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Progress shows the stages of a command on Err: a bar each on a terminal, a line each at its end elsewhere, nothing if
// the console is quiet. It must be used by one goroutine, and closed.
type Progress struct {
	console *Console
	bars    *mpb.Progress // nil: lines
	bar     *mpb.Bar      // of the current stage; nil between stages
	label   string        // of bar
}

// Progress returns a new display.
func (c *Console) Progress() *Progress {
	p := &Progress{console: c}
	if !c.Quiet && isTerminal(c.Err) {
		p.bars = mpb.New(mpb.WithOutput(c.Err), mpb.WithWidth(40))
	}
	return p
}

// Update shows how far a stage is. Label stands before it.
func (p *Progress) Update(label string, step datatransfer.Progress) {
	label += string(step.Stage)
	if p.bars != nil {
		p.draw(label, step)
		return
	}
	if step.Done {
		amount := Plural(step.Records, "record")
		if step.Bytes > 0 {
			amount += ", " + Size(step.Bytes)
		}
		p.console.Notef("%s: %s in %s", label, amount, step.Elapsed.Round(time.Millisecond))
	}
}

func (p *Progress) draw(label string, step datatransfer.Progress) {
	done, total := step.Bytes, step.TotalBytes
	counters := decor.CountersKiloByte("% .1f / % .1f", decor.WC{W: 22})
	if total == 0 {
		done, total = step.Records, step.TotalRecords
		counters = decor.CountersNoUnit("%d / %d", decor.WC{W: 22})
	}
	if p.bar == nil || p.label != label {
		p.abort()
		p.label = label
		p.bar = p.bars.AddBar(total,
			mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-15s", label))),
			mpb.AppendDecorators(counters, decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 8}), "")))
	}
	if step.Done {
		p.bar.SetTotal(max(done, 1), true)
		p.bar = nil
		return
	}
	p.bar.SetTotal(max(total, done+1), false) // a bar that reaches its total is over
	p.bar.SetCurrent(done)
}

// abort leaves the bar of a stage that did not end where it is.
func (p *Progress) abort() {
	if p.bar != nil {
		p.bar.Abort(false)
		p.bar = nil
	}
}

// Close ends the display, so that later output stands below it.
func (p *Progress) Close() {
	if p.bars == nil {
		return
	}
	p.abort()
	p.bars.Wait()
	p.bars = nil
}

// busyDelay is how long something takes before Busy shows it.
const busyDelay = 300 * time.Millisecond

// Busy shows on a terminal that something goes on, until the function that it returns is called.
func (c *Console) Busy(text string) (stop func()) {
	if c.Quiet || !isTerminal(c.Err) {
		return func() {}
	}
	visible := make(chan any)
	timer := time.AfterFunc(busyDelay, func() { close(visible) })
	bars := mpb.New(mpb.WithOutput(c.Err), mpb.WithRenderDelay(visible))
	spinner := bars.New(1, mpb.SpinnerStyle(), mpb.BarWidth(3),
		mpb.AppendDecorators(decor.Name(Printable(text)+" "), decor.Elapsed(decor.ET_STYLE_GO)))
	return func() {
		timer.Stop()
		spinner.Abort(true)
		bars.Wait()
	}
}

// WatchAs returns a source that shows its progress while it is read, with a label before the name of each stage.
func (p *Progress) WatchAs(label string, source datatransfer.Source) datatransfer.Source {
	return &watchedSource{Source: source, progress: p, label: label}
}

type watchedSource struct {
	datatransfer.Source
	progress *Progress
	label    string
}

func (w *watchedSource) Entities(ctx context.Context) iter.Seq2[datatransfer.Entity, error] {
	m := w.meter(ctx, datatransfer.StageEntities)
	return watch(m, w.Source.Entities(ctx), func(e datatransfer.Entity) int { return len(e.Data) })
}

func (w *watchedSource) Links(ctx context.Context) iter.Seq2[datatransfer.Link, error] {
	m := w.meter(ctx, datatransfer.StageLinks)
	return watch(m, w.Source.Links(ctx), func(datatransfer.Link) int { return 0 })
}

func (w *watchedSource) Configuration(ctx context.Context) iter.Seq2[datatransfer.Config, error] {
	m := w.meter(ctx, datatransfer.StageConfiguration)
	return watch(m, w.Source.Configuration(ctx), func(c datatransfer.Config) int { return len(c.Value) })
}

func (w *watchedSource) Assets(ctx context.Context) iter.Seq2[datatransfer.Asset, error] {
	m := w.meter(ctx, datatransfer.StageAssets)
	watched := watch(m, w.Source.Assets(ctx), func(datatransfer.Asset) int { return 0 })
	return func(yield func(datatransfer.Asset, error) bool) {
		for asset, err := range watched {
			if err == nil {
				asset.Body = &meteredReader{asset.Body, m}
			}
			if !yield(asset, err) {
				return
			}
		}
	}
}

// showEvery is how often a stage that is not done is shown.
const showEvery = 100 * time.Millisecond

// A meter counts one stage.
type meter struct {
	*watchedSource
	step           datatransfer.Progress
	started, shown time.Time
}

func (w *watchedSource) meter(ctx context.Context, stage datatransfer.Stage) *meter {
	m := &meter{watchedSource: w, step: datatransfer.Progress{Stage: stage}}
	if estimator, ok := w.Source.(datatransfer.Estimator); ok {
		m.step.TotalRecords, m.step.TotalBytes, _ = estimator.Estimate(ctx, stage)
	}
	if stage != datatransfer.StageAssets {
		m.step.TotalBytes = 0 // records are counted instead
	}
	return m
}

func (m *meter) add(records, bytes int) {
	m.step.Records += int64(records)
	m.step.Bytes += int64(bytes)
	if now := time.Now(); now.Sub(m.shown) >= showEvery {
		m.shown = now
		m.show()
	}
}

func (m *meter) show() {
	m.step.Elapsed = time.Since(m.started)
	m.progress.Update(m.label, m.step)
}

// watch passes a sequence on and counts it.
func watch[R any](m *meter, seq iter.Seq2[R, error], size func(R) int) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		m.started = time.Now()
		for record, err := range seq {
			if err == nil {
				m.add(1, size(record))
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
		m.step.Done = true
		m.show()
	}
}

type meteredReader struct {
	io.Reader
	meter *meter
}

func (r *meteredReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.meter.add(0, n)
	return n, err
}
