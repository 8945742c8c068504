package storetest_test

import (
	"bytes"
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

type (
	record = transfertoken.Record
	digest = transfertoken.Digest
)

// plain is a simple store without a fault, in which single faults can be planted.
type plain struct {
	mu      sync.Mutex
	records []record // in the order of creation
	reads   atomic.Int64
	writes  atomic.Int64

	keep       func(r record) record // returns the record that is kept
	sameName   func(stored, asked string) bool
	sameDigest func(stored, asked digest) bool
}

func newPlain() *plain {
	return &plain{
		keep:       func(r record) record { return r },
		sameName:   func(stored, asked string) bool { return stored == asked },
		sameDigest: func(stored, asked digest) bool { return stored == asked },
	}
}

var (
	_ transfertoken.Store    = (*plain)(nil)
	_ transfertoken.Purger   = (*plain)(nil)
	_ transfertoken.Filterer = (*plain)(nil)
)

var (
	errZero     error = &transfertoken.ValidationError{}
	errRevision error = &transfertoken.ValidationError{}
)

func (p *plain) Create(ctx context.Context, r record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.ID == uuid.Nil || r.Digest == (digest{}) {
		return errZero
	}
	if r.Revision < 1 {
		return errRevision
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at(r.ID) != nil {
		return transfertoken.ErrConflict
	}
	if err := p.taken(r); err != nil {
		return err
	}
	p.insert(r)
	return nil
}

func (p *plain) Get(ctx context.Context, id uuid.UUID) (record, error) {
	if err := ctx.Err(); err != nil {
		return record{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads.Add(1)
	if stored := p.at(id); stored != nil {
		return *stored, nil
	}
	return record{}, transfertoken.ErrNotFound
}

func (p *plain) FindByDigest(ctx context.Context, digests []digest) (record, error) {
	if err := ctx.Err(); err != nil {
		return record{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads.Add(1)
	for _, d := range digests {
		for _, stored := range p.records {
			if p.sameDigest(stored.Digest, d) {
				return stored, nil
			}
		}
	}
	return record{}, transfertoken.ErrNotFound
}

func (p *plain) List(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads.Add(1)
	page := slices.SortedFunc(slices.Values(p.records),
		func(a, b record) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	page = slices.DeleteFunc(page, func(r record) bool { return bytes.Compare(r.ID[:], opts.After[:]) <= 0 })
	return page[:min(opts.Limit, len(page))], nil
}

func (p *plain) ListFiltered(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
	return p.listMatching(ctx, opts, func(r record) bool {
		if opts.CreatedBy != nil && r.CreatedBy != *opts.CreatedBy {
			return false
		}
		return opts.ExpiresBefore.IsZero() || !r.ExpiresAt.IsZero() && r.ExpiresAt.Before(opts.ExpiresBefore)
	})
}

// listMatching returns a page of the records that match.
func (p *plain) listMatching(ctx context.Context, opts transfertoken.ListOptions, match func(record) bool,
) ([]record, error) {
	all, err := p.List(ctx, transfertoken.ListOptions{After: opts.After, Limit: transfertoken.MaxPageSize})
	all = slices.DeleteFunc(all, func(r record) bool { return !match(r) })
	return all[:min(opts.Limit, len(all))], err
}

func (p *plain) Update(ctx context.Context, r record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.Revision < 2 {
		return errRevision
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	stored := p.at(r.ID)
	if stored == nil {
		return transfertoken.ErrNotFound
	}
	if stored.Revision != r.Revision-1 {
		return transfertoken.ErrConflict
	}
	if r.Digest == (digest{}) {
		r.Digest, r.SaltID = stored.Digest, stored.SaltID
	}
	if err := p.taken(r); err != nil {
		return err
	}
	r.CreatedAt, r.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
	p.write(stored, r)
	return nil
}

func (p *plain) Rekey(ctx context.Context, id uuid.UUID, from, to digest, saltID string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	stored := p.at(id)
	if stored == nil || stored.Digest != from {
		return nil
	}
	if to == (digest{}) {
		return errZero
	}
	r := *stored
	r.Digest, r.SaltID = to, saltID
	if err := p.taken(r); err != nil {
		return err
	}
	p.write(stored, r)
	return nil
}

func (p *plain) Touch(ctx context.Context, id uuid.UUID, at time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if stored := p.at(id); stored != nil && (at.IsZero() || at.After(stored.LastUsedAt)) {
		r := *stored
		r.LastUsedAt = at
		p.write(stored, r)
	}
	return nil
}

func (p *plain) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	stored := p.at(id)
	if stored == nil {
		return transfertoken.ErrNotFound
	}
	if revision != transfertoken.AnyRevision && revision != stored.Revision {
		return transfertoken.ErrConflict
	}
	p.remove(id)
	return nil
}

func (p *plain) PurgeExpired(ctx context.Context, end time.Time, limit int) ([]record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var purged []record
	for _, r := range p.records {
		if len(purged) < limit && !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(end) {
			purged = append(purged, r)
		}
	}
	for _, r := range purged {
		p.remove(r.ID)
	}
	return purged, nil
}

// The methods below are called with the lock held.

func (p *plain) at(id uuid.UUID) *record {
	i := slices.IndexFunc(p.records, func(r record) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &p.records[i]
}

func (p *plain) taken(r record) error {
	for _, other := range p.records {
		if other.ID != r.ID && p.sameName(other.Name, r.Name) {
			return transfertoken.ErrNameTaken
		}
	}
	for _, other := range p.records {
		if other.ID != r.ID && p.sameDigest(other.Digest, r.Digest) {
			return transfertoken.ErrSecretTaken
		}
	}
	return nil
}

func (p *plain) insert(r record) {
	p.records = append(p.records, p.keep(r))
	p.writes.Add(1)
}

func (p *plain) write(stored *record, r record) {
	*stored = p.keep(r)
	p.writes.Add(1)
}

func (p *plain) remove(id uuid.UUID) {
	p.records = slices.DeleteFunc(p.records, func(r record) bool { return r.ID == id })
	p.writes.Add(1)
}

// gap waits until another caller has increased the counter, or for a while.
func gap(counter *atomic.Int64) {
	before := counter.Load()
	for range 2000 {
		if counter.Load() != before {
			return
		}
		runtime.Gosched()
	}
}

// override is a plain store with some methods replaced.
type override struct {
	*plain
	create func(context.Context, record) error
	get    func(context.Context, uuid.UUID) (record, error)
	find   func(context.Context, []digest) (record, error)
	list   func(context.Context, transfertoken.ListOptions) ([]record, error)
	filter func(context.Context, transfertoken.ListOptions) ([]record, error)
	update func(context.Context, record) error
	rekey  func(context.Context, uuid.UUID, digest, digest, string) error
	touch  func(context.Context, uuid.UUID, time.Time) error
	delete func(context.Context, uuid.UUID, int64) error
	purge  func(context.Context, time.Time, int) ([]record, error)
}

func (o *override) Create(ctx context.Context, r record) error {
	if o.create != nil {
		return o.create(ctx, r)
	}
	return o.plain.Create(ctx, r)
}

func (o *override) Get(ctx context.Context, id uuid.UUID) (record, error) {
	if o.get != nil {
		return o.get(ctx, id)
	}
	return o.plain.Get(ctx, id)
}

func (o *override) FindByDigest(ctx context.Context, digests []digest) (record, error) {
	if o.find != nil {
		return o.find(ctx, digests)
	}
	return o.plain.FindByDigest(ctx, digests)
}

func (o *override) List(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
	if o.list != nil {
		return o.list(ctx, opts)
	}
	return o.plain.List(ctx, opts)
}

func (o *override) ListFiltered(ctx context.Context, opts transfertoken.ListOptions) ([]record, error) {
	if o.filter != nil {
		return o.filter(ctx, opts)
	}
	return o.plain.ListFiltered(ctx, opts)
}

func (o *override) Update(ctx context.Context, r record) error {
	if o.update != nil {
		return o.update(ctx, r)
	}
	return o.plain.Update(ctx, r)
}

func (o *override) Rekey(ctx context.Context, id uuid.UUID, from, to digest, saltID string) error {
	if o.rekey != nil {
		return o.rekey(ctx, id, from, to, saltID)
	}
	return o.plain.Rekey(ctx, id, from, to, saltID)
}

func (o *override) Touch(ctx context.Context, id uuid.UUID, at time.Time) error {
	if o.touch != nil {
		return o.touch(ctx, id, at)
	}
	return o.plain.Touch(ctx, id, at)
}

func (o *override) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	if o.delete != nil {
		return o.delete(ctx, id, revision)
	}
	return o.plain.Delete(ctx, id, revision)
}

func (o *override) PurgeExpired(ctx context.Context, end time.Time, limit int) ([]record, error) {
	if o.purge != nil {
		return o.purge(ctx, end, limit)
	}
	return o.plain.PurgeExpired(ctx, end, limit)
}
