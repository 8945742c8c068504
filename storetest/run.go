package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// patience bounds one check. A store that waits forever but honours its context
// fails then, instead of blocking the whole test.
const patience = 2 * time.Minute

// run is one run of a check on one fresh store.
type run struct {
	testing.TB
	rule   string
	ctx    context.Context
	store  transfertoken.Store
	second transfertoken.Store // another handle to the same data, or store itself
}

func (c check) runOn(tb testing.TB, newStore func(testing.TB) transfertoken.Store, opts *Options) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	t := &run{TB: tb, rule: c.rule, ctx: ctx, store: newStore(tb)}
	t.second = t.store
	if opts != nil && opts.SecondHandle != nil {
		t.second = opts.SecondHandle(tb, t.store)
	}
	c.run(t)
}

func (t *run) Errorf(format string, args ...any) {
	t.Helper()
	t.TB.Errorf("rule: %s\nseen: %s", t.rule, fmt.Sprintf(format, args...))
}

func (t *run) Fatalf(format string, args ...any) {
	t.Helper()
	t.TB.Fatalf("rule: %s\nseen: %s", t.rule, fmt.Sprintf(format, args...))
}

// on returns a copy of t that uses another handle.
func (t *run) on(store transfertoken.Store) *run {
	other := *t
	other.store = store
	return &other
}

// handle returns the handle for the i-th caller, each in turn.
func (t *run) handle(i int) transfertoken.Store {
	if i%2 == 0 {
		return t.store
	}
	return t.second
}

// must ends the check if err is not nil.
func (t *run) must(err error, what string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// wants fails the check unless err is one of the allowed errors, which may include
// nil. It ignores text around them: errors-are-bare checks that.
func (t *run) wants(err error, what string, allowed ...error) {
	t.Helper()
	if !isOneOf(err, allowed) {
		t.Errorf("%s: error is %v, want %v", what, err, allowed)
	}
}

func isOneOf(err error, allowed []error) bool {
	return slices.ContainsFunc(allowed, func(want error) bool { return errors.Is(err, want) })
}

func (t *run) create(records ...transfertoken.Record) {
	t.Helper()
	for _, r := range records {
		t.must(t.store.Create(t.ctx, r), fmt.Sprintf("Create of %s", show(r.Name)))
	}
}

func (t *run) find(digests ...transfertoken.Digest) (transfertoken.Record, error) {
	return t.store.FindByDigest(t.ctx, digests)
}

func (t *run) list(after uuid.UUID, limit int) []transfertoken.Record {
	t.Helper()
	page, err := t.store.List(t.ctx, transfertoken.ListOptions{After: after, Limit: limit})
	t.must(err, "List")
	return page
}

// holds fails the check unless List, Get and FindByDigest all return exactly these
// records.
func (t *run) holds(want ...transfertoken.Record) {
	t.Helper()
	t.lists(t.list(uuid.Nil, 1000), want...)
	for _, r := range want {
		if problem := t.reads(r); problem != "" {
			t.Errorf("%s", problem)
		}
	}
}

// lists fails the check unless page holds these records in the order of their IDs.
func (t *run) lists(page []transfertoken.Record, want ...transfertoken.Record) {
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

// reads returns how the results of Get and FindByDigest differ from want, or "".
func (t *run) reads(want transfertoken.Record) string {
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

// dead fails the check if one of the digests is found.
func (t *run) dead(digests ...transfertoken.Digest) {
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

// oneWins fails the check unless exactly one of errs is nil and the others are lost.
// It returns the index of the nil.
func (t *run) oneWins(errs []error, what string, lost ...error) int {
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

// differences returns the fields in which got differs from want, or "".
func differences(got, want transfertoken.Record) string {
	var d []string
	text := func(field, got, want string) {
		if got != want {
			d = append(d, fmt.Sprintf("%s is %s, want %s", field, show(got), show(want)))
		}
	}
	instant := func(field string, got, want time.Time) {
		switch {
		case !got.Equal(want):
			d = append(d, fmt.Sprintf("%s is %s, want %s", field, showTime(got), showTime(want)))
		case got.Location() != time.UTC:
			d = append(d, fmt.Sprintf("%s is in the location %s, want UTC", field, got.Location()))
		}
	}
	if got.ID != want.ID {
		d = append(d, fmt.Sprintf("ID is %s, want %s", got.ID, want.ID))
	}
	text("Name", got.Name, want.Name)
	text("Description", got.Description, want.Description)
	if got.Permissions != want.Permissions {
		d = append(d, fmt.Sprintf("Permissions are %#b, want %#b", uint8(got.Permissions), uint8(want.Permissions)))
	}
	if got.Suspended != want.Suspended {
		d = append(d, fmt.Sprintf("Suspended is %t, want %t", got.Suspended, want.Suspended))
	}
	text("Lifespan", string(got.Lifespan), string(want.Lifespan))
	text("CreatedBy", got.CreatedBy, want.CreatedBy)
	text("Hint", got.Hint, want.Hint)
	instant("CreatedAt", got.CreatedAt, want.CreatedAt)
	instant("UpdatedAt", got.UpdatedAt, want.UpdatedAt)
	instant("ExpiresAt", got.ExpiresAt, want.ExpiresAt)
	instant("LastUsedAt", got.LastUsedAt, want.LastUsedAt)
	if got.Revision != want.Revision {
		d = append(d, fmt.Sprintf("Revision is %d, want %d", got.Revision, want.Revision))
	}
	if got.Digest != want.Digest {
		d = append(d, "Digest is another one")
	}
	text("SaltID", got.SaltID, want.SaltID)
	return strings.Join(d, "; ")
}

// show quotes text, and cuts it if it is long.
func show(text string) string {
	const most = 60
	if len(text) <= most {
		return fmt.Sprintf("%+q", text)
	}
	return fmt.Sprintf("%+q… (%d bytes)", text[:most], len(text))
}

func showTime(at time.Time) string {
	if at.IsZero() {
		return "zero"
	}
	return at.Format(time.RFC3339Nano)
}
