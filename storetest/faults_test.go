package storetest_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/storetest"
)

// A fault is planted in a plain store. The check that it names must catch it.
type fault struct {
	caughtBy string
	fault    string // completes "a store that …"
	store    func(*plain) transfertoken.Store
	second   func(*plain) transfertoken.Store // nil if there is only one handle
}

func (f fault) options() *storetest.Options {
	if f.second == nil {
		return nil
	}
	return &storetest.Options{SecondHandle: func(_ testing.TB, first transfertoken.Store) transfertoken.Store {
		return f.second(first.(*plain))
	}}
}

var faults = slices.Concat(fieldFaults, nameFaults, createFaults, errorFaults, zeroFaults, findFaults, listFaults,
	filterFaults, updateFaults, rekeyFaults, touchFaults, deleteFaults, purgeFaults, cancelFaults, instanceFaults,
	raceFaults)

// keeping returns a store that keeps a changed record.
func keeping(change func(*record)) func(*plain) transfertoken.Store {
	return func(p *plain) transfertoken.Store {
		p.keep = func(r record) record {
			change(&r)
			return r
		}
		return p
	}
}

// naming returns a store that takes names with the same key for the same.
func naming(key func(string) string) func(*plain) transfertoken.Store {
	return func(p *plain) transfertoken.Store {
		p.sameName = func(stored, asked string) bool { return key(stored) == key(asked) }
		return p
	}
}

// digesting returns a store that takes digests with the same key for the same.
func digesting(key func(digest) string) func(*plain) transfertoken.Store {
	return func(p *plain) transfertoken.Store {
		p.sameDigest = func(stored, asked digest) bool { return key(stored) == key(asked) }
		return p
	}
}

// overriding returns a store with the methods that plant replaces.
func overriding(plant func(*override)) func(*plain) transfertoken.Store {
	return func(p *plain) transfertoken.Store {
		o := &override{plain: p}
		plant(o)
		return o
	}
}

func same(p *plain) transfertoken.Store { return p }

func times(r *record) []*time.Time {
	return []*time.Time{&r.CreatedAt, &r.UpdatedAt, &r.ExpiresAt, &r.LastUsedAt}
}

var fieldFaults = []fault{
	{caughtBy: "starts-empty", fault: "starts with an example", store: func(p *plain) transfertoken.Store {
		p.insert(record{Token: transfertoken.Token{ID: uuid.Max, Name: "example"}, Digest: digest{1}})
		return p
	}},
	{caughtBy: "fields-round-trip", fault: "has 32 bits for a revision", store: keeping(func(r *record) {
		r.Revision = int64(int32(r.Revision))
	})},
	{
		caughtBy: "fields-round-trip",
		fault:    "mixes up two dates",
		store:    keeping(func(r *record) { r.UpdatedAt = r.CreatedAt }),
	},
	{
		caughtBy: "fields-round-trip",
		fault:    "has no column for who made it",
		store:    keeping(func(r *record) { r.CreatedBy = "" }),
	},
	{
		caughtBy: "fields-round-trip",
		fault:    "has no column for suspension",
		store:    keeping(func(r *record) { r.Suspended = false }),
	},
	{caughtBy: "fields-round-trip", fault: "lists without the salt ID", store: overriding(func(o *override) {
		o.list = func(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
			page, err := o.plain.List(ctx, opts)
			for i := range page {
				page[i].SaltID = ""
			}
			return page, err
		}
	})},
	{caughtBy: "times-round-trip", fault: "cuts times to seconds", store: keeping(func(r *record) {
		for _, at := range times(r) {
			*at = at.Truncate(time.Second)
		}
	})},
	{caughtBy: "times-round-trip", fault: "returns local times", store: keeping(func(r *record) {
		for _, at := range times(r) {
			*at = at.In(time.FixedZone("CET", 3600))
		}
	})},
	{caughtBy: "times-round-trip", fault: "has 32 bits for seconds", store: keeping(func(r *record) {
		for _, at := range times(r) {
			if !at.IsZero() {
				*at = time.UnixMilli(int64(int32(at.Unix()))*1000 + at.UnixMilli()%1000).UTC()
			}
		}
	})},
	{caughtBy: "never-is-not-the-epoch", fault: "takes the epoch for never", store: keeping(func(r *record) {
		for _, at := range times(r) {
			if at.UnixMilli() == 0 {
				*at = time.Time{}
			}
		}
	})},
	{caughtBy: "never-is-not-the-epoch", fault: "keeps never as the epoch", store: keeping(func(r *record) {
		if r.ExpiresAt.IsZero() {
			r.ExpiresAt = time.UnixMilli(0).UTC()
		}
	})},
	{
		caughtBy: "texts-are-bytes",
		fault:    "trims texts",
		store:    keeping(func(r *record) { r.CreatedBy = strings.TrimSpace(r.CreatedBy) }),
	},
	{caughtBy: "texts-are-bytes", fault: "composes accents", store: keeping(func(r *record) {
		r.Description = strings.ReplaceAll(r.Description, "a\u0308", "ä")
	})},
	{caughtBy: "long-texts-are-whole", fault: "cuts names to 255 bytes", store: keeping(func(r *record) {
		r.Name = r.Name[:min(255, len(r.Name))]
	})},
	{
		caughtBy: "long-texts-are-whole",
		fault:    "has an index of the first 191 characters of names",
		store: naming(func(name string) string {
			return string([]rune(name)[:min(191, len([]rune(name)))])
		}),
	},
	{caughtBy: "values-are-not-bent", fault: "drops the unknown bits of permissions", store: keeping(func(r *record) {
		r.Permissions &= transfertoken.FullAccess
	})},
	{caughtBy: "values-are-not-bent", fault: "takes a missing lifespan for unlimited", store: keeping(func(r *record) {
		r.Lifespan = cmp.Or(r.Lifespan, transfertoken.Unlimited)
	})},
}

