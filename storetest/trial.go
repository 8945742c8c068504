package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// patience is how long a check may take. A store that waits for ever but
// honours its context fails then instead of blocking the whole test.
const patience = 2 * time.Minute

// trial is one run of a check on one fresh store.
type trial struct {
	testing.TB
	rule   string
	ctx    context.Context
	store  transfertoken.Store
	second transfertoken.Store // the same data; store itself if there is no second handle
}

func (c check) try(tb testing.TB, newStore func(testing.TB) transfertoken.Store, opts *Options) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	t := &trial{TB: tb, rule: c.rule, ctx: ctx, store: newStore(tb)}
	t.second = t.store
	if opts != nil && opts.SecondHandle != nil {
		t.second = opts.SecondHandle(tb, t.store)
	}
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

// on is the same trial with another handle in the place of the store.
func (t *trial) on(store transfertoken.Store) *trial {
	other := *t
	other.store = store
	return &other
}

// handle spreads callers over both handles.
func (t *trial) handle(i int) transfertoken.Store {
	if i%2 == 0 {
		return t.store
	}
	return t.second
}

// must ends the trial unless what was done went well.
func (t *trial) must(err error, what string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// wants fails the trial unless err is one of the allowed errors, of which nil
// may be one. It forgives text around them: that is a check of its own.
func (t *trial) wants(err error, what string, allowed ...error) {
	t.Helper()
	if !isOneOf(err, allowed) {
		t.Errorf("%s: error is %v, want %v", what, err, allowed)
	}
}

func isOneOf(err error, allowed []error) bool {
	return slices.ContainsFunc(allowed, func(want error) bool { return errors.Is(err, want) })
}

func (t *trial) create(records ...transfertoken.Record) {
	t.Helper()
	for _, r := range records {
		t.must(t.store.Create(t.ctx, r), fmt.Sprintf("Create of %s", show(r.Name)))
	}
}

func (t *trial) find(digests ...transfertoken.Digest) (transfertoken.Record, error) {
	return t.store.FindByDigest(t.ctx, digests)
}

func (t *trial) list(after uuid.UUID, limit int) []transfertoken.Record {
	t.Helper()
	page, err := t.store.List(t.ctx, transfertoken.ListOptions{After: after, Limit: limit})
	t.must(err, "List")
	return page
}

// holds fails the trial unless the store holds these records and no others,
// whichever method is asked.
func (t *trial) holds(want ...transfertoken.Record) {
	t.Helper()
	t.lists(t.list(uuid.Nil, 1000), want...)
	for _, r := range want {
		if problem := t.reads(r); problem != "" {
			t.Errorf("%s", problem)
		}
	}
}

// lists fails the trial unless page is these records in the order of their IDs.
func (t *trial) lists(page []transfertoken.Record, want ...transfertoken.Record) {
	t.Helper()
	want = sorted(want)
	if len(page) != len(want) {
		t.Errorf("List returned %d records, want %d", len(page), len(want))
		return
	}
	for i := range want {
		if d := differences(page[i], want[i]); d != "" {
			t.Errorf("List, record %d of %d: %s", i+1, len(want), d)
		}
	}
}

// reads says how what Get and FindByDigest return is not want, or "".
func (t *trial) reads(want transfertoken.Record) string {
	got, err := t.store.Get(t.ctx, want.ID)
	if err != nil {
		return fmt.Sprintf("Get of %s: %v", show(want.Name), err)
	}
	if d := differences(got, want); d != "" {
		return "Get: " + d
	}
	got, err = t.find(want.Digest)
	if err != nil {
		return fmt.Sprintf("FindByDigest of the digest of %s: %v", show(want.Name), err)
	}
	if d := differences(got, want); d != "" {
		return "FindByDigest: " + d
	}
	return ""
}

// dead fails the trial if one of the digests is found.
func (t *trial) dead(digests ...transfertoken.Digest) {
	t.Helper()
	for _, d := range digests {
		r, err := t.find(d)
		if err == nil {
			t.Errorf("FindByDigest of a digest that no record has returned %s", show(r.Name))
		} else {
			t.wants(err, "FindByDigest of a digest that no record has", transfertoken.ErrNotFound)
		}
	}
}

// together calls f(0) to f(n-1) at the same time and returns their errors.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	calls.Wait()
	return errs
}

// oneWins fails the trial unless exactly one error is nil and all others are
// lost. It returns the index of the nil.
func (t *trial) oneWins(errs []error, what string, lost ...error) int {
	t.Helper()
	winner, winners := -1, 0
	for i, err := range errs {
		if err == nil {
			winner = i
			winners++
			continue
		}
		t.wants(err, what+", a loser", lost...)
	}
	if winners != 1 {
		t.Fatalf("%s: %d of %d succeeded, want 1", what, winners, len(errs))
	}
	return winner
}
