package storetest

import (
	"fmt"
	"math"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

var zeroChecks = []check{
	{"zero-is-never-stored", "a record with uuid.Nil or a zero digest is refused with ErrInvalid", zeroIsNeverStored},
	{
		"revisions-start-at-one",
		"a record with a Revision below 1 is refused with ErrInvalid, and so is an Update to one below 2",
		revisionsStartAtOne,
	},
	{
		"zero-matches-nothing",
		"uuid.Nil, the zero digest and no digests at all match no record, however many there are",
		zeroMatchesNothing,
	},
}

func zeroIsNeverStored(t *run) {
	stored := sample(1)
	t.create(stored)

	noID, noDigest := sample(2), sample(3)
	noID.ID = uuid.Nil
	noDigest.Digest = transfertoken.Digest{}
	t.wants(t.store.Create(t.ctx, noID), "Create with uuid.Nil", transfertoken.ErrInvalid)
	t.wants(t.store.Create(t.ctx, noDigest), "Create with a zero digest", transfertoken.ErrInvalid)
	t.holds(stored)

	err := t.store.Rekey(t.ctx, stored.ID, stored.Digest, transfertoken.Digest{}, "00c0ffee")
	t.wants(err, "Rekey to a zero digest", transfertoken.ErrInvalid)
	t.holds(stored)
}

func revisionsStartAtOne(t *run) {
	stored := sample(1)
	t.create(stored)
	for i, revision := range []int64{0, -1, math.MinInt64} {
		r := sample(2 + i)
		r.Revision = revision
		t.wants(t.store.Create(t.ctx, r), fmt.Sprintf("Create with revision %d", revision), transfertoken.ErrInvalid)
		t.holds(stored)
	}
	for _, revision := range []int64{1, 0, -1, math.MinInt64} {
		update := regenerated(stored)
		update.Revision = revision
		t.wants(t.store.Update(t.ctx, update), fmt.Sprintf("Update to revision %d", revision), transfertoken.ErrInvalid)
		t.holds(stored)
	}
}

func zeroMatchesNothing(t *run) {
	records := samples(1, 5)
	t.create(records...)

	if r, err := t.store.Get(t.ctx, uuid.Nil); err == nil {
		t.Errorf("Get of uuid.Nil returned %s", show(r.Name))
	} else {
		t.wants(err, "Get of uuid.Nil", transfertoken.ErrNotFound)
	}
	for _, digests := range [][]transfertoken.Digest{nil, {}, {{}}, {{}, {}}} {
		r, err := t.store.FindByDigest(t.ctx, digests)
		if err == nil {
			t.Errorf("FindByDigest of %d zero digests returned %s", len(digests), show(r.Name))
			continue
		}
		t.wants(err, fmt.Sprintf("FindByDigest of %d zero digests", len(digests)), transfertoken.ErrNotFound)
	}
	r, err := t.find(transfertoken.Digest{}, records[2].Digest, transfertoken.Digest{})
	t.must(err, "FindByDigest of a digest between two zero ones")
	if d := differences(r, records[2]); d != "" {
		t.Errorf("FindByDigest of a digest between two zero ones: %s", d)
	}

	other := digest("other")
	noID := regenerated(records[0])
	noID.ID = uuid.Nil
	t.wants(t.store.Update(t.ctx, noID), "Update of uuid.Nil", transfertoken.ErrNotFound, transfertoken.ErrInvalid)
	err = t.store.Rekey(t.ctx, uuid.Nil, records[0].Digest, other, "00c0ffee")
	t.wants(err, "Rekey of uuid.Nil", nil, transfertoken.ErrInvalid)
	err = t.store.Rekey(t.ctx, records[0].ID, transfertoken.Digest{}, other, "00c0ffee")
	t.wants(err, "Rekey from the zero digest", nil, transfertoken.ErrInvalid)
	t.wants(t.store.Touch(t.ctx, uuid.Nil, noon), "Touch of uuid.Nil", nil)
	t.wants(t.store.Delete(t.ctx, uuid.Nil, transfertoken.AnyRevision), "Delete of uuid.Nil", transfertoken.ErrNotFound)
	t.wants(t.store.Delete(t.ctx, uuid.Nil, 1), "Delete of uuid.Nil", transfertoken.ErrNotFound)
	t.holds(records...)
}