var nameFaults = []fault{
	{caughtBy: "names-differ-in-bytes", fault: "folds case", store: naming(strings.ToLower)},
	{
		caughtBy: "names-differ-in-bytes",
		fault:    "pads with spaces",
		store:    naming(func(name string) string { return strings.TrimRight(name, " ") }),
	},
	{caughtBy: "names-differ-in-bytes", fault: "folds accents", store: naming(func(name string) string {
		return strings.NewReplacer("a\u0308", "a", "ä", "a").Replace(name)
	})},
	{caughtBy: "names-are-no-patterns", fault: "looks names up with LIKE", store: func(p *plain) transfertoken.Store {
		p.sameName = func(stored, asked string) bool {
			start, end, pattern := strings.Cut(asked, "%")
			if !pattern {
				return stored == asked
			}
			return strings.HasPrefix(stored, start) && strings.HasSuffix(stored, end)
		}
		return p
	}},
	{caughtBy: "names-are-no-patterns", fault: "takes backslashes out", store: naming(func(name string) string {
		return strings.ReplaceAll(name, `\`, "")
	})},
	{caughtBy: "name-taken", fault: "renames without looking at the other names", store: overriding(func(o *override) {
		o.update = func(_ context.Context, r record) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.write(o.at(r.ID), r)
			return nil
		}
	})},
	{caughtBy: "name-taken", fault: "finds its own name taken", store: overriding(func(o *override) {
		o.update = func(ctx context.Context, r record) error {
			if stored, err := o.Get(ctx, r.ID); err == nil && stored.Name == r.Name {
				return transfertoken.ErrNameTaken
			}
			return o.plain.Update(ctx, r)
		}
	})},
	{caughtBy: "name-is-free-again", fault: "keeps names forever", store: overriding(func(o *override) {
		used := make(map[string]bool)
		o.create = func(ctx context.Context, r record) error {
			if used[r.Name] {
				return transfertoken.ErrNameTaken
			}
			used[r.Name] = true
			return o.plain.Create(ctx, r)
		}
	})},
}

var createFaults = []fault{
	{caughtBy: "secret-taken", fault: "takes one digest twice", store: overriding(func(o *override) {
		o.create = func(_ context.Context, r record) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.insert(r)
			return nil
		}
	})},
	{
		caughtBy: "secret-taken",
		fault:    "re-digests without looking at the other digests",
		store: overriding(func(o *override) {
			o.rekey = func(_ context.Context, id uuid.UUID, _, to digest, _ string) error {
				o.mu.Lock()
				defer o.mu.Unlock()
				o.at(id).Digest = to
				return nil
			}
		}),
	},
	{caughtBy: "secret-is-free-again", fault: "keeps digests forever", store: overriding(func(o *override) {
		used := make(map[digest]bool)
		o.create = func(ctx context.Context, r record) error {
			if used[r.Digest] {
				return transfertoken.ErrSecretTaken
			}
			used[r.Digest] = true
			return o.plain.Create(ctx, r)
		}
	})},
	{caughtBy: "id-taken", fault: "replaces the record with the ID", store: overriding(func(o *override) {
		o.create = func(ctx context.Context, r record) error {
			o.mu.Lock()
			if o.at(r.ID) != nil {
				o.remove(r.ID)
			}
			o.mu.Unlock()
			return o.plain.Create(ctx, r)
		}
	})},
	{
		caughtBy: "create-is-atomic",
		fault:    "takes the digest before it looks at the name",
		store: overriding(func(o *override) {
			index := make(map[digest]bool)
			o.create = func(ctx context.Context, r record) error {
				if index[r.Digest] {
					return transfertoken.ErrSecretTaken
				}
				index[r.Digest] = true
				return o.plain.Create(ctx, r)
			}
		}),
	},
	{
		caughtBy: "create-is-atomic",
		fault:    "says that the name is taken if anything is",
		store: overriding(func(o *override) {
			o.create = func(ctx context.Context, r record) error {
				if err := o.plain.Create(ctx, r); err != nil {
					return transfertoken.ErrNameTaken
				}
				return nil
			}
		}),
	},
}

var errorFaults = []fault{
	{caughtBy: "errors-are-bare", fault: "wraps ErrNotFound", store: overriding(func(o *override) {
		o.get = func(ctx context.Context, id uuid.UUID) (record, error) {
			r, err := o.plain.Get(ctx, id)
			if err != nil {
				err = fmt.Errorf("get: %w", err)
			}
			return r, err
		}
	})},
	{caughtBy: "errors-are-bare", fault: "adds the text of the driver", store: overriding(func(o *override) {
		o.rekey = func(ctx context.Context, id uuid.UUID, from, to digest, saltID string) error {
			err := o.plain.Rekey(ctx, id, from, to, saltID)
			if err != nil {
				err = fmt.Errorf("%w: duplicate key", err)
			}
			return err
		}
	})},
	{
		caughtBy: "errors-hide-digests",
		fault:    "quotes the duplicate key",
		store:    spelling(`Duplicate entry '%q' for key 'digest'`),
	},
	{
		caughtBy: "errors-hide-digests",
		fault:    "quotes it in hexadecimal digits",
		store:    spelling(`Key (digest)=(\x%x) already exists`),
	},
	{caughtBy: "errors-hide-digests", fault: "quotes it in capital digits", store: spelling(`duplicate X'%X'`)},
	{caughtBy: "errors-hide-digests", fault: "quotes it raw", store: spelling(`duplicate %s`)},
	{caughtBy: "errors-hide-digests", fault: "quotes its numbers", store: spelling(`duplicate %d`)},
	{
		caughtBy: "errors-hide-digests",
		fault:    "logs the arguments of a query that was cancelled",
		store: overriding(func(o *override) {
			o.find = func(ctx context.Context, digests []digest) (record, error) {
				r, err := o.plain.FindByDigest(ctx, digests)
				if ctx.Err() != nil {
					err = fmt.Errorf("select … where digest = '%x': %w", digests[0][:], err)
				}
				return r, err
			}
		}),
	},
}

// spelling returns a store whose error quotes the beginning of a digest that is taken.
func spelling(format string) func(*plain) transfertoken.Store {
	return overriding(func(o *override) {
		o.create = func(ctx context.Context, r record) error {
			err := o.plain.Create(ctx, r)
			if err != nil {
				err = fmt.Errorf("%w: "+format, err, r.Digest[:20])
			}
			return err
		}
	})
}

var zeroFaults = []fault{
	{caughtBy: "zero-is-never-stored", fault: "creates a record without a digest", store: overriding(func(o *override) {
		o.create = func(ctx context.Context, r record) error {
			if r.Digest != (digest{}) {
				return o.plain.Create(ctx, r)
			}
			o.insert(r)
			return nil
		}
	})},
	{caughtBy: "zero-is-never-stored", fault: "creates a record without an ID", store: overriding(func(o *override) {
		o.create = func(ctx context.Context, r record) error {
			if r.ID != uuid.Nil {
				return o.plain.Create(ctx, r)
			}
			o.insert(r)
			return nil
		}
	})},
	{caughtBy: "zero-is-never-stored", fault: "takes the digest away with Rekey", store: overriding(func(o *override) {
		o.rekey = func(ctx context.Context, id uuid.UUID, from, to digest, saltID string) error {
			if to != (digest{}) {
				return o.plain.Rekey(ctx, id, from, to, saltID)
			}
			o.at(id).Digest = to
			return nil
		}
	})},
	{caughtBy: "revisions-start-at-one", fault: "creates revision 0", store: overriding(func(o *override) {
		o.create = func(ctx context.Context, r record) error {
			if r.Revision != 0 {
				return o.plain.Create(ctx, r)
			}
			o.insert(r)
			return nil
		}
	})},
	{
		caughtBy: "revisions-start-at-one",
		fault:    "takes an update to revision 1 for a conflict",
		store: overriding(func(o *override) {
			o.update = func(ctx context.Context, r record) error {
				if r.Revision < 2 {
					return transfertoken.ErrConflict
				}
				return o.plain.Update(ctx, r)
			}
		}),
	},
	{caughtBy: "zero-matches-nothing", fault: "drops the condition on a zero ID", store: overriding(func(o *override) {
		o.get = func(ctx context.Context, id uuid.UUID) (record, error) {
			if id == uuid.Nil && len(o.records) > 0 {
				return o.records[0], nil
			}
			return o.plain.Get(ctx, id)
		}
	})},
	{caughtBy: "zero-matches-nothing", fault: "drops the condition on no digests", store: overriding(func(o *override) {
		o.find = func(ctx context.Context, digests []digest) (record, error) {
			if len(digests) == 0 && len(o.records) > 0 {
				return o.records[0], nil
			}
			return o.plain.FindByDigest(ctx, digests)
		}
	})},
	{caughtBy: "zero-matches-nothing", fault: "stops at a zero digest", store: overriding(func(o *override) {
		o.find = func(ctx context.Context, digests []digest) (record, error) {
			if i := slices.Index(digests, digest{}); i >= 0 {
				digests = digests[:i]
			}
			return o.plain.FindByDigest(ctx, digests)
		}
	})},
	{
		caughtBy: "zero-matches-nothing",
		fault:    "deletes every record for a zero ID",
		store: overriding(func(o *override) {
			o.delete = func(ctx context.Context, id uuid.UUID, revision int64) error {
				if id == uuid.Nil {
					o.records = nil
					return nil
				}
				return o.plain.Delete(ctx, id, revision)
			}
		}),
	},
}

var findFaults = []fault{
	{
		caughtBy: "digests-are-whole",
		fault:    "compares 32 bytes of digests",
		store:    digesting(func(d digest) string { return string(d[:32]) }),
	},
	{
		caughtBy: "digests-are-whole",
		fault:    "leaves the last byte of digests out",
		store:    digesting(func(d digest) string { return string(d[:63]) }),
	},
	{caughtBy: "digests-are-whole", fault: "folds the case of digests", store: digesting(func(d digest) string {
		return string(bytes.ToLower(d[:]))
	})},
	{caughtBy: "digests-are-no-text", fault: "ends digests at a NUL", store: digesting(func(d digest) string {
		start, _, _ := bytes.Cut(d[:], []byte{0})
		return string(start)
	})},
	{caughtBy: "digests-are-no-text", fault: "cuts spaces off digests", store: keeping(func(r *record) {
		trimmed := bytes.TrimRight(r.Digest[:], " ")
		r.Digest = digest{}
		copy(r.Digest[:], trimmed)
	})},
	{
		caughtBy: "digests-are-no-text",
		fault:    "replaces bytes that are not UTF-8",
		store: digesting(func(d digest) string {
			return strings.ToValidUTF8(string(d[:]), "\ufffd")
		}),
	},
	{
		caughtBy: "find-takes-the-first",
		fault:    "returns the first record of any of the digests",
		store: overriding(func(o *override) {
			o.find = func(_ context.Context, digests []digest) (record, error) {
				o.mu.Lock()
				defer o.mu.Unlock()
				for _, r := range o.records {
					if slices.Contains(digests, r.Digest) {
						return r, nil
					}
				}
				return record{}, transfertoken.ErrNotFound
			}
		}),
	},
	{caughtBy: "find-takes-the-first", fault: "looks at three digests only", store: overriding(func(o *override) {
		o.find = func(ctx context.Context, digests []digest) (record, error) {
			return o.plain.FindByDigest(ctx, digests[:min(3, len(digests))])
		}
	})},
	{caughtBy: "find-leaves-its-digests", fault: "sorts the digests in place", store: overriding(func(o *override) {
		o.find = func(ctx context.Context, digests []digest) (record, error) {
			r, err := o.plain.FindByDigest(ctx, digests)
			slices.SortFunc(digests, func(a, b digest) int { return bytes.Compare(a[:], b[:]) })
			return r, err
		}
	})},
	{caughtBy: "find-leaves-its-digests", fault: "appends to the digests", store: overriding(func(o *override) {
		o.find = func(ctx context.Context, digests []digest) (record, error) {
			return o.plain.FindByDigest(ctx, append(digests, digest{}))
		}
	})},
	{
		caughtBy: "find-leaves-its-digests",
		fault:    "remembers the slice that it was asked with",
		store: overriding(func(o *override) {
			answers := make(map[*digest]record)
			o.find = func(ctx context.Context, digests []digest) (record, error) {
				if r, ok := answers[&digests[0]]; ok {
					return r, nil
				}
				r, err := o.plain.FindByDigest(ctx, digests)
				if err == nil {
					answers[&digests[0]] = r
				}
				return r, err
			}
		}),
	},
}

var listFaults = []fault{
	{
		caughtBy: "list-is-in-order",
		fault:    "lists in the order of creation",
		store: listing(func(o *override, opts transfertoken.ListOptions) []record {
			start := 1 + slices.IndexFunc(o.records, func(r record) bool { return r.ID == opts.After })
			return slices.Clone(o.records[start:min(start+opts.Limit, len(o.records))])
		}),
	},
	{
		caughtBy: "list-is-in-order",
		fault:    "orders by bytes with a sign",
		store: listing(func(o *override, opts transfertoken.ListOptions) []record {
			signed := func(id uuid.UUID) string {
				for i := range id {
					id[i] ^= 0x80
				}
				return string(id[:])
			}
			page := slices.SortedFunc(slices.Values(o.records),
				func(a, b record) int { return cmp.Compare(signed(a.ID), signed(b.ID)) })
			page = slices.DeleteFunc(page,
				func(r record) bool { return opts.After != uuid.Nil && signed(r.ID) <= signed(opts.After) })
			return page[:min(opts.Limit, len(page))]
		}),
	},
	{
		caughtBy: "list-starts-after",
		fault:    "starts at the ID",
		store: listing(func(o *override, opts transfertoken.ListOptions) []record {
			if opts.After != uuid.Nil {
				for i := len(opts.After) - 1; i >= 0; i-- {
					opts.After[i]--
					if opts.After[i] != 0xff {
						break
					}
				}
			}
			page, _ := o.plain.List(context.Background(), opts)
			return page
		}),
	},
	{
		caughtBy: "list-starts-after",
		fault:    "starts again after an ID that is not there",
		store: overriding(func(o *override) {
			o.list = func(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
				if _, err := o.Get(ctx, opts.After); err != nil {
					opts.After = uuid.Nil
				}
				return o.plain.List(ctx, opts)
			}
		}),
	},
	{caughtBy: "list-keeps-its-limit", fault: "lists 100 at most", store: overriding(func(o *override) {
		o.list = func(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
			opts.Limit = min(opts.Limit, 100)
			return o.plain.List(ctx, opts)
		}
	})},
	{caughtBy: "list-keeps-its-limit", fault: "lists one more", store: overriding(func(o *override) {
		o.list = func(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
			opts.Limit++
			return o.plain.List(ctx, opts)
		}
	})},
	{
		caughtBy: "list-while-changing",
		fault:    "skips as many records as it has shown",
		store: overriding(func(o *override) {
			shown := make(map[uuid.UUID]int)
			o.list = func(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
				all, err := o.plain.List(ctx, transfertoken.ListOptions{Limit: 1000})
				skip := min(shown[opts.After], len(all))
				page := all[skip:min(skip+opts.Limit, len(all))]
				if len(page) > 0 {
					shown[page[len(page)-1].ID] = skip + len(page)
				}
				return page, err
			}
		}),
	},
	{caughtBy: "list-is-a-copy", fault: "hands out the page that it keeps", store: overriding(func(o *override) {
		var kept []record
		var writes int64
		o.list = func(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
			if now := o.writes.Load(); kept == nil || now != writes {
				writes = now
				kept, _ = o.plain.List(ctx, opts)
			}
			return kept, nil
		}
	})},
}

// listing returns a store with another List.
func listing(list func(*override, transfertoken.ListOptions) []record) func(*plain) transfertoken.Store {
	return overriding(func(o *override) {
		o.list = func(_ context.Context, opts transfertoken.ListOptions) ([]record, error) { return list(o, opts), nil }
	})
}

// updating returns a store that writes the update r after adjust has changed it,
// without any check.
func updating(adjust func(stored, r *record)) func(*plain) transfertoken.Store {
	return overriding(func(o *override) {
		o.update = func(_ context.Context, r record) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			stored := o.at(r.ID)
			if stored == nil {
				return transfertoken.ErrNotFound
			}
			adjust(stored, &r)
			o.write(stored, r)
			return nil
		}
	})
}

var updateFaults = []fault{
	{caughtBy: "update-replaces", fault: "forgets to write the hint", store: updating(func(stored, r *record) {
		r.Hint = stored.Hint
		r.CreatedAt, r.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
	})},
	{
		caughtBy: "update-replaces",
		fault:    "takes an empty text for one that stays",
		store: updating(func(stored, r *record) {
			r.Description = cmp.Or(r.Description, stored.Description)
			r.CreatedAt, r.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
		}),
	},
	{
		caughtBy: "update-keeps-dates",
		fault:    "writes LastUsedAt with Update",
		store:    updating(func(stored, r *record) { r.CreatedAt = stored.CreatedAt }),
	},
	{
		caughtBy: "update-keeps-dates",
		fault:    "writes CreatedAt with Update",
		store:    updating(func(stored, r *record) { r.LastUsedAt = stored.LastUsedAt }),
	},
	{caughtBy: "update-keeps-the-digest", fault: "writes a zero digest", store: updating(func(stored, r *record) {
		r.CreatedAt, r.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
	})},
	{
		caughtBy: "update-keeps-the-digest",
		fault:    "leaves the digest but writes the salt ID",
		store: updating(func(stored, r *record) {
			r.CreatedAt, r.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
			if r.Digest == (digest{}) {
				r.Digest = stored.Digest
			}
		}),
	},
	{caughtBy: "update-keeps-the-digest", fault: "refuses a zero digest", store: overriding(func(o *override) {
		o.update = func(ctx context.Context, r record) error {
			if r.Digest == (digest{}) {
				return errZero
			}
			return o.plain.Update(ctx, r)
		}
	})},
	{
		caughtBy: "update-keeps-the-digest",
		fault:    "keeps the digest that it had at first",
		store: overriding(func(o *override) {
			first := make(map[uuid.UUID]record)
			o.create = func(ctx context.Context, r record) error {
				first[r.ID] = r
				return o.plain.Create(ctx, r)
			}
			o.update = func(ctx context.Context, r record) error {
				if r.Digest == (digest{}) {
					r.Digest, r.SaltID = first[r.ID].Digest, first[r.ID].SaltID
				}
				return o.plain.Update(ctx, r)
			}
		}),
	},
	{
		caughtBy: "update-needs-its-revision",
		fault:    "updates whatever the revision is",
		store: updating(func(stored, r *record) {
			r.CreatedAt, r.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
		}),
	},
	{
		caughtBy: "update-needs-its-revision",
		fault:    "updates any revision that is older",
		store: overriding(func(o *override) {
			o.update = func(ctx context.Context, r record) error {
				if stored, _ := o.Get(ctx, r.ID); stored.Revision < r.Revision {
					o.at(r.ID).Revision = r.Revision - 1
				}
				return o.plain.Update(ctx, r)
			}
		}),
	},
	{
		caughtBy: "update-errors-in-order",
		fault:    "looks at the name before the revision",
		store: overriding(func(o *override) {
			o.update = func(ctx context.Context, r record) error {
				o.mu.Lock()
				err := o.taken(r)
				o.mu.Unlock()
				if err != nil {
					return err
				}
				return o.plain.Update(ctx, r)
			}
		}),
	},
	{caughtBy: "update-suspends", fault: "never lifts a suspension", store: overriding(func(o *override) {
		o.update = func(ctx context.Context, r record) error {
			if stored := o.at(r.ID); stored != nil {
				r.Suspended = r.Suspended || stored.Suspended
			}
			return o.plain.Update(ctx, r)
		}
	})},
	{caughtBy: "update-suspends", fault: "suspends only with a new digest", store: overriding(func(o *override) {
		o.update = func(ctx context.Context, r record) error {
			if stored := o.at(r.ID); stored != nil && r.Digest == (digest{}) {
				r.Suspended = stored.Suspended
			}
			return o.plain.Update(ctx, r)
		}
	})},
	{caughtBy: "update-suspends", fault: "lifts a suspension with a Rekey", store: overriding(func(o *override) {
		o.rekey = func(ctx context.Context, id uuid.UUID, from, to digest, saltID string) error {
			if stored := o.at(id); stored != nil {
				stored.Suspended = false
			}
			return o.plain.Rekey(ctx, id, from, to, saltID)
		}
	})},
	{caughtBy: "update-is-atomic", fault: "changes the permissions first", store: overriding(func(o *override) {
		o.update = func(ctx context.Context, r record) error {
			if stored := o.at(r.ID); stored != nil {
				stored.Permissions = r.Permissions
			}
			return o.plain.Update(ctx, r)
		}
	})},
	{caughtBy: "update-ends-a-digest", fault: "keeps former digests in its index", store: overriding(func(o *override) {
		index := make(map[digest]uuid.UUID)
		o.create = func(ctx context.Context, r record) error {
			index[r.Digest] = r.ID
			return o.plain.Create(ctx, r)
		}
		o.find = func(ctx context.Context, digests []digest) (record, error) {
			for _, d := range digests {
				if id, ok := index[d]; ok {
					return o.Get(ctx, id)
				}
			}
			return o.plain.FindByDigest(ctx, digests)
		}
	})},
}

var rekeyFaults = []fault{
	{caughtBy: "rekey-replaces-the-digest", fault: "counts a Rekey as a revision", store: overriding(func(o *override) {
		o.rekey = func(ctx context.Context, id uuid.UUID, from, to digest, saltID string) error {
			o.at(id).Revision++
			return o.plain.Rekey(ctx, id, from, to, saltID)
		}
	})},
	{caughtBy: "rekey-replaces-the-digest", fault: "leaves the salt ID", store: overriding(func(o *override) {
		o.rekey = func(ctx context.Context, id uuid.UUID, from, to digest, _ string) error {
			return o.plain.Rekey(ctx, id, from, to, o.at(id).SaltID)
		}
	})},
	{caughtBy: "rekey-replaces-the-digest", fault: "finds its own digest taken", store: overriding(func(o *override) {
		o.rekey = func(ctx context.Context, id uuid.UUID, from, to digest, saltID string) error {
			if from == to {
				return transfertoken.ErrSecretTaken
			}
			return o.plain.Rekey(ctx, id, from, to, saltID)
		}
	})},
	{
		caughtBy: "rekey-needs-its-digest",
		fault:    "fails when there is nothing to do",
		store: overriding(func(o *override) {
			o.rekey = func(ctx context.Context, id uuid.UUID, from, to digest, saltID string) error {
				if _, err := o.Get(ctx, id); err != nil {
					return err
				}
				return o.plain.Rekey(ctx, id, from, to, saltID)
			}
		}),
	},
	{
		caughtBy: "rekey-needs-its-digest",
		fault:    "asks for the digest but not for the ID",
		store: overriding(func(o *override) {
			o.rekey = func(ctx context.Context, _ uuid.UUID, from, to digest, saltID string) error {
				r, _ := o.FindByDigest(ctx, []digest{from})
				return o.plain.Rekey(ctx, r.ID, from, to, saltID)
			}
		}),
	},
	{
		caughtBy: "rekey-loses-to-update",
		fault:    "asks for the ID but not for the digest",
		store: overriding(func(o *override) {
			o.rekey = func(ctx context.Context, id uuid.UUID, _, to digest, saltID string) error {
				r, _ := o.Get(ctx, id)
				return o.plain.Rekey(ctx, id, r.Digest, to, saltID)
			}
		}),
	},
}

// touching returns a store with another Touch.
func touching(touch func(o *override, stored *record, at time.Time)) func(*plain) transfertoken.Store {
	return overriding(func(o *override) {
		o.touch = func(_ context.Context, id uuid.UUID, at time.Time) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			if stored := o.at(id); stored != nil {
				touch(o, stored, at)
			}
			return nil
		}
	})
}

var touchFaults = []fault{
	{
		caughtBy: "touch-sets-last-used",
		fault:    "compares with null",
		store: touching(func(_ *override, stored *record, at time.Time) {
			if !stored.LastUsedAt.IsZero() && at.After(stored.LastUsedAt) {
				stored.LastUsedAt = at
			}
		}),
	},
	{
		caughtBy: "touch-sets-last-used",
		fault:    "touches all records",
		store: touching(func(o *override, _ *record, at time.Time) {
			for i := range o.records {
				o.records[i].LastUsedAt = at
			}
		}),
	},
	{
		caughtBy: "touch-sets-last-used",
		fault:    "counts a Touch as a revision",
		store: touching(func(_ *override, stored *record, at time.Time) {
			stored.LastUsedAt = at
			stored.Revision++
		}),
	},
	{
		caughtBy: "touch-sets-last-used",
		fault:    "takes a Touch for a change",
		store: touching(func(_ *override, stored *record, at time.Time) {
			stored.LastUsedAt, stored.UpdatedAt = at, at
		}),
	},
	{
		caughtBy: "touch-never-goes-back",
		fault:    "sets any time",
		store: touching(func(_ *override, stored *record, at time.Time) {
			stored.LastUsedAt = at
		}),
	},
	{
		caughtBy: "touch-clears-last-used",
		fault:    "takes the zero time for an early one",
		store: touching(func(_ *override, stored *record, at time.Time) {
			if at.After(stored.LastUsedAt) {
				stored.LastUsedAt = at
			}
		}),
	},
	{
		caughtBy: "touch-clears-last-used",
		fault:    "clears all records",
		store: touching(func(o *override, stored *record, at time.Time) {
			if !at.IsZero() {
				stored.LastUsedAt = at
				return
			}
			for i := range o.records {
				o.records[i].LastUsedAt = at
			}
		}),
	},
	{
		caughtBy: "touch-clears-last-used",
		fault:    "sets never to the epoch",
		store: touching(func(_ *override, stored *record, at time.Time) {
			if at.IsZero() {
				at = time.UnixMilli(0).UTC()
			}
			stored.LastUsedAt = at
		}),
	},
	{
		caughtBy: "touch-creates-nothing",
		fault:    "fails when there is nothing to touch",
		store: overriding(func(o *override) {
			o.touch = func(ctx context.Context, id uuid.UUID, at time.Time) error {
				if _, err := o.Get(ctx, id); err != nil {
					return err
				}
				return o.plain.Touch(ctx, id, at)
			}
		}),
	},
	{
		caughtBy: "touch-creates-nothing",
		fault:    "creates the record that it does not find",
		store: overriding(func(o *override) {
			o.touch = func(ctx context.Context, id uuid.UUID, at time.Time) error {
				if _, err := o.Get(ctx, id); err != nil {
					o.insert(record{Token: transfertoken.Token{ID: id, LastUsedAt: at}})
				}
				return o.plain.Touch(ctx, id, at)
			}
		}),
	},
}

var deleteFaults = []fault{
	{caughtBy: "delete-removes-one", fault: "says that it deleted", store: overriding(func(o *override) {
		o.delete = func(context.Context, uuid.UUID, int64) error { return nil }
	})},
	{caughtBy: "delete-removes-one", fault: "deletes by the salt ID", store: overriding(func(o *override) {
		o.delete = func(context.Context, uuid.UUID, int64) error {
			o.records = nil
			return nil
		}
	})},
	{
		caughtBy: "delete-removes-one",
		fault:    "hides deleted records from List only",
		store: func(p *plain) transfertoken.Store {
			hidden := make(map[uuid.UUID]bool)
			return overriding(func(o *override) {
				o.delete = func(_ context.Context, id uuid.UUID, _ int64) error {
					hidden[id] = true
					return nil
				}
				o.list = func(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
					page, err := o.plain.List(ctx, opts)
					return slices.DeleteFunc(page, func(r record) bool { return hidden[r.ID] }), err
				}
			})(p)
		},
	},
	{caughtBy: "delete-of-nothing", fault: "ignores how many were deleted", store: overriding(func(o *override) {
		o.delete = func(ctx context.Context, id uuid.UUID, revision int64) error {
			if _, err := o.Get(ctx, id); err != nil {
				return nil
			}
			return o.plain.Delete(ctx, id, revision)
		}
	})},
	{
		caughtBy: "delete-of-nothing",
		fault:    "takes a missing record for a conflict",
		store: overriding(func(o *override) {
			o.delete = func(ctx context.Context, id uuid.UUID, revision int64) error {
				if _, err := o.Get(ctx, id); err != nil && revision != transfertoken.AnyRevision {
					return transfertoken.ErrConflict
				}
				return o.plain.Delete(ctx, id, revision)
			}
		}),
	},
	{
		caughtBy: "delete-needs-its-revision",
		fault:    "deletes whatever the revision is",
		store: overriding(func(o *override) {
			o.delete = func(ctx context.Context, id uuid.UUID, _ int64) error {
				return o.plain.Delete(ctx, id, transfertoken.AnyRevision)
			}
		}),
	},
	{
		caughtBy: "delete-needs-its-revision",
		fault:    "removes the digest before it looks at the revision",
		store: overriding(func(o *override) {
			o.delete = func(ctx context.Context, id uuid.UUID, revision int64) error {
				if stored := o.at(id); stored != nil {
					stored.Digest = digest{1}
				}
				return o.plain.Delete(ctx, id, revision)
			}
		}),
	},
	{caughtBy: "delete-and-create-again", fault: "keeps former digests by ID", store: overriding(func(o *override) {
		former := make(map[digest]uuid.UUID)
		o.rekey = func(ctx context.Context, id uuid.UUID, from, to digest, saltID string) error {
			former[from] = id
			return o.plain.Rekey(ctx, id, from, to, saltID)
		}
		o.find = func(ctx context.Context, digests []digest) (record, error) {
			r, err := o.plain.FindByDigest(ctx, digests)
			if err == nil || len(digests) == 0 {
				return r, err
			}
			return o.Get(ctx, former[digests[0]])
		}
	})},
	{
		caughtBy: "delete-and-create-again",
		fault:    "brings a deleted record back with its name",
		store: overriding(func(o *override) {
			deleted := make(map[string]digest)
			o.delete = func(ctx context.Context, id uuid.UUID, revision int64) error {
				deleted[o.at(id).Name] = o.at(id).Digest
				return o.plain.Delete(ctx, id, revision)
			}
			o.create = func(ctx context.Context, r record) error {
				if former, ok := deleted[r.Name]; ok {
					r.Digest = former
				}
				return o.plain.Create(ctx, r)
			}
		}),
	},
}

// purging returns a store that deletes the records that expired reports, up to the
// limit.
func purging(expired func(r record, end time.Time) bool) func(*plain) transfertoken.Store {
	return overriding(func(o *override) {
		o.purge = func(_ context.Context, end time.Time, limit int) ([]record, error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			var purged []record
			for _, r := range slices.Clone(o.records) {
				if len(purged) < limit && expired(r, end) {
					purged = append(purged, r)
					o.remove(r.ID)
				}
			}
			return purged, nil
		}
	})
}

var purgeFaults = []fault{
	{
		caughtBy: "purge-deletes-the-expired",
		fault:    "takes never for expired",
		store: purging(func(r record, end time.Time) bool {
			return !r.ExpiresAt.After(end)
		}),
	},
	{
		caughtBy: "purge-deletes-the-expired",
		fault:    "leaves what expires at the end",
		store: purging(func(r record, end time.Time) bool {
			return !r.ExpiresAt.IsZero() && r.ExpiresAt.Before(end)
		}),
	},
	{
		caughtBy: "purge-deletes-the-expired",
		fault:    "takes the epoch for never",
		store: purging(func(r record, end time.Time) bool {
			return !r.ExpiresAt.IsZero() && r.ExpiresAt.UnixMilli() != 0 && !r.ExpiresAt.After(end)
		}),
	},
	{
		caughtBy: "purge-deletes-the-expired",
		fault:    "spares the unlimited",
		store: purging(func(r record, end time.Time) bool {
			return r.Lifespan != transfertoken.Unlimited && !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(end)
		}),
	},
	{
		caughtBy: "purge-deletes-the-expired",
		fault:    "says only how many there were",
		store: overriding(func(o *override) {
			o.purge = func(ctx context.Context, end time.Time, limit int) ([]record, error) {
				purged, err := o.plain.PurgeExpired(ctx, end, limit)
				return make([]record, len(purged)), err
			}
		}),
	},
	{
		caughtBy: "purge-deletes-the-expired",
		fault:    "returns records that it does not delete",
		store: overriding(func(o *override) {
			o.purge = func(_ context.Context, end time.Time, limit int) ([]record, error) {
				rest := &plain{records: slices.Clone(o.records)}
				return rest.PurgeExpired(context.Background(), end, limit)
			}
		}),
	},
	{caughtBy: "purge-keeps-its-limit", fault: "has no limit", store: overriding(func(o *override) {
		o.purge = func(ctx context.Context, end time.Time, _ int) ([]record, error) {
			return o.plain.PurgeExpired(ctx, end, 1000)
		}
	})},
	{caughtBy: "purge-keeps-its-limit", fault: "stops short of its limit", store: overriding(func(o *override) {
		o.purge = func(ctx context.Context, end time.Time, limit int) ([]record, error) {
			return o.plain.PurgeExpired(ctx, end, min(limit, 2))
		}
	})},
}

var cancelFaults = []fault{
	{caughtBy: "cancelled-before", fault: "writes with a context of its own", store: overriding(func(o *override) {
		o.touch = func(ctx context.Context, id uuid.UUID, at time.Time) error {
			return o.plain.Touch(context.WithoutCancel(ctx), id, at)
		}
	})},
	{caughtBy: "cancelled-before", fault: "lists without looking at the context", store: overriding(func(o *override) {
		o.list = func(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
			return o.plain.List(context.WithoutCancel(ctx), opts)
		}
	})},
	{caughtBy: "cancelled-before", fault: "purges without looking at the context", store: overriding(func(o *override) {
		o.purge = func(ctx context.Context, end time.Time, limit int) ([]record, error) {
			return o.plain.PurgeExpired(context.WithoutCancel(ctx), end, limit)
		}
	})},
	{caughtBy: "cancelled-before", fault: "filters without looking at the context", store: overriding(func(o *override) {
		o.filter = func(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
			return o.plain.ListFiltered(context.WithoutCancel(ctx), opts)
		}
	})},
	{caughtBy: "cancelled-before", fault: "hides why it failed", store: overriding(func(o *override) {
		o.get = func(ctx context.Context, id uuid.UUID) (record, error) {
			if ctx.Err() != nil {
				return record{}, fmt.Errorf("connection lost: %v", ctx.Err())
			}
			return o.plain.Get(ctx, id)
		}
	})},
	{
		caughtBy: "cancelled-before",
		fault:    "takes a cancelled call for ErrNotFound",
		store: overriding(func(o *override) {
			o.find = func(ctx context.Context, digests []digest) (record, error) {
				r, err := o.plain.FindByDigest(ctx, digests)
				if err != nil {
					err = transfertoken.ErrNotFound
				}
				return r, err
			}
		}),
	},
	{caughtBy: "cancelled-during", fault: "leaves the name taken", store: overriding(func(o *override) {
		names := make(map[string]bool)
		o.create = func(ctx context.Context, r record) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if names[r.Name] {
				return transfertoken.ErrNameTaken
			}
			names[r.Name] = true
			return o.plain.Create(ctx, r)
		}
	})},
	{caughtBy: "cancelled-during", fault: "writes the digest before the rest", store: overriding(func(o *override) {
		o.update = func(ctx context.Context, r record) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			o.mu.Lock()
			stored := o.at(r.ID)
			if stored.Revision == r.Revision-1 {
				stored.Digest = r.Digest
			}
			o.mu.Unlock()
			return o.plain.Update(ctx, r)
		}
	})},
	{caughtBy: "cancelled-during", fault: "returns half a page", store: overriding(func(o *override) {
		o.list = func(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			page, err := o.plain.List(ctx, opts)
			if ctx.Err() != nil {
				return page[:0], nil
			}
			return page, err
		}
	})},
}

var instanceFaults = []fault{
	{
		caughtBy: "instances-see-each-other",
		fault:    "caches the records that it found",
		store:    same,
		second: overriding(func(o *override) {
			cache := make(map[digest]record)
			o.find = func(ctx context.Context, digests []digest) (record, error) {
				if r, ok := cache[digests[0]]; ok {
					return r, nil
				}
				r, err := o.plain.FindByDigest(ctx, digests)
				if err == nil {
					cache[digests[0]] = r
				}
				return r, err
			}
		}),
	},
	{
		caughtBy: "instances-see-each-other",
		fault:    "reads from a replica that lags",
		store:    same,
		second: overriding(func(o *override) {
			var replica []record
			o.get = func(ctx context.Context, id uuid.UUID) (record, error) {
				lagging := &plain{records: replica}
				o.mu.Lock()
				replica = slices.Clone(o.records)
				o.mu.Unlock()
				return lagging.Get(ctx, id)
			}
		}),
	},
	{
		caughtBy: "instances-share-their-rules",
		fault:    "knows only its own names",
		store:    same,
		second: overriding(func(o *override) {
			names := make(map[string]bool)
			o.create = func(ctx context.Context, r record) error {
				if names[r.Name] {
					return transfertoken.ErrNameTaken
				}
				names[r.Name] = true
				o.insert(r)
				return nil
			}
		}),
	},
}
