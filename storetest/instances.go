package storetest

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

var instanceChecks = []check{
	{
		"instances-see-each-other",
		"a write that has returned is seen by every later read of every instance",
		instancesSeeEachOther,
	},
	{
		"instances-share-their-rules",
		"names, digests, IDs and revisions are checked against the writes of every instance",
		instancesShareTheirRules,
	},
}

// instancesSeeEachOther reads with one handle before it writes with the other, so
// that a stale cache would show.
func instancesSeeEachOther(t *run) {
	for i, pair := range [][2]transfertoken.Store{{t.store, t.second}, {t.second, t.store}} {
		writer, reader := pair[0], t.on(pair[1])
		other, r := sample(10*i), sample(10*i+1)
		t.must(writer.Create(t.ctx, other), "Create")
		sees := func(what string, dead ...transfertoken.Digest) {
			t.Helper()
			after := r.ID
			after[15]--
			page := reader.list(after, 1)
			if len(page) != 1 || differences(page[0], r) != "" {
				t.Errorf("another instance, List after %s: not the record that was written", what)
			}
			if problem := reader.reads(r); problem != "" {
				t.Errorf("another instance, after %s: %s", what, problem)
			}
			reader.dead(dead...)
		}

		reader.dead(r.Digest)
		t.must(writer.Create(t.ctx, r), "Create")
		sees("Create")

		former := r.Digest
		r = regenerated(r)
		t.must(writer.Update(t.ctx, r), "Update")
		sees("Update", former)

		r.Permissions = transfertoken.Pull
		r = renamed(r, fmt.Sprint("narrowed ", i))
		t.must(writer.Update(t.ctx, r), "Update")
		sees("Update", former)

		old := r.Digest
		r = rekeyed(r, digest(fmt.Sprint("rekeyed ", i)), "00c0ffee")
		t.must(writer.Rekey(t.ctx, r.ID, old, r.Digest, r.SaltID), "Rekey")
		sees("Rekey", former, old)

		r = touched(r, noon.Add(time.Hour))
		t.must(writer.Touch(t.ctx, r.ID, r.LastUsedAt), "Touch")
		sees("Touch")

		t.must(writer.Delete(t.ctx, r.ID, transfertoken.AnyRevision), "Delete")
		reader.dead(former, old, r.Digest)
		_, err := reader.store.Get(t.ctx, r.ID)
		t.wants(err, "another instance, Get after Delete", transfertoken.ErrNotFound)
		for _, listed := range reader.list(uuid.Nil, 1000) {
			if listed.ID == r.ID {
				t.Errorf("another instance, List after Delete: the record is still there")
			}
		}
	}
}

func instancesShareTheirRules(t *run) {
	a := sample(1)
	t.create(a)
	twin := sample(2)
	twin.Name = a.Name
	t.wants(t.second.Create(t.ctx, twin), "Create of a name that another instance wrote", transfertoken.ErrNameTaken)
	twin = sample(2)
	twin.Digest = a.Digest
	t.wants(t.second.Create(t.ctx, twin), "Create with a digest that another instance wrote",
		transfertoken.ErrSecretTaken)
	twin = sample(2)
	twin.ID = a.ID
	t.wants(t.second.Create(t.ctx, twin), "Create with an ID that another instance wrote", transfertoken.ErrConflict)

	stale := regenerated(a)
	a = renamed(a, "moved on")
	t.must(t.second.Update(t.ctx, a), "Update")
	t.wants(t.store.Update(t.ctx, stale), "Update against a revision that another instance has replaced",
		transfertoken.ErrConflict)
	t.wants(t.store.Delete(t.ctx, a.ID, stale.Revision-1), "Delete of a revision that another instance has replaced",
		transfertoken.ErrConflict)

	b := sample(3)
	b.Name = sample(1).Name
	t.wants(t.store.Create(t.ctx, b), "Create of a name that another instance gave up", nil)
	t.holds(a, b)
	t.on(t.second).holds(a, b)
}
