package storetest

import (
	"fmt"

	"github.com/seed-39e76d91/transfertoken"
)

var deleteChecks = []check{
	{
		"delete-removes-one",
		"Delete removes the record with the ID and no other; its digest is dead when Delete returns",
		deleteRemovesOne,
	},
	{"delete-of-nothing", "Delete of a missing record is ErrNotFound", deleteOfNothing},
	{
		"delete-needs-its-revision",
		"Delete with a revision that is not the stored one is ErrConflict and leaves the record whole",
		deleteNeedsItsRevision,
	},
	{
		"delete-and-create-again",
		"a new record with the name or the ID of a deleted one shares nothing else with it, least of all its digest",
		deleteAndCreateAgain,
	},
}

func deleteRemovesOne(t *run) {
	records := samples(1, 4)
	t.create(records...)
	for len(records) > 0 {
		gone := records[0]
		records = records[1:]
		t.must(t.store.Delete(t.ctx, gone.ID, transfertoken.AnyRevision), "Delete")
		_, err := t.store.Get(t.ctx, gone.ID)
		t.wants(err, "Get after Delete", transfertoken.ErrNotFound)
		t.dead(gone.Digest)
		t.wants(t.store.Update(t.ctx, regenerated(gone)), "Update after Delete", transfertoken.ErrNotFound)
		t.holds(records...)
	}
}

func deleteOfNothing(t *run) {
	r, gone := sample(1), sample(2)
	t.create(r, gone)
	t.must(t.store.Delete(t.ctx, gone.ID, gone.Revision), "Delete")
	for _, revision := range []int64{transfertoken.AnyRevision, 1, 7} {
		t.wants(t.store.Delete(t.ctx, gone.ID, revision), "Delete for the second time", transfertoken.ErrNotFound)
		t.wants(t.store.Delete(t.ctx, sampleID(9), revision), "Delete of an ID that was never there",
			transfertoken.ErrNotFound)
	}
	t.holds(r)
}

func deleteNeedsItsRevision(t *run) {
	r, other := sample(1), sample(2)
	r.Revision = 5
	t.create(r, other)
	for _, revision := range []int64{4, 6, 1, -5, 1 << 40} {
		err := t.store.Delete(t.ctx, r.ID, revision)
		t.wants(err, fmt.Sprintf("Delete with revision %d when 5 is stored", revision), transfertoken.ErrConflict)
		t.holds(r, other)
	}
	t.wants(t.store.Delete(t.ctx, r.ID, 5), "Delete with revision 5 when 5 is stored", nil)
	t.dead(r.Digest)
	t.holds(other)
}

func deleteAndCreateAgain(t *run) {
	old := sample(1)
	old.LastUsedAt = noon
	old.Revision = 3
	t.create(old)
	former := old.Digest
	old = rekeyed(old, digest("rekeyed"), "00c0ffee")
	t.must(t.store.Rekey(t.ctx, old.ID, former, old.Digest, old.SaltID), "Rekey")
	t.must(t.store.Delete(t.ctx, old.ID, transfertoken.AnyRevision), "Delete")

	again := sample(2)
	again.Name = old.Name
	t.wants(t.store.Create(t.ctx, again), "Create with the name of a deleted record", nil)
	sameID := sample(3)
	sameID.ID = old.ID
	t.wants(t.store.Create(t.ctx, sameID), "Create with the ID of a deleted record", nil)
	t.dead(former, old.Digest)
	t.holds(again, sameID)
}
