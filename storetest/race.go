package storetest

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

var raceChecks = []check{
	{
		"race-to-create-a-name",
		"of concurrent Creates of one name exactly one succeeds, the others are ErrNameTaken",
		raceToCreateAName,
	},
	{
		"race-to-create-a-digest",
		"of concurrent Creates with one digest exactly one succeeds, the others are ErrSecretTaken",
		raceToCreateADigest,
	},
	{
		"race-to-rename",
		"of concurrent Updates to one name exactly one succeeds, the others are ErrNameTaken",
		raceToRename,
	},
	{
		"race-to-update",
		"of concurrent Updates of one revision exactly one succeeds, the others are ErrConflict",
		raceToUpdate,
	},
	{
		"race-to-delete",
		"of concurrent Deletes of one record exactly one succeeds, the others are ErrNotFound",
		raceToDelete,
	},
	{
		"race-of-delete-and-update",
		"of a Delete and an Update of one revision exactly one succeeds",
		raceOfDeleteAndUpdate,
	},
	{"race-to-touch", "of concurrent Touches the latest time stays", raceToTouch},
	{"race-of-touch-and-update", "a Touch and an Update at the same time both take effect", raceOfTouchAndUpdate},
	{"race-of-touch-and-rekey", "a Touch and a Rekey at the same time both take effect", raceOfTouchAndRekey},
	{
		"race-of-rekey-and-update",
		"a Rekey at the same time as an Update that replaces the digest makes no difference",
		raceOfRekeyAndUpdate,
	},
	{
		"race-of-rekey-and-rename",
		"a Rekey at the same time as an Update with a zero Digest both take effect",
		raceOfRekeyAndRename,
	},
	{
		"race-to-purge",
		"of concurrent calls of PurgeExpired each expired record is returned by exactly one, and none is left",
		raceToPurge,
	},
	{
		"race-of-purge-and-update",
		"of a PurgeExpired and an Update that moves the end on exactly one takes effect",
		raceOfPurgeAndUpdate,
	},
	{"race-to-read", "a record is read as one write left it, never half of one and half of another", raceToRead},
	{
		"race-to-find",
		"FindByDigest of both digests finds a record at any moment while Rekey moves it from one to the other",
		raceToFind,
	},
}

// crowd is the number of concurrent callers.
const crowd = 32

func raceToCreateAName(t *run) {
	for round := range 3 {
		records := samples(100*round, crowd)
		for i := range records {
			records[i].Name = fmt.Sprint("contested ", round)
		}
		t.raceToCreate(records, "Create of one name", transfertoken.ErrNameTaken)
	}
}

func raceToCreateADigest(t *run) {
	for round := range 3 {
		records := samples(100*round, crowd)
		for i := range records {
			records[i].Digest = digest(fmt.Sprint("contested ", round))
		}
		t.raceToCreate(records, "Create with one digest", transfertoken.ErrSecretTaken)
	}
}

// raceToCreate creates records that exclude each other at once, and deletes the one
// that succeeded.
func (t *run) raceToCreate(records []transfertoken.Record, what string, lost error) {
	t.Helper()
	winner := t.oneWins(together(len(records), func(i int) error {
		return t.handle(i).Create(t.ctx, records[i])
	}), what, lost)
	t.holds(records[winner])
	t.must(t.store.Delete(t.ctx, records[winner].ID, transfertoken.AnyRevision), "Delete")
	t.holds()
}

func raceToRename(t *run) {
	records := samples(0, crowd)
	t.create(records...)
	for round := range 3 {
		renames := make([]transfertoken.Record, crowd)
		for i, r := range records {
			renames[i] = renamed(r, fmt.Sprint("contested ", round))
		}
		winner := t.oneWins(together(crowd, func(i int) error {
			return t.handle(i).Update(t.ctx, renames[i])
		}), "Update to one name", transfertoken.ErrNameTaken)
		records[winner] = renames[winner]
		t.holds(records...)
	}
}

func raceToUpdate(t *run) {
	r := sample(0)
	t.create(r)
	for round := range 3 {
		updates := make([]transfertoken.Record, crowd)
		for i := range updates {
			updates[i] = renamed(r, fmt.Sprintf("round %d, writer %d", round, i))
			updates[i].Digest = digest(updates[i].Name)
		}
		former := r.Digest
		winner := t.oneWins(together(crowd, func(i int) error {
			return t.handle(i).Update(t.ctx, updates[i])
		}), "Update of one revision", transfertoken.ErrConflict)
		r = updates[winner]
		t.dead(former, updates[(winner+1)%crowd].Digest)
		t.holds(r)
	}
}

