package storetest

import (
	"slices"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

var purgeChecks = []check{
	{
		"purge-deletes-the-expired",
		"PurgeExpired deletes and returns exactly the records whose ExpiresAt is not zero and not after the end",
		purgeDeletesTheExpired,
	},
	{
		"purge-keeps-its-limit",
		"PurgeExpired deletes as many expired records as there are, up to its limit",
		purgeKeepsItsLimit,
	},
}

// purger returns the store as a Purger. It skips the check if the store is not
// one.
func (t *run) purger(store transfertoken.Store) transfertoken.Purger {
	t.Helper()
	p, ok := store.(transfertoken.Purger)
	if !ok {
		t.Skip("the store is not a Purger")
	}
	return p
}

func purgeDeletesTheExpired(t *run) {
	p := t.purger(t.store)
	end := noon.Add(time.Hour)
	var expired, stay []transfertoken.Record
	for i, at := range []time.Time{
		end,
		end.Add(-time.Millisecond),
		end.AddDate(-1, 0, 0),
		time.UnixMilli(0).UTC(),
		time.UnixMilli(-1).UTC(),
	} {
		r := sample(i)
		r.ExpiresAt = at
		r.Lifespan = []transfertoken.Lifespan{transfertoken.Days7, transfertoken.Unlimited, "365 days"}[i%3]
		r.Revision = int64(1 + i)
		r.LastUsedAt = noon
		expired = append(expired, r)
	}
	for i, at := range []time.Time{{}, {}, end.Add(time.Millisecond), end.AddDate(100, 0, 0)} {
		r := sample(10 + i)
		r.ExpiresAt = at
		r.Lifespan = []transfertoken.Lifespan{transfertoken.Unlimited, transfertoken.Days7}[i%2]
		stay = append(stay, r)
	}
	t.create(slices.Concat(expired, stay)...)

	purged, err := p.PurgeExpired(t.ctx, end, 1000)
	t.must(err, "PurgeExpired")
	t.are("PurgeExpired returned", sorted(purged), expired)
	for _, r := range expired {
		t.dead(r.Digest)
		_, err := t.store.Get(t.ctx, r.ID)
		t.wants(err, "Get after PurgeExpired", transfertoken.ErrNotFound)
	}
	t.holds(stay...)
	t.on(t.second).holds(stay...)

	purged, err = p.PurgeExpired(t.ctx, end, 1000)
	t.must(err, "PurgeExpired for the second time")
	t.are("PurgeExpired for the second time returned", purged, nil)
	t.create(expired...)
	t.holds(slices.Concat(expired, stay)...)
}

func purgeKeepsItsLimit(t *run) {
	p := t.purger(t.store)
	left := samples(0, 12)
	t.create(left...)
	end := left[9].ExpiresAt // 10 of 12
	for _, limit := range []int{1, 4, 3, 1000, 1} {
		purged, err := p.PurgeExpired(t.ctx, end, limit)
		t.must(err, "PurgeExpired")
		want := min(limit, len(left)-2)
		if len(purged) != want {
			t.Errorf("PurgeExpired with limit %d when %d are expired returned %d", limit, len(left)-2, len(purged))
		}
		for _, r := range purged {
			i := slices.IndexFunc(left, func(l transfertoken.Record) bool { return l.ID == r.ID })
			if i < 0 || r.ExpiresAt.After(end) {
				t.Fatalf("PurgeExpired returned %s, which was not expired or had been deleted before", show(r.Name))
			}
			left = slices.Delete(left, i, i+1)
		}
		t.holds(left...)
	}
}

func raceToPurge(t *run) {
	purgers := []transfertoken.Purger{t.purger(t.store), t.purger(t.second)}
	for round := range 3 {
		expired := samples(100*round, 60)
		stay := sample(1000 + round)
		t.create(slices.Concat(expired, []transfertoken.Record{stay})...)
		end := expired[len(expired)-1].ExpiresAt
		const callers = 4
		purged := make([][]transfertoken.Record, callers)
		for _, err := range together(callers, func(i int) error {
			for {
				batch, err := purgers[i%2].PurgeExpired(t.ctx, end, 7)
				purged[i] = append(purged[i], batch...)
				if err != nil || len(batch) == 0 {
					return err
				}
			}
		}) {
			t.must(err, "PurgeExpired")
		}
		rest, err := purgers[0].PurgeExpired(t.ctx, end, 1000)
		t.must(err, "PurgeExpired")
		t.are("concurrent calls of PurgeExpired returned", sorted(append(slices.Concat(purged...), rest...)), expired)
		t.holds(stay)
		t.must(t.store.Delete(t.ctx, stay.ID, stay.Revision), "Delete")
	}
}

func raceOfPurgeAndUpdate(t *run) {
	t.purger(t.second)
	for round := range 16 {
		r := sample(round)
		t.create(r)
		u := regenerated(r)
		var purged []transfertoken.Record
		var updateErr error
		t.bothSucceed(round,
			func(s transfertoken.Store) (err error) {
				purged, err = s.(transfertoken.Purger).PurgeExpired(t.ctx, r.ExpiresAt, 10)
				return err
			},
			func(s transfertoken.Store) error {
				updateErr = s.Update(t.ctx, u)
				return nil
			})
		t.wants(updateErr, "Update", nil, transfertoken.ErrNotFound)
		t.dead(r.Digest)
		if updateErr != nil {
			t.are("PurgeExpired beside an Update that found no record returned", purged, []transfertoken.Record{r})
			t.dead(u.Digest)
			t.holds()
			continue
		}
		t.are("PurgeExpired beside an Update that succeeded returned", purged, nil)
		t.holds(u)
		t.must(t.store.Delete(t.ctx, u.ID, u.Revision), "Delete")
	}
}

// are fails the check unless got equals want, record by record.
func (t *run) are(what string, got, want []transfertoken.Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s %d records, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if d := differences(got[i], want[i]); d != "" {
			t.Errorf("%s, record %d of %d: %s", what, i+1, len(want), d)
		}
	}
}
