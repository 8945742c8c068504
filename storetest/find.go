package storetest

import (
	"fmt"
	"slices"

	"github.com/seed-39e76d91/transfertoken"
)

var findChecks = []check{
	{"digests-are-whole", "digests that differ in a single bit are distinct", digestsAreWhole},
	{"digests-are-no-text", "digests are bytes: white space, letters and NULs mean nothing in them", digestsAreNoText},
	{
		"find-takes-the-first",
		"FindByDigest returns the record of the first of the digests that a record has",
		findTakesTheFirst,
	},
	{
		"find-leaves-its-digests",
		"FindByDigest neither keeps nor changes its slice of digests, nor the array behind it",
		findLeavesItsDigests,
	},
}

func digestsAreWhole(t *run) {
	base := sample(0)
	// Bit 5 is the case of the letters, which fill the digest to its last byte.
	copy(base.Digest[:], "AbCdEfGhIjKlMnOpQrStUvWxYzaBcDeFgHiJkLmNoPqRsTuVwXyZAbCdEfGhIjKl")
	t.create(base)

	records := []transfertoken.Record{base}
	for i, place := range []struct {
		index int
		bit   byte
	}{
		{0, 5}, {0, 0}, {7, 7}, {8, 5}, {15, 1}, {31, 5}, {32, 0}, {33, 3}, {47, 5}, {62, 6}, {63, 5}, {63, 0}, {63, 7},
	} {
		r := sample(i + 1)
		r.Digest = base.Digest
		r.Digest[place.index] ^= 1 << place.bit
		if found, err := t.find(r.Digest); err == nil {
			t.Errorf("a digest other in bit %d of byte %d found %s", place.bit, place.index, show(found.Name))
		}
		if err := t.store.Create(t.ctx, r); err != nil {
			t.Errorf("Create with a digest other in bit %d of byte %d: %v", place.bit, place.index, err)
			continue
		}
		records = append(records, r)
	}
	t.holds(records...)
}

func digestsAreNoText(t *run) {
	fill := func(b byte) (d transfertoken.Digest) {
		for i := range d {
			d[i] = b
		}
		return d
	}
	with := func(d transfertoken.Digest, index int, b byte) transfertoken.Digest {
		d[index] = b
		return d
	}
	x := fill('x')
	digests := []transfertoken.Digest{
		fill('%'), fill('_'), fill('\\'), fill('\''), fill(' '), fill(0xff), fill(0x80), fill('X'), x,
		with(x, 63, 0), with(x, 63, ' '), with(x, 63, '\n'), with(x, 63, '%'), with(x, 63, '*'),
		with(x, 0, 0), with(x, 0, ' '), with(x, 1, 0), with(with(x, 1, 0), 2, 0), with(x, 32, 0), with(x, 32, '\''),
		with(transfertoken.Digest{}, 63, 1), with(transfertoken.Digest{}, 0, 1), with(transfertoken.Digest{}, 0, ' '),
	}
	var records []transfertoken.Record
	for i, d := range digests {
		r := sample(i)
		r.Digest = d
		if found, err := t.find(d); err == nil {
			t.Errorf("FindByDigest of %q before it was created returned the record of %q", d[:], found.Digest[:])
		}
		t.must(t.store.Create(t.ctx, r), fmt.Sprintf("Create with the digest %q", d[:]))
		records = append(records, r)
	}
	t.holds(records...)
}

func findTakesTheFirst(t *run) {
	records := samples(1, 4)
	t.create(shuffled(records)...)
	none := digest("no record has it")
	for _, order := range [][]int{
		{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0}, {1, 3}, {3, 1}, {-1, 2, 0}, {-1, -1, 3, -1, 0}, {1, 1, 0, 0},
		{0, -1},
	} {
		var digests []transfertoken.Digest
		for _, i := range order {
			if i < 0 {
				digests = append(digests, none)
			} else {
				digests = append(digests, records[i].Digest)
			}
		}
		want := records[order[slices.IndexFunc(order, func(i int) bool { return i >= 0 })]]
		got, err := t.store.FindByDigest(t.ctx, digests)
		t.must(err, fmt.Sprintf("FindByDigest of the digests of the records %v, -1 being none", order))
		if d := differences(got, want); d != "" {
			t.Errorf("FindByDigest of the digests of the records %v, -1 being none: %s", order, d)
		}
	}

	many := make([]transfertoken.Digest, 50)
	for i := range many {
		many[i] = digest(fmt.Sprint("none ", i))
	}
	t.dead(many[0])
	_, err := t.store.FindByDigest(t.ctx, many)
	t.wants(err, "FindByDigest of 50 digests that no record has", transfertoken.ErrNotFound)
	many[49] = records[0].Digest
	got, err := t.store.FindByDigest(t.ctx, many)
	t.must(err, "FindByDigest of 50 digests")
	if d := differences(got, records[0]); d != "" {
		t.Errorf("FindByDigest of 50 digests: %s", d)
	}
}

func findLeavesItsDigests(t *run) {
	a, b, c := sample(1), sample(2), sample(3)
	t.create(a, b)
	none := digest("no record has it")

	backing := []transfertoken.Digest{none, b.Digest, a.Digest, c.Digest}
	before := slices.Clone(backing)
	digests := backing[:2]
	ask := func(want transfertoken.Record) {
		t.Helper()
		got, err := t.store.FindByDigest(t.ctx, digests)
		t.must(err, "FindByDigest")
		if d := differences(got, want); d != "" {
			t.Errorf("FindByDigest with a slice that was used before: %s", d)
		}
	}
	ask(b)
	if !slices.Equal(backing, before) {
		t.Errorf("FindByDigest changed the slice that it was given, or the array behind it")
	}
	digests[1] = a.Digest
	ask(a)
	digests[0], digests[1] = b.Digest, none
	ask(b)
	digests[0] = none
	_, err := t.store.FindByDigest(t.ctx, digests)
	t.wants(err, "FindByDigest with a slice that held other digests before", transfertoken.ErrNotFound)
	clear(digests)
	t.holds(a, b)
}