func raceToDelete(t *run) {
	stay := sample(999)
	t.create(stay)
	for round := range 3 {
		r := sample(round)
		t.create(r)
		t.oneWins(together(crowd, func(i int) error {
			return t.handle(i).Delete(t.ctx, r.ID, int64(i/2%2)) // AnyRevision or 1
		}), "Delete of one record", transfertoken.ErrNotFound)
		t.dead(r.Digest)
		t.holds(stay)
	}
}

func raceOfDeleteAndUpdate(t *run) {
	for round := range 16 {
		r := sample(round)
		t.create(r)
		u := regenerated(r)
		winner := t.oneWins(together(2, func(i int) error {
			if i == round%2 {
				return t.handle(i).Delete(t.ctx, r.ID, r.Revision)
			}
			return t.handle(i).Update(t.ctx, u)
		}), "Delete and Update of one revision", transfertoken.ErrNotFound, transfertoken.ErrConflict)
		t.dead(r.Digest)
		if winner == round%2 {
			t.dead(u.Digest)
			t.holds()
			continue
		}
		t.holds(u)
		t.must(t.store.Delete(t.ctx, u.ID, u.Revision), "Delete")
	}
}

func raceToTouch(t *run) {
	r, other := sample(0), sample(1)
	t.create(r, other)
	for round := range 3 {
		times := make([]time.Time, crowd)
		for i := range times {
			times[i] = noon.Add(time.Duration(round)*time.Second + time.Duration(i)*time.Millisecond)
		}
		r.LastUsedAt = times[crowd-1]
		times = shuffled(times)
		for _, err := range together(crowd, func(i int) error {
			return t.handle(i).Touch(t.ctx, r.ID, times[i])
		}) {
			t.must(err, "Touch")
		}
		t.holds(r, other)
	}
}

func raceOfTouchAndUpdate(t *run) {
	r := sample(0)
	t.create(r)
	for round := range 16 {
		at := noon.Add(time.Duration(round) * time.Second)
		u := regenerated(r)
		u.Name = fmt.Sprint("round ", round)
		t.bothSucceed(round,
			func(s transfertoken.Store) error { return s.Touch(t.ctx, r.ID, at) },
			func(s transfertoken.Store) error { return s.Update(t.ctx, u) })
		t.dead(r.Digest)
		r = touched(u, at)
		t.holds(r)
	}
}

func raceOfTouchAndRekey(t *run) {
	r := sample(0)
	t.create(r)
	for round := range 16 {
		at := noon.Add(time.Duration(round) * time.Second)
		from, to := r.Digest, digest(fmt.Sprint("round ", round))
		t.bothSucceed(round,
			func(s transfertoken.Store) error { return s.Touch(t.ctx, r.ID, at) },
			func(s transfertoken.Store) error { return s.Rekey(t.ctx, r.ID, from, to, r.SaltID) })
		t.dead(from)
		r = touched(rekeyed(r, to, r.SaltID), at)
		t.holds(r)
	}
}

func raceOfRekeyAndUpdate(t *run) {
	r := sample(0)
	t.create(r)
	for round := range 16 {
		to := digest(fmt.Sprint("round ", round))
		u := regenerated(r)
		u.Name = fmt.Sprint("round ", round)
		u.Digest = digest("new " + u.Name)
		t.bothSucceed(round,
			func(s transfertoken.Store) error { return s.Rekey(t.ctx, r.ID, r.Digest, to, "0badcafe") },
			func(s transfertoken.Store) error { return s.Update(t.ctx, u) })
		t.dead(r.Digest, to)
		r = u
		t.holds(r)
	}
}

func raceOfRekeyAndRename(t *run) {
	r := sample(0)
	t.create(r)
	for round := range 16 {
		from, to := r.Digest, digest(fmt.Sprint("round ", round))
		u := renamed(r, fmt.Sprint("round ", round))
		t.bothSucceed(round,
			func(s transfertoken.Store) error { return s.Rekey(t.ctx, r.ID, from, to, "0badcafe") },
			func(s transfertoken.Store) error { return s.Update(t.ctx, withoutDigest(u)) })
		t.dead(from)
		r = rekeyed(u, to, "0badcafe")
		t.holds(r)
	}
}

