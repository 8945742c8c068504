package storetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

var fieldChecks = []check{
	{"starts-empty", "a new store holds nothing", startsEmpty},
	{"fields-round-trip", "every field comes back as it was created, from Get, FindByDigest and List", fieldsRoundTrip},
	{"times-round-trip", "times come back as given: in UTC, to the millisecond, however far away", timesRoundTrip},
	{
		"never-is-not-the-epoch",
		"a zero time comes back as zero, and the first millisecond of 1970 as itself",
		neverIsNotTheEpoch,
	},
	{"texts-are-bytes", "texts come back byte for byte, the empty one as empty", textsAreBytes},
	{
		"long-texts-are-whole",
		"a name of 255 and a description of 2,000 characters of four bytes are kept whole",
		longTextsAreWhole,
	},
	{
		"values-are-not-bent",
		"a value that the service never writes is refused or comes back as given, never as another",
		valuesAreNotBent,
	},
}

func startsEmpty(t *run) {
	t.holds()
	_, err := t.store.Get(t.ctx, sample(1).ID)
	t.wants(err, "Get", transfertoken.ErrNotFound)
	t.dead(sample(1).Digest)
}

func fieldsRoundTrip(t *run) {
	var records []transfertoken.Record
	for _, permissions := range []transfertoken.Permissions{
		transfertoken.Push, transfertoken.Pull, transfertoken.FullAccess,
	} {
		r := sample(len(records))
		r.Permissions = permissions
		records = append(records, r)
	}
	for _, lifespan := range []transfertoken.Lifespan{
		transfertoken.Days7, transfertoken.Days30, transfertoken.Days90, transfertoken.Unlimited,
	} {
		r := sample(len(records))
		r.Lifespan = lifespan
		records = append(records, r)
	}
	used := sample(len(records))
	used.LastUsedAt = noon.Add(time.Hour)
	large := sample(len(records) + 1)
	large.Revision = 1<<53 + 1 // fits neither 32 bits nor a float
	suspended := sample(len(records) + 2)
	suspended.Suspended = true
	records = append(records, used, large, suspended)

	t.create(records...)
	t.holds(records...)
}

func timesRoundTrip(t *run) {
	var records []transfertoken.Record
	for _, at := range []time.Time{
		noon,
		noon.Add(time.Millisecond),
		noon.Add(210 * time.Millisecond), // .999
		time.UnixMilli(-1).UTC(),
		time.UnixMilli(1<<31*1000 + 1).UTC(),
		time.Date(1900, time.January, 1, 0, 0, 0, 1e6, time.UTC),
		time.Date(2024, time.March, 31, 2, 30, 0, 0, time.UTC), // in an hour that much of Europe skips
		time.Date(9999, time.December, 31, 23, 59, 59, 999e6, time.UTC),
	} {
		r := sample(len(records))
		r.CreatedAt, r.UpdatedAt, r.ExpiresAt, r.LastUsedAt = at, at, at, at
		records = append(records, r)
	}
	t.create(records...)
	t.holds(records...)

	for i, r := range records {
		u := renamed(r, fmt.Sprintf("renamed %d", i))
		u.UpdatedAt, u.ExpiresAt = r.UpdatedAt, noon.Add(7*time.Millisecond)
		t.must(t.store.Update(t.ctx, u), "Update")
		records[i] = u
	}
	t.holds(records...)
}

func neverIsNotTheEpoch(t *run) {
	never, epoch := sample(1), sample(2)
	zero := time.Time{}
	never.CreatedAt, never.UpdatedAt, never.ExpiresAt, never.LastUsedAt = zero, zero, zero, zero
	at := time.UnixMilli(0).UTC()
	epoch.CreatedAt, epoch.UpdatedAt, epoch.ExpiresAt, epoch.LastUsedAt = at, at, at, at
	t.create(never, epoch)
	t.holds(never, epoch)

	wasNever, wasEpoch := renamed(never, "was never"), renamed(epoch, "was epoch")
	wasNever.UpdatedAt, wasNever.ExpiresAt = at, at
	wasEpoch.UpdatedAt, wasEpoch.ExpiresAt = time.Time{}, time.Time{}
	t.must(t.store.Update(t.ctx, wasNever), "Update")
	t.must(t.store.Update(t.ctx, wasEpoch), "Update")
	t.holds(wasNever, wasEpoch)
}

func textsAreBytes(t *run) {
	texts := []string{
		"", " ", "  two  ", "trailing ", `quotes ' " and`, "`back` \\ \\\\ \\0 \\n", "100% _under_ [a-z]* ?",
		"'; DROP TABLE tokens; --", "$1 :name @name {} %s %d", "null", "NULL", "0", "1e3", "true",
		"ä", "a\u0308", "ß", "İi", "日本語", "😀👩\u200d👩\u200d👧", "\U0010ffff", "\ufffd", "\ufeff", "\u00ad",
	}
	var records []transfertoken.Record
	for i, text := range texts {
		r := sample(i)
		if text != "" {
			r.Name = text
		}
		r.Description = text + "\n\t" + text
		if i == 0 {
			r.Description = ""
		}
		r.CreatedBy = text
		r.Hint = text[:0]
		records = append(records, r)
	}
	t.create(records...)
	t.holds(records...)
}

func longTextsAreWhole(t *run) {
	r, other := sample(1), sample(2)
	r.Name = strings.Repeat("😀", 255)
	r.CreatedBy = r.Name
	r.Description = strings.Repeat("😀", 2000)
	other.Name = strings.Repeat("😀", 254) + "😁"
	t.create(r, other)
	t.holds(r, other)

	r = renamed(r, strings.Repeat("😀", 254)+"😂")
	t.must(t.store.Update(t.ctx, r), "Update")
	t.holds(r, other)
}

func valuesAreNotBent(t *run) {
	type change = func(*transfertoken.Record)
	var kept []transfertoken.Record
	for i, change := range []change{
		func(r *transfertoken.Record) { r.Permissions = 0 },
		func(r *transfertoken.Record) { r.Permissions = 0x80 | transfertoken.FullAccess },
		func(r *transfertoken.Record) { r.Permissions = 0xfc },
		func(r *transfertoken.Record) { r.Lifespan = "" },
		func(r *transfertoken.Record) { r.Lifespan = "UNLIMITED" },
		func(r *transfertoken.Record) { r.Name = "" },
		func(r *transfertoken.Record) { r.Name = "nul \x00 in it" },
		func(r *transfertoken.Record) { r.Description = "not \xff UTF-8" },
		func(r *transfertoken.Record) { r.Description = "two\r\nlines" },
		func(r *transfertoken.Record) { r.SaltID = "" },
		func(r *transfertoken.Record) { r.SaltID = "9F3A01BC" },
	} {
		r := sample(i)
		change(&r)
		if err := t.store.Create(t.ctx, r); err == nil {
			kept = append(kept, r)
		} else if _, err := t.store.Get(t.ctx, r.ID); err == nil {
			t.Errorf("Create of odd value %d failed, but the record is there", i)
		}
	}
	t.holds(kept...)

	usual := sample(100)
	t.create(usual)
	t.lists(t.list(uuid.Nil, 1000), append(kept, usual)...)
}
