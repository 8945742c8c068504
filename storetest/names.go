package storetest

import (
	"fmt"

	"github.com/seed-39e76d91/transfertoken"
)

var nameChecks = []check{
	{"names-differ-in-bytes", "names are compared as bytes: case, spaces, accents and their spellings make another name", namesDifferInBytes},
	{"names-are-no-patterns", "a name matches only itself, also with the characters that patterns are made of", namesAreNoPatterns},
	{"name-taken", "no two records have one name: ErrNameTaken, and nothing changes", nameTaken},
	{"name-is-free-again", "a name that no record has any more can be taken", nameIsFreeAgain},
}

func namesDifferInBytes(t *trial) {
	t.allDistinct(
		"a", "A", "a ", " a", "a\u00a0", "a\u200b", "ä", "a\u0308", "Ä", "á", "aa", "å", "\u212b", "\u00c5",
		"ss", "ß", "ẞ", "i", "I", "ı", "İ", "k", "\u212a", "ﬁ", "fi", "1", "①", "１", "😀", "😁", "nul", "null",
	)
}

func namesAreNoPatterns(t *trial) {
	t.allDistinct(
		"abc", "%", "_", "a%", "a_c", "%b%", "___", "a*", "a?c", "[abc]", ".*", "a.c", `\`, `\\`, `\%`, `\_`, `a\bc`,
		"'", "''", `"`, `""`, "`", "'abc'", `"abc"`, "abc' OR '1'='1", "abc'; --", "😀%", "%😀",
	)
}

// allDistinct creates a record with each name, and fails the trial unless each
// name is free before and taken after.
func (t *trial) allDistinct(names ...string) {
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
		t.wants(t.store.Create(t.ctx, twin), fmt.Sprintf("Create of a second %s", show(r.Name)), transfertoken.ErrNameTaken)
	}
	mover := sample(2 * len(names))
	t.create(mover)
	for _, r := range records {
		err := t.store.Update(t.ctx, renamed(mover, r.Name))
		t.wants(err, fmt.Sprintf("Update that makes another record %s", show(r.Name)), transfertoken.ErrNameTaken)
	}
	t.holds(append(records, mover)...)
}

func nameTaken(t *trial) {
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

func nameIsFreeAgain(t *trial) {
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