// bothSucceed calls a and b at once, with one handle each, and ends the check if
// one fails. In odd rounds they change places.
func (t *run) bothSucceed(round int, a, b func(transfertoken.Store) error) {
	t.Helper()
	if round%2 == 1 {
		a, b = b, a
	}
	for _, err := range together(2, func(i int) error {
		if i == 0 {
			return a(t.store)
		}
		return b(t.second)
	}) {
		t.must(err, "one of two writes at once")
	}
}

func raceToRead(t *run) {
	first := sample(1)
	var digests []transfertoken.Digest
	for i := range 4 {
		digests = append(digests, digest(fmt.Sprint("version ", i)))
	}
	version := func(revision int64) transfertoken.Record {
		r := first
		r.Revision = revision
		r.Name = fmt.Sprint("version ", revision)
		r.Description, r.CreatedBy = r.Name, r.Name
		r.Permissions = transfertoken.Permissions(1 + revision%3)
		r.UpdatedAt = noon.Add(time.Duration(revision) * time.Second)
		r.ExpiresAt = r.UpdatedAt.Add(time.Hour)
		r.Digest = digests[revision%4]
		r.SaltID = fmt.Sprintf("%08x", revision)
		return r
	}
	whole := func(what string, got transfertoken.Record) error {
		if d := differences(got, version(got.Revision)); d != "" {
			return fmt.Errorf("%s returned revision %d, but: %s", what, got.Revision, d)
		}
		return nil
	}
	t.create(version(1))
	last := int64(1)
	t.readWhileWriting(func() error {
		last++
		return t.store.Update(t.ctx, version(last))
	}, func(store transfertoken.Store, _ int) error {
		got, err := store.Get(t.ctx, first.ID)
		if err != nil {
			return failed("Get", err)
		}
		page, err := store.List(t.ctx, transfertoken.ListOptions{Limit: 10})
		if err != nil {
			return failed("List", err)
		}
		if len(page) != 1 {
			return fmt.Errorf("%d records listed, want 1", len(page))
		}
		found, err := store.FindByDigest(t.ctx, digests)
		if errors.Is(err, transfertoken.ErrNotFound) { // a Rekey moved it; race-to-find checks that
			found, err = got, nil
		}
		if err != nil {
			return failed("FindByDigest", err)
		}
		return errors.Join(whole("Get", got), whole("List", page[0]), whole("FindByDigest", found))
	})
	t.holds(version(last))
}

func raceToFind(t *run) {
	r := sample(1)
	t.create(r)
	ends := []transfertoken.Digest{r.Digest, digest("rekeyed")}
	moves := 0
	t.readWhileWriting(func() error {
		moves++
		return t.store.Rekey(t.ctx, r.ID, ends[(moves+1)%2], ends[moves%2], r.SaltID)
	}, func(store transfertoken.Store, round int) error {
		first := round / 3 % 2 // not in step with the moves
		found, err := store.FindByDigest(t.ctx, []transfertoken.Digest{ends[first], ends[1-first]})
		if err != nil {
			return failed("FindByDigest while Rekey was running", err)
		}
		if found.ID != r.ID || found.Digest != ends[0] && found.Digest != ends[1] {
			return errors.New("while Rekey was running, FindByDigest returned a record with neither of the digests")
		}
		return nil
	})
	t.holds(rekeyed(r, ends[moves%2], r.SaltID))
}

func failed(what string, err error) error { return fmt.Errorf("%s: %w", what, err) }

// readWhileWriting calls write and, from several goroutines, read until there were
// enough calls of both. It fails the check for each goroutine that fails.
func (t *run) readWhileWriting(write func() error, read func(store transfertoken.Store, round int) error) {
	t.Helper()
	const readers, enough = 4, 100
	var reading, written atomic.Int64
	reading.Store(readers)
	for _, err := range together(readers+1, func(i int) error {
		if i == readers {
			defer written.Store(enough)
			for reading.Load() > 0 {
				if err := write(); err != nil {
					return fmt.Errorf("the writer: %w", err)
				}
				if written.Add(1)%7 == 0 { // odd, so that readers see both of two digests in turn
					runtime.Gosched()
				}
			}
			return nil
		}
		defer reading.Add(-1)
		for round := 0; round < enough || written.Load() < enough; round++ {
			if err := read(t.handle(i), round); err != nil {
				return err
			}
			runtime.Gosched()
		}
		return nil
	}) {
		if err != nil {
			t.Errorf("%v", err)
		}
	}
}
