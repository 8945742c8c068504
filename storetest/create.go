package storetest

import (
	"fmt"

	"github.com/seed-39e76d91/transfertoken"
)

var createChecks = []check{
	{"secret-taken", "no two records have one digest: ErrSecretTaken, and nothing changes", secretTaken},
	{"secret-is-free-again", "a digest that no record has any more can be taken", secretIsFreeAgain},
	{"id-taken", "Create never replaces the record that has the ID: ErrConflict, and nothing changes", idTaken},
	{"create-is-atomic", "Create fails as a whole, with a reason that applies, and can be repeated", createIsAtomic},
}

func secretTaken(t *run) {
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

func secretIsFreeAgain(t *run) {
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

func idTaken(t *run) {
	r := sample(1)
	t.create(r)
	twin := sample(2)
	twin.ID = r.ID
	t.wants(t.store.Create(t.ctx, twin), "Create with an ID that is taken", transfertoken.ErrConflict)
	t.dead(twin.Digest)
	t.holds(r)
}

func createIsAtomic(t *run) {
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
		try := r
		taken.take(&try)
		t.wants(t.store.Create(t.ctx, try), "Create with a taken "+taken.what, taken.allowed...)
		t.dead(r.Digest)
		t.holds(a, b)
	}
	t.wants(t.store.Create(t.ctx, r), "Create, repeated with nothing taken", nil)
	t.holds(a, b, r)
}

var nameChecks = []check{
	{
		"names-differ-in-bytes",
		"names are compared as bytes: names that differ in case, spaces, accents or their spelling are distinct",
		namesDifferInBytes,
	},
	{"names-are-no-patterns", "a name matches only itself, even with the characters of patterns", namesAreNoPatterns},
	{"name-taken", "no two records have one name: ErrNameTaken, and nothing changes", nameTaken},
	{"name-is-free-again", "a name that no record has any more can be taken", nameIsFreeAgain},
}

func namesDifferInBytes(t *run) {
	t.allDistinct("a", "A", "a ", " a", "a\u00a0", "a\u200b", "ä", "a\u0308", "Ä", "á", "aa", "å", "\u212b", "\u00c5",
		"ss", "ß", "ẞ", "i", "I", "ı", "İ", "k", "\u212a", "ﬁ", "fi", "1", "①", "１", "😀", "😁", "nul", "null")
}

func namesAreNoPatterns(t *run) {
	t.allDistinct(
		"abc", "%", "_", "a%", "a_c", "%b%", "___", "a*", "a?c", "[abc]", ".*", "a.c", `\`, `\\`, `\%`, `\_`, `a\bc`,
		"'", "''", `"`, `""`, "`", "'abc'", `"abc"`, "abc' OR '1'='1", "abc'; --", "😀%", "%😀")
}

// allDistinct creates a record with each name, and fails the check unless each
// name is free before and taken after.
func (t *run) allDistinct(names ...string) {
	t.Helper()
	var records []transfertoken.Record
	for i, name := range names {
		r := sample(i)
		r.Name = name
		if err := t.store.Create(t.ctx, r); err != nil {
			t.Errorf("Create of %s when there are only %+q: %v", show(name), names[:i], err)
			continue
		}
		records = append(records, r)
	}
	t.holds(records...)
	for i, r := range records {
		twin := sample(len(names) + i)
		twin.Name = r.Name
		t.wants(t.store.Create(t.ctx, twin), fmt.Sprintf("Create of a second %s", show(r.Name)),
			transfertoken.ErrNameTaken)
	}
	mover := sample(2 * len(names))
	t.create(mover)
	for _, r := range records {
		err := t.store.Update(t.ctx, renamed(mover, r.Name))
		t.wants(err, fmt.Sprintf("Update that makes another record %s", show(r.Name)), transfertoken.ErrNameTaken)
	}
	t.holds(append(records, mover)...)
}

func nameTaken(t *run) {
	a, b := sample(1), sample(2)
	t.create(a, b)
	twin := sample(3)
	twin.Name = a.Name
	t.wants(t.store.Create(t.ctx, twin), "Create of a name that is taken", transfertoken.ErrNameTaken)
	t.wants(t.store.Update(t.ctx, renamed(b, a.Name)), "Update to a name that is taken", transfertoken.ErrNameTaken)
	t.holds(a, b)

	own := renamed(b, b.Name)
	t.wants(t.store.Update(t.ctx, own), "Update that keeps the name", nil)
	t.holds(a, own)
}

func nameIsFreeAgain(t *run) {
	a, b := sample(1), sample(2)
	left := a.Name
	t.create(a, b)
	a = renamed(a, "moved on")
	t.must(t.store.Update(t.ctx, a), "Update")
	t.must(t.store.Delete(t.ctx, b.ID, b.Revision), "Delete")

	c, d := sample(3), sample(4)
	c.Name, d.Name = left, b.Name
	t.wants(t.store.Create(t.ctx, c), "Create of a name that was given up by a rename", nil)
	t.wants(t.store.Create(t.ctx, d), "Create of a name whose record was deleted", nil)
	t.holds(a, c, d)
}
