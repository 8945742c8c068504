package cli

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Watch returns a source that shows its progress while it is read.
func (p *Progress) Watch(source datatransfer.Source) datatransfer.Source {
	return p.WatchAs("", source)
}

// WatchAs is Watch with a label before the name of each stage.
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
