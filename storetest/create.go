package storetest

import "github.com/seed-39e76d91/transfertoken"

var createChecks = []check{
	{"secret-taken", "no two records have one digest: ErrSecretTaken, and nothing changes", secretTaken},
	{"secret-is-free-again", "a digest that no record has any more can be taken", secretIsFreeAgain},
	{"id-taken", "Create never replaces the record that has the ID: ErrConflict, and nothing changes", idTaken},
	{"create-is-atomic", "Create fails as a whole, with a reason that applies, and can be repeated", createIsAtomic},
}

func secretTaken(t *trial) {
	a, b := sample(1), sample(2)
	t.create(a, b)
	twin := sample(3)
	twin.Digest = a.Digest
	t.wants(t.store.Create(t.ctx, twin), "Create with a digest that is taken", transfertoken.ErrSecretTaken)
	update := regenerated(b)
	update.Digest = a.Digest
	t.wants(t.store.Update(t.ctx, update), "Update to a digest that is taken", transfertoken.ErrSecretTaken)
	err := t.store.Rekey(t.ctx, b.ID, b.Digest, a.Digest, "00c0ffee")
	t.wants(err, "Rekey to a digest that is taken", transfertoken.ErrSecretTaken)
	t.holds(a, b)
}

func secretIsFreeAgain(t *trial) {
	a, b, c := sample(1), sample(2), sample(3)
	free := []transfertoken.Digest{a.Digest, b.Digest, c.Digest}
	t.create(a, b, c)
	a = regenerated(a)
	t.must(t.store.Update(t.ctx, a), "Update")
	b = rekeyed(b, digest("rekeyed"), "00c0ffee")
	t.must(t.store.Rekey(t.ctx, b.ID, free[1], b.Digest, b.SaltID), "Rekey")
	t.must(t.store.Delete(t.ctx, c.ID, transfertoken.AnyRevision), "Delete")

	want := []transfertoken.Record{a, b}
	for i, d := range free {
		r := sample(10 + i)
		r.Digest = d
		t.wants(t.store.Create(t.ctx, r), "Create with a digest that was given up", nil)
		want = append(want, r)
	}
	t.holds(want...)
}

func idTaken(t *trial) {
	r := sample(1)
	t.create(r)
	twin := sample(2)
	twin.ID = r.ID
	t.wants(t.store.Create(t.ctx, twin), "Create with an ID that is taken", transfertoken.ErrConflict)
	t.dead(twin.Digest)
	t.holds(r)
}

func createIsAtomic(t *trial) {
	a, b := sample(1), sample(2)
	t.create(a, b)

	r := sample(3)
	for _, taken := range []struct {
		what    string
		take    func(*transfertoken.Record)
		allowed []error
	}{
		{"name", func(r *transfertoken.Record) { r.Name = a.Name }, []error{transfertoken.ErrNameTaken}},
		{"digest", func(r *transfertoken.Record) { r.Digest = a.Digest }, []error{transfertoken.ErrSecretTaken}},
		{"ID", func(r *transfertoken.Record) { r.ID = a.ID }, []error{transfertoken.ErrConflict}},
		{
			"name and digest",
			func(r *transfertoken.Record) { r.Name, r.Digest = a.Name, b.Digest },
			[]error{transfertoken.ErrNameTaken, transfertoken.ErrSecretTaken},
		},
		{
			"everything",
			func(r *transfertoken.Record) { *r = a },
			[]error{transfertoken.ErrNameTaken, transfertoken.ErrSecretTaken, transfertoken.ErrConflict},
		},
	} {
		attempt := r
		taken.take(&attempt)
		t.wants(t.store.Create(t.ctx, attempt), "Create with what is taken: "+taken.what, taken.allowed...)
		t.dead(r.Digest)
		t.holds(a, b)
	}
	t.wants(t.store.Create(t.ctx, r), "Create, repeated without what was taken", nil)
	t.holds(a, b, r)
}
