package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

var filterChecks = []check{
	{
		"filter-by-maker",
		"ListFiltered with CreatedBy returns exactly the records with these bytes in CreatedBy",
		filterByMaker,
	},
	{
		"filter-by-end",
		"ListFiltered with ExpiresBefore returns exactly the records whose ExpiresAt is not zero and before it",
		filterByEnd,
	},
	{"filter-by-both", "ListFiltered with both returns exactly the records that match both", filterByBoth},
	{
		"filter-pages",
		"ListFiltered returns the first records after the ID in After, in the order of the bytes of the IDs, up to Limit",
		filterPages,
	},
}

// filtered returns a page of the store. It skips the check if the store is no
// Filterer.
func (t *run) filtered(opts transfertoken.ListOptions) []transfertoken.Record {
	t.Helper()
	f, ok := t.store.(transfertoken.Filterer)
	if !ok {
		t.Skip("the store is not a Filterer")
	}
	if opts.Limit == 0 {
		opts.Limit = transfertoken.MaxPageSize
	}
	records, err := f.ListFiltered(t.ctx, opts)
	t.must(err, "ListFiltered")
	return records
}

func filterByMaker(t *run) {
	makers := []string{"", "ann", "Ann", "ann ", "an", "ann%", "a_n", "%", "ä", "a\u0308", "' OR ''='", "0", "null"}
	var records []transfertoken.Record
	for i := range 2 * len(makers) {
		r := sample(i)
		r.CreatedBy = makers[i%len(makers)]
		records = append(records, r)
	}
	t.create(shuffled(records)...)
	for i, maker := range makers {
		t.are(fmt.Sprintf("ListFiltered with CreatedBy %q returned", maker),
			t.filtered(transfertoken.ListOptions{CreatedBy: &maker}),
			[]transfertoken.Record{records[i], records[i+len(makers)]})
	}
	nobody := "nobody"
	t.are("ListFiltered with an unknown CreatedBy returned",
		t.filtered(transfertoken.ListOptions{CreatedBy: &nobody}), nil)

	records[1] = regenerated(records[1])
	t.must(t.store.Update(t.ctx, records[1]), "Update of CreatedBy")
	t.are("ListFiltered after an Update returned", t.filtered(transfertoken.ListOptions{CreatedBy: &makers[1]}),
		records[1+len(makers):][:1])
	t.are("ListFiltered after an Update returned", t.filtered(transfertoken.ListOptions{CreatedBy: &records[1].CreatedBy}),
		records[1:2])
}

func filterByEnd(t *run) {
	end := noon.Add(time.Hour)
	var before, others []transfertoken.Record
	for i, at := range []time.Time{
		end.Add(-time.Millisecond), end.AddDate(-1, 0, 0), time.UnixMilli(0).UTC(), time.UnixMilli(-1).UTC(),
	} {
		r := sample(2 * i)
		r.ExpiresAt = at
		r.Lifespan = []transfertoken.Lifespan{transfertoken.Days7, transfertoken.Unlimited, "365 days"}[i%3]
		before = append(before, r)
	}
	for i, at := range []time.Time{{}, {}, end, end.Add(time.Millisecond), end.AddDate(100, 0, 0)} {
		r := sample(2*i + 1)
		r.ExpiresAt = at
		r.Lifespan = []transfertoken.Lifespan{transfertoken.Unlimited, transfertoken.Days7}[i%2]
		others = append(others, r)
	}
	t.create(shuffled(slices.Concat(before, others))...)
	t.are("ListFiltered with ExpiresBefore returned", t.filtered(transfertoken.ListOptions{ExpiresBefore: end}), before)
	t.are("ListFiltered with an early ExpiresBefore returned",
		t.filtered(transfertoken.ListOptions{ExpiresBefore: time.UnixMilli(0).UTC()}), before[3:])
	t.holds(slices.Concat(before, others)...)
}

func filterByBoth(t *run) {
	var want []transfertoken.Record
	for i := range 12 {
		r := sample(i)
		r.CreatedBy = []string{"ann", "bob"}[i%2]
		r.ExpiresAt = noon.Add(time.Duration(i) * time.Hour)
		t.create(r)
		if i%2 == 0 && i < 7 {
			want = append(want, r)
		}
	}
	ann := "ann"
	t.are("ListFiltered with both returned",
		t.filtered(transfertoken.ListOptions{CreatedBy: &ann, ExpiresBefore: noon.Add(7 * time.Hour)}), want)
}

func filterPages(t *run) {
	ann, end := "ann", noon.Add(time.Hour)
	var want, all []transfertoken.Record
	for i := range 60 {
		r := sample(i)
		r.ExpiresAt = noon.Add(-time.Duration(i) * time.Second) // the last ones end first
		if i%3 == 0 {
			r.CreatedBy, r.ExpiresAt = "bob", time.Time{}
		} else {
			r.CreatedBy = ann
			want = append(want, r)
		}
		all = append(all, r)
	}
	t.create(shuffled(all)...)
	for name, opts := range map[string]transfertoken.ListOptions{
		"CreatedBy":     {CreatedBy: &ann},
		"ExpiresBefore": {ExpiresBefore: end},
		"both":          {CreatedBy: &ann, ExpiresBefore: end},
	} {
		for _, limit := range []int{1, 7, 40, 1000} {
			var paged []transfertoken.Record
			opts.After, opts.Limit = uuid.Nil, limit
			for len(paged) <= len(want) {
				page := t.filtered(opts)
				if len(page) > limit {
					t.Fatalf("ListFiltered with %s and limit %d returned %d records", name, limit, len(page))
				}
				if len(page) == 0 {
					break
				}
				paged = append(paged, page...)
				opts.After = page[len(page)-1].ID
			}
			t.are(fmt.Sprintf("pages of %d of ListFiltered with %s returned", limit, name), paged, want)
		}
		opts.After, opts.Limit = uuid.Max, 5
		t.are("ListFiltered after the largest ID returned", t.filtered(opts), nil)
	}
}
