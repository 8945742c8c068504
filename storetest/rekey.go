package storetest

import "github.com/seed-39e76d91/transfertoken"

var rekeyChecks = []check{
	{
		"rekey-replaces-the-digest",
		"Rekey replaces digest and salt ID, and nothing else of this or any other record",
		rekeyReplacesTheDigest,
	},
	{
		"rekey-needs-its-digest",
		"Rekey does nothing and returns nil unless the record is there and has the digest from",
		rekeyNeedsItsDigest,
	},
	{"rekey-loses-to-update", "Rekey never brings back a digest that an Update has replaced", rekeyLosesToUpdate},
}

func rekeyReplacesTheDigest(t *run) {
	a, b := sample(1), sample(2)
	a.LastUsedAt = noon
	a.Revision = 3
	t.create(a, b)
	from := a.Digest
	a = rekeyed(a, digest("rekeyed"), "00c0ffee")
	t.must(t.store.Rekey(t.ctx, a.ID, from, a.Digest, a.SaltID), "Rekey")
	t.dead(from)
	t.holds(a, b)

	a.SaltID = "0badcafe"
	t.wants(t.store.Rekey(t.ctx, a.ID, a.Digest, a.Digest, a.SaltID), "Rekey to the digest that the record has", nil)
	t.holds(a, b)

	a = renamed(a, "after Rekey")
	t.wants(t.store.Update(t.ctx, a), "Update with the revision from before Rekey", nil)
	t.holds(a, b)
}

func rekeyNeedsItsDigest(t *run) {
	a, b := sample(1), sample(2)
	t.create(a, b)
	to := digest("rekeyed")
	rekey := func(what string, id int, from, to transfertoken.Digest) {
		t.Helper()
		t.wants(t.store.Rekey(t.ctx, sampleID(id), from, to, "00c0ffee"), what, nil)
		t.dead(digest("rekeyed"))
		t.holds(a, b)
	}
	rekey("Rekey of no record", 9, a.Digest, to)
	rekey("Rekey of no record to a digest that is taken", 9, a.Digest, b.Digest)
	rekey("Rekey from a digest that no record has", 1, digest("unknown"), to)
	rekey("Rekey from the digest of another record", 1, b.Digest, to)
	rekey("Rekey from another digest to one that is taken", 1, digest("unknown"), b.Digest)
	oneBit := a.Digest
	oneBit[63] ^= 1
	rekey("Rekey from a digest that is other in one bit", 1, oneBit, to)
}

func rekeyLosesToUpdate(t *run) {
	r := sample(1)
	t.create(r)
	former, to := r.Digest, digest("rekeyed")
	r = regenerated(r)
	t.must(t.store.Update(t.ctx, r), "Update")
	t.wants(t.store.Rekey(t.ctx, r.ID, former, to, "0badcafe"), "Rekey from a digest that was replaced", nil)
	t.dead(former, to)
	t.holds(r)

	t.must(t.store.Delete(t.ctx, r.ID, r.Revision), "Delete")
	t.wants(t.store.Rekey(t.ctx, r.ID, r.Digest, to, "0badcafe"), "Rekey of a record that was deleted", nil)
	t.dead(former, to, r.Digest)
	t.holds()
}
