package storetest

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

var listChecks = []check{
	{
		"list-is-in-order",
		"List is in the order of the bytes of the IDs, in whatever order they were created",
		listIsInOrder,
	},
	{
		"list-starts-after",
		"List starts strictly after the ID in After, which need not be that of a record",
		listStartsAfter,
	},
	{
		"list-keeps-its-limit",
		"List returns as many records as there are, up to a limit of 1 to 1,000",
		listKeepsItsLimit,
	},
	{
		"list-while-changing",
		"pages that go on after the last ID show each record that stays exactly once, while others come and go",
		listWhileChanging,
	},
	{"list-is-a-copy", "a returned page is a copy: a caller who changes it changes no record", listIsACopy},
}

func listIsInOrder(t *run) {
	var records []transfertoken.Record
	for _, index := range []int{0, 3, 4, 5, 7, 9, 15} {
		for _, b := range []byte{0x00, 0x01, 0x7f, 0x80, 0xff} {
			r := sample(len(records))
			r.ID = uuid.UUID{
				0x40,
				0x40,
				0x40,
				0x40,
				0x40,
				0x40,
				0x74,
				0x40,
				0xa4,
				0x40,
				0x40,
				0x40,
				0x40,
				0x40,
				0x40,
				0x40,
			}
			r.ID[index] = b
			records = append(records, r)
		}
	}
	t.create(shuffled(records)...)
	t.holds(records...)

	var paged []transfertoken.Record
	for after := uuid.Nil; ; {
		page := t.list(after, 4)
		paged = append(paged, page...)
		if len(page) < 4 || len(paged) > len(records) {
			break
		}
		after = page[3].ID
	}
	t.lists(paged, records...)
}

func listStartsAfter(t *run) {
	var records []transfertoken.Record
	for n := 10; n < 20; n += 2 {
		records = append(records, sample(n))
	}
	t.create(records...)
	for n := 9; n < 20; n++ {
		t.lists(t.list(sampleID(n), 1000), records[(n-8)/2:]...)
		t.lists(t.list(sampleID(n), 1), firstOf(records[(n-8)/2:])...)
	}
	t.lists(t.list(uuid.Nil, 2), records[:2]...)
	t.lists(t.list(uuid.Max, 1000))

	almost := records[1].ID
	almost[15]--
	t.lists(t.list(almost, 1000), records[1:]...)
	almost[15] += 2
	t.lists(t.list(almost, 1000), records[2:]...)

	t.must(t.store.Delete(t.ctx, records[1].ID, transfertoken.AnyRevision), "Delete")
	t.lists(t.list(records[1].ID, 1000), records[2:]...)
}

func firstOf(records []transfertoken.Record) []transfertoken.Record {
	return records[:min(1, len(records))]
}

func listKeepsItsLimit(t *run) {
	const n, workers = 1003, 8
	records := samples(0, n)
	mixed := shuffled(records)
	for _, err := range together(workers, func(worker int) error {
		for i := worker; i < n; i += workers {
			if err := t.store.Create(t.ctx, mixed[i]); err != nil {
				return fmt.Errorf("record %d: %w", i, err)
			}
		}
		return nil
	}) {
		t.must(err, "Create")
	}

	t.lists(t.list(uuid.Nil, 1000), records[:1000]...)
	t.lists(t.list(records[999].ID, 1000), records[1000:]...)
	t.lists(t.list(records[2].ID, 1000), records[3:]...)
	t.lists(t.list(records[1].ID, 1000), records[2:1002]...)
	for _, limit := range []int{1, 2, 100, 999} {
		t.lists(t.list(uuid.Nil, limit), records[:limit]...)
	}
	t.lists(t.list(records[n-1].ID, 1000))
}

func listWhileChanging(t *run) {
	const n, limit = 48, 5
	var stay []transfertoken.Record
	for i := range n {
		r := sample(100 + 10*i)
		t.create(r)
		if i%3 != 0 {
			stay = append(stay, r)
		}
	}
	// Every third record is deleted when a page ends near it: those before the
	// end, those after it, and the last one of the page.
	remove := func(i int) {
		if i >= 0 && i < n && i%3 == 0 {
			err := t.store.Delete(t.ctx, sampleID(100+10*i), transfertoken.AnyRevision)
			t.wants(err, "Delete", nil, transfertoken.ErrNotFound)
		}
	}

	var seen []transfertoken.Record
	after := uuid.Nil
	for round := 0; ; round++ {
		page := t.list(after, limit)
		for _, r := range page {
			if bytes.Compare(r.ID[:], after[:]) <= 0 {
				t.Fatalf("List returned an ID that is not after the one before: %s after %s", r.ID, after)
			}
			after = r.ID
		}
		seen = append(seen, page...)
		if len(page) < limit {
			break
		}
		for i := range n {
			if sampleID(100+10*i) == after {
				for _, d := range []int{-6, -5, -4, -3, -2, -1, 0, 8, 9, 10} {
					remove(i + d)
				}
			}
		}
		front := sample(50 + round)
		back := sample(1000 + round)
		t.create(front, back)
	}
	seen = slices.DeleteFunc(seen, func(r transfertoken.Record) bool {
		return !slices.ContainsFunc(stay, func(s transfertoken.Record) bool { return s.ID == r.ID })
	})
	t.lists(seen, stay...)
}

func listIsACopy(t *run) {
	records := samples(1, 4)
	t.create(records...)
	page := t.list(uuid.Nil, 1000)
	for i := range page {
		page[i] = regenerated(page[i])
	}
	_ = append(page[:1], sample(8), sample(9))
	clear(page)
	t.holds(records...)

	first := t.list(uuid.Nil, 1000)
	t.must(t.store.Update(t.ctx, regenerated(records[0])), "Update")
	t.must(t.store.Delete(t.ctx, records[1].ID, transfertoken.AnyRevision), "Delete")
	t.create(sample(5))
	t.lists(first, records...)
}
