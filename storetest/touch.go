package storetest

import (
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

var touchChecks = []check{
	{
		"touch-sets-last-used",
		"Touch sets LastUsedAt, from the first use on, and nothing else of this or any other record",
		touchSetsLastUsed,
	},
	{
		"touch-never-goes-back",
		"Touch with a time that is not later than LastUsedAt does nothing and returns nil",
		touchNeverGoesBack,
	},
	{
		"touch-clears-last-used",
		"Touch with the zero time makes LastUsedAt zero, and the next Touch sets it to any time",
		touchClearsLastUsed,
	},
	{"touch-creates-nothing", "Touch of a missing record does nothing and returns nil", touchCreatesNothing},
}

func touchSetsLastUsed(t *run) {
	a, b, c := sample(1), sample(2), sample(3)
	b.Revision = 4
	t.create(a, b, c)
	for _, at := range []time.Time{
		time.UnixMilli(-1).UTC(), // later than never
		time.UnixMilli(0).UTC(),
		b.CreatedAt.Add(-time.Hour),
		b.CreatedAt,
		b.CreatedAt.Add(time.Millisecond),
		b.ExpiresAt.Add(time.Hour),
	} {
		b = touched(b, at)
		t.must(t.store.Touch(t.ctx, b.ID, at), "Touch at "+showTime(at))
		t.holds(a, b, c)
	}
	b = renamed(b, "after Touch")
	t.wants(t.store.Update(t.ctx, b), "Update with the revision from before Touch", nil)
	t.holds(a, b, c)
}

func touchNeverGoesBack(t *run) {
	r, never := sample(1), sample(2)
	r.LastUsedAt = noon
	t.create(r, never)
	for _, at := range []time.Time{noon, noon.Add(-time.Millisecond), noon.Add(-time.Hour), time.UnixMilli(0).UTC()} {
		t.wants(t.store.Touch(t.ctx, r.ID, at), "Touch at "+showTime(at)+" after one at "+showTime(noon), nil)
		t.holds(r, never)
	}
}

func touchClearsLastUsed(t *run) {
	r, other, never := sample(1), sample(2), sample(3)
	r.LastUsedAt, other.LastUsedAt = noon.AddDate(1, 0, 0), noon
	r.Revision = 4
	t.create(r, other, never)
	for _, next := range []time.Time{noon, noon.Add(-time.Hour), time.UnixMilli(0).UTC()} {
		r = touched(r, time.Time{})
		t.wants(t.store.Touch(t.ctx, r.ID, time.Time{}), "Touch with the zero time", nil)
		t.holds(r, other, never)
		r = touched(r, next)
		t.wants(t.store.Touch(t.ctx, r.ID, next), "Touch at "+showTime(next)+" after one with the zero time", nil)
		t.holds(r, other, never)
	}
	t.wants(t.store.Touch(t.ctx, never.ID, time.Time{}), "Touch with the zero time of a token that was never used", nil)
	t.wants(t.store.Touch(t.ctx, sampleID(9), time.Time{}), "Touch of an ID that was never there, with the zero time",
		nil)
	t.holds(r, other, never)
}

func touchCreatesNothing(t *run) {
	r, gone := sample(1), sample(2)
	t.create(r, gone)
	t.must(t.store.Delete(t.ctx, gone.ID, transfertoken.AnyRevision), "Delete")
	t.wants(t.store.Touch(t.ctx, gone.ID, noon), "Touch of a record that was deleted", nil)
	t.wants(t.store.Touch(t.ctx, sampleID(9), noon), "Touch of an ID that was never there", nil)
	t.dead(gone.Digest)
	t.holds(r)
}
