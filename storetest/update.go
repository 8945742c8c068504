package storetest

import (
	"fmt"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

var updateChecks = []check{
	{
		"update-replaces",
		"Update replaces every field of the record but CreatedAt and LastUsedAt, and no field of another",
		updateReplaces,
	},
	{
		"update-keeps-dates",
		"Update leaves CreatedAt and LastUsedAt as stored, whatever values it is given",
		updateKeepsDates,
	},
	{
		"update-keeps-the-digest",
		"Update with a zero Digest leaves digest and salt ID as stored, even if a Rekey wrote them meanwhile",
		updateKeepsTheDigest,
	},
	{
		"update-needs-its-revision",
		"Update succeeds only if the stored Revision is one less than that of the update, else it is ErrConflict",
		updateNeedsItsRevision,
	},
	{
		"update-errors-in-order",
		"Update fails with the first that applies of ErrNotFound, ErrConflict, ErrNameTaken and ErrSecretTaken",
		updateErrorsInOrder,
	},
	{
		"update-suspends",
		"when an Update that suspends has returned, every read says so, until an Update lifts it",
		updateSuspends,
	},
	{"update-is-atomic", "an Update that fails changes nothing at all and can be repeated", updateIsAtomic},
	{"update-ends-a-digest", "when Update has returned, the digest that it replaced is dead", updateEndsADigest},
}

func updateReplaces(t *run) {
	a, b, c := sample(1), sample(2), sample(3)
	t.create(a, b, c)
	b = regenerated(b)
	t.must(t.store.Update(t.ctx, b), "Update of all fields")
	t.holds(a, b, c)

	b.Revision++
	b.Description, b.CreatedBy, b.Hint, b.ExpiresAt = "", "", "", time.Time{}
	b.Lifespan = transfertoken.Unlimited
	b.Permissions = transfertoken.Pull
	t.must(t.store.Update(t.ctx, b), "Update to empty texts and no end")
	t.holds(a, b, c)

	b = renamed(b, "only the name")
	t.must(t.store.Update(t.ctx, b), "Update of the name")
	t.holds(a, b, c)
}

func updateSuspends(t *run) {
	a, b := sample(1), sample(2)
	b.Suspended = true
	t.create(a, b)
	for i := range 3 {
		a, b = renamed(a, fmt.Sprintf("a %d", i)), renamed(b, fmt.Sprintf("b %d", i))
		a.Suspended, b.Suspended = !a.Suspended, !b.Suspended
		t.must(t.store.Update(t.ctx, withoutDigest(a)), "Update that suspends or lifts that")
		t.must(t.store.Update(t.ctx, withoutDigest(b)), "Update that suspends or lifts that")
		t.holds(a, b)
	}

	t.must(t.store.Touch(t.ctx, a.ID, noon.Add(time.Hour)), "Touch of a suspended record")
	a = touched(a, noon.Add(time.Hour))
	former := a.Digest
	a = rekeyed(a, digest("rekeyed"), "00c0ffee")
	t.must(t.store.Rekey(t.ctx, a.ID, former, a.Digest, a.SaltID), "Rekey of a suspended record")
	t.holds(a, b)
}

func updateKeepsDates(t *run) {
	r, used := sample(1), sample(2)
	used.LastUsedAt = noon.Add(time.Hour)
	t.create(r, used)

	for i, at := range []time.Time{{}, noon.Add(2 * time.Hour), noon.Add(-time.Hour)} {
		for _, stored := range []*transfertoken.Record{&r, &used} {
			update := renamed(*stored, fmt.Sprintf("%s, renamed %d", stored.Name, i))
			update.CreatedAt, update.LastUsedAt = at, at
			t.must(t.store.Update(t.ctx, update), "Update")
			update.CreatedAt, update.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
			*stored = update
		}
		t.holds(r, used)
	}

	stale := regenerated(r)
	r.LastUsedAt = noon.Add(3 * time.Hour)
	t.must(t.store.Touch(t.ctx, r.ID, r.LastUsedAt), "Touch")
	t.must(t.store.Update(t.ctx, stale), "Update with a record that was read before a Touch")
	stale.LastUsedAt = r.LastUsedAt
	t.holds(stale, used)
}

func updateKeepsTheDigest(t *run) {
	r, other := sample(1), sample(2)
	t.create(r, other)
	r = renamed(r, "renamed")
	t.must(t.store.Update(t.ctx, withoutDigest(r)), "Update with a zero digest")
	t.holds(r, other)

	read := r // before the Rekey
	former := r.Digest
	r = rekeyed(r, digest("rekeyed"), "00c0ffee")
	t.must(t.store.Rekey(t.ctx, r.ID, former, r.Digest, r.SaltID), "Rekey")
	r = renamed(r, "renamed again")
	update := withoutDigest(renamed(read, r.Name))
	t.must(t.store.Update(t.ctx, update), "Update with a zero digest of a record that was read before a Rekey")
	t.dead(former)
	t.holds(r, other)

	update = withoutDigest(renamed(r, other.Name))
	t.wants(t.store.Update(t.ctx, update), "Update with a zero digest and a name that is taken",
		transfertoken.ErrNameTaken)
	update.Name, update.Revision = "late", r.Revision
	t.wants(t.store.Update(t.ctx, update), "Update with a zero digest and a wrong revision", transfertoken.ErrConflict)
	update.ID = sampleID(9)
	t.wants(t.store.Update(t.ctx, update), "Update of no record with a zero digest", transfertoken.ErrNotFound)
	t.holds(r, other)
}

func updateNeedsItsRevision(t *run) {
	r := sample(1)
	r.Revision = 5
	t.create(r)
	for _, revision := range []int64{5, 4, 7, 2, 1 << 40} {
		update := regenerated(r)
		update.Revision = revision
		err := t.store.Update(t.ctx, update)
		t.wants(err, fmt.Sprintf("Update with revision %d when 5 is stored", revision), transfertoken.ErrConflict)
		t.dead(update.Digest)
	}
	t.holds(r)
	r = regenerated(r)
	t.wants(t.store.Update(t.ctx, r), "Update with revision 6 when 5 is stored", nil)
	t.holds(r)
}

func updateErrorsInOrder(t *run) {
	a, b := sample(1), sample(2)
	t.create(a, b)

	clash := regenerated(b)
	clash.Name, clash.Digest = a.Name, a.Digest
	missing := clash
	missing.ID = sampleID(9)
	t.wants(t.store.Update(t.ctx, missing), "Update of no record, with a name and digest that are taken",
		transfertoken.ErrNotFound)
	late := clash
	late.Revision += 5
	t.wants(t.store.Update(t.ctx, late), "Update with a wrong revision, name and digest that are taken",
		transfertoken.ErrConflict)
	late.Name = b.Name
	t.wants(t.store.Update(t.ctx, late), "Update with a wrong revision and a digest that is taken",
		transfertoken.ErrConflict)
	late.Name, late.Digest = a.Name, b.Digest
	t.wants(t.store.Update(t.ctx, late), "Update with a wrong revision and a name that is taken",
		transfertoken.ErrConflict)
	t.wants(t.store.Update(t.ctx, clash), "Update with a name and a digest that are taken", transfertoken.ErrNameTaken)
	t.holds(a, b)
}

func updateIsAtomic(t *run) {
	a, b := sample(1), sample(2)
	t.create(a, b)
	good := regenerated(b)

	name, secret, late, missing := good, good, good, good
	name.Name = a.Name
	secret.Digest = a.Digest
	late.Revision++
	missing.ID = sampleID(9)
	for _, failing := range []transfertoken.Record{name, secret, late, missing} {
		if err := t.store.Update(t.ctx, failing); err == nil {
			t.Fatalf("an Update that must fail did not")
		}
		t.dead(good.Digest)
		t.holds(a, b)
	}
	t.wants(t.store.Update(t.ctx, good), "Update, repeated without the mistake", nil)
	t.holds(a, good)
}

func updateEndsADigest(t *run) {
	r := sample(1)
	t.create(r)
	var former []transfertoken.Digest
	for range 4 {
		former = append(former, r.Digest)
		r = regenerated(r)
		t.must(t.store.Update(t.ctx, r), "Update")
		t.dead(former...)
		found, err := t.find(append(former, r.Digest)...)
		t.must(err, "FindByDigest of the former digests and the present one")
		if d := differences(found, r); d != "" {
			t.Errorf("FindByDigest of the former digests and the present one: %s", d)
		}
	}
	t.holds(r)
}
