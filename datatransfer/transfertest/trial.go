package transfertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

const (
	// patience is how long a check may take. An instance that waits for ever but honours
	// its context fails then instead of blocking the whole test.
	patience = 5 * time.Minute

	// maxPoints is at how many points a check disturbs a transfer.
	maxPoints = 40
)

// trial is one run of a check on one instance.
type trial struct {
	testing.TB
	rule     string
	ctx      context.Context
	instance Instance
	// schemas are those of the instance, or nil if it takes any.
	schemas datatransfer.Schemas
}

func (c check) try(tb testing.TB, newInstance func(testing.TB) Instance) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	t := &trial{TB: tb, rule: c.rule, ctx: ctx, instance: newInstance(tb)}
	dst := t.destination()
	schemas, err := dst.Schemas(ctx)
	t.must(err, "Schemas of a destination")
	_ = dst.Rollback(ctx) // a check of its own looks at the error
	t.schemas = schemas
	c.run(t)
}

func (t *trial) Errorf(format string, args ...any) {
	t.Helper()
	t.TB.Errorf("rule: %s\nseen: %s", t.rule, fmt.Sprintf(format, args...))
}

func (t *trial) Fatalf(format string, args ...any) {
	t.Helper()
	t.TB.Fatalf("rule: %s\nseen: %s", t.rule, fmt.Sprintf(format, args...))
}

// must ends the trial if err is not nil.
func (t *trial) must(err error, what string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// sample returns the data of number n, for the caller to change.
func (t *trial) sample(n int) *Snapshot {
	if s, ok := t.instance.(Sampler); ok {
		return s.Sample(n).clone()
	}
	return Generate(t.schemas, n)
}

// destination returns a new destination. What the check leaves open is rolled back at the
// end of the test.
func (t *trial) destination() datatransfer.Destination {
	t.Helper()
	dst, err := t.instance.Destination(t.ctx)
	t.must(err, "Destination")
	t.Cleanup(func() { _ = dst.Rollback(context.Background()) })
	return dst
}

// source returns a new source, which is closed at the end of the test at the latest.
func (t *trial) source() datatransfer.Source {
	t.Helper()
	src, err := t.instance.Source(t.ctx)
	t.must(err, "Source")
	t.Cleanup(func() { _ = src.Close() })
	return src
}

// replace replaces all data.
func (t *trial) replace(data *Snapshot) {
	t.Helper()
	t.must(feed{data: data}.transfer(t.ctx, t.destination()), "a transfer of everything")
}

// holds ends the trial unless the instance has the wanted data.
func (t *trial) holds(when string, want *Snapshot) {
	t.Helper()
	src := t.source()
	t.yields(when, src, want)
	t.must(src.Close(), "Close of a source")
}

// yields ends the trial unless src yields the wanted data.
func (t *trial) yields(when string, src datatransfer.Source, want *Snapshot) {
	t.Helper()
	lines, err := t.compare(want, src)
	t.must(err, when+", reading")
	if len(lines) > 0 {
		t.Fatalf("%s, these data differ:\n%s", when, summarize(lines))
	}
}

func (t *trial) compare(want *Snapshot, got datatransfer.Source) ([]string, error) {
	// Tables may have neither document IDs nor positions.
	return Compare(t.ctx, want.Source(), got, &CompareOptions{IgnoreIDs: true, complete: t.schemas == nil})
}

// holdsOneOf ends the trial unless the instance has one of the wanted data.
func (t *trial) holdsOneOf(when string, wants ...*Snapshot) {
	t.Helper()
	lines, err := t.compareNearest(t.read(), wants)
	t.must(err, when)
	if len(lines) > 0 {
		t.Fatalf("%s, the data are neither of what they may be; compared with the nearest:\n%s", when, summarize(lines))
	}
}

// compareNearest returns how got differs from the one of wants that is most like it.
func (t *trial) compareNearest(got *Snapshot, wants []*Snapshot) ([]string, error) {
	var nearest []string
	for _, want := range wants {
		lines, err := t.compare(want, got.Source())
		if err != nil || len(lines) == 0 {
			return nil, err
		}
		if nearest == nil || len(lines) < len(nearest) {
			nearest = lines
		}
	}
	return nearest, nil
}

// read returns all data of the instance.
func (t *trial) read() *Snapshot {
	t.Helper()
	src := t.source()
	data, err := ReadSnapshot(t.ctx, src)
	t.must(err, "reading")
	t.must(src.Close(), "Close of a source")
	return data
}

// errPlanted is an error that a check puts into a sequence. Nothing else returns it.
var errPlanted = errors.New("planted by transfertest")

// types returns the types of the entities.
func (s *Snapshot) types() []string {
	seen := make(map[string]bool)
	for _, e := range s.Entities {
		seen[e.Type] = true
	}
	return sortedKeys(seen)
}
