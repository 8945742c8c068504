package datatransfer

import (
	"errors"
	"iter"
	"time"
)

// What a destination or source did against its contract.
var (
	errIncomplete = errors.New("datatransfer: the destination returned before it had taken everything")
	errTwice      = errors.New("datatransfer: the destination started a sequence twice")
	errUnread     = errors.New("datatransfer: the destination went on before it had read all of the file")
)

// A stream is one stage on its way: it counts what passes and remembers the first
// failure, whatever the destination makes of it.
type stream struct {
	transfer *transfer
	report   *StageReport
	started  time.Time
	progress Progress
	shown    time.Time // when progress was shown last

	used     bool  // the destination has started the sequence
	complete bool  // the destination has taken the whole sequence
	failure  error // the first
}

// An item is a record with the findings of its inspection.
type item struct {
	dropped string       // why the record does not pass; "": it passes
	kind    string       // its type, the key in ByType; "": none
	bytes   int64        // of a record's JSON; what passes of an asset is counted as it is read
	taken   func() error // called when the destination asks for the next record; nil: nothing to do
}

// newStream adds a stage to the report.
func newStream(t *transfer, stage Stage) *stream {
	t.report.Stages = append(t.report.Stages, StageReport{Stage: stage})
	s := &stream{transfer: t, report: &t.report.Stages[len(t.report.Stages)-1], started: time.Now()}
	s.progress.Stage = stage
	return s
}

// finish completes the report of the stage, also of one that failed.
func (s *stream) finish() { s.report.Duration = time.Since(s.started) }

// pass returns a sequence of the records of seq that inspect lets pass. The sequence
// ends after the first error. It never calls a consumer again that wanted no more, even
// if seq goes on.
func pass[T any](s *stream, seq iter.Seq2[T, error], inspect func(*stream, *T) (item, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if s.used {
			yield(none, s.fail(errTwice))
			return
		}
		s.used = true
		open := true
		step := func(record T, err error) error {
			if err != nil {
				return err
			}
			if err := contextError(s.transfer.ctx); err != nil {
				return err
			}
			found, err := inspect(s, &record)
			if err != nil {
				return err
			}
			if found.dropped != "" {
				if err := s.drop(found.dropped); err != nil {
					return &RecordError{Stage: s.report.Stage, Where: clip(found.kind), Err: err}
				}
				return nil
			}
			if open = yield(record, nil); !open {
				return nil
			}
			return s.took(found)
		}
		seq(func(record T, err error) bool {
			if !open {
				return false
			}
			if err := step(record, err); err != nil {
				open = false
				yield(none, s.fail(err))
			}
			return open
		})
		s.complete = open
	}
}

// fail remembers the first error and returns it.
func (s *stream) fail(err error) error {
	if s.failure == nil {
		s.failure = err
	}
	return s.failure
}

// drop counts what does not pass. It returns an error if it is protected and the
// options say that this is one.
func (s *stream) drop(reason string) error {
	if s.report.Dropped == nil {
		s.report.Dropped = map[string]int64{}
	}
	s.report.Dropped[reason]++
	if reason == DroppedProtected && s.transfer.opts.RefuseProtected {
		return ErrProtected
	}
	return nil
}

// took counts a record that the destination has taken, and waits if it should.
func (s *stream) took(found item) error {
	if found.taken != nil {
		if err := found.taken(); err != nil {
			return err
		}
	}
	s.report.Records++
	s.report.Bytes += found.bytes
	if found.kind != "" {
		s.countType(found.kind, found.bytes)
	}
	s.show()
	return s.throttle()
}

// countType counts a record under its type. The types come from the source, so their
// number is limited.
func (s *stream) countType(kind string, bytes int64) {
	if s.report.ByType == nil {
		s.report.ByType = map[string]Count{}
	}
	count, known := s.report.ByType[kind]
	if !known && len(s.report.ByType) >= mostTypes {
		kind = ""
		count = s.report.ByType[kind]
	}
	count.Records++
	count.Bytes += bytes
	s.report.ByType[kind] = count
}

// throttle waits for the time of Options.Throttle, or until the context is cancelled.
func (s *stream) throttle() error {
	if s.transfer.opts.Throttle <= 0 {
		return nil
	}
	timer := time.NewTimer(s.transfer.opts.Throttle)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.transfer.ctx.Done():
		return contextError(s.transfer.ctx)
	}
}

// showEvery is the least time between two calls of OnProgress within a stage.
const showEvery = 100 * time.Millisecond

// begin shows the progress of a stage that begins.
func (s *stream) begin() {
	t := s.transfer
	if t.opts.OnProgress == nil {
		return
	}
	if t.estimator != nil {
		if records, bytes, ok := t.estimator.Estimate(t.ctx, s.progress.Stage); ok {
			s.progress.TotalRecords, s.progress.TotalBytes = max(records, 0), max(bytes, 0)
		}
	}
	s.callOnProgress(time.Now())
}

// show shows the progress if the last time is long enough ago.
func (s *stream) show() {
	if s.transfer.opts.OnProgress == nil {
		return
	}
	if now := time.Now(); now.Sub(s.shown) >= showEvery {
		s.callOnProgress(now)
	}
}

// done shows the progress of a stage that is done.
func (s *stream) done() {
	if s.transfer.opts.OnProgress == nil {
		return
	}
	s.progress.Done = true
	s.callOnProgress(time.Now())
}

func (s *stream) callOnProgress(now time.Time) {
	s.shown = now
	s.progress.Records, s.progress.Bytes = s.report.Records, s.report.Bytes
	s.progress.Elapsed = now.Sub(s.started)
	s.transfer.opts.OnProgress(s.progress)
}
