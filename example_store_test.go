package transfertoken_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/storetest"
)

// sliceStore is a simple Store: a slice in the order of the IDs, and one lock. Every
// method decides and writes in one step, returns copies, and reads no clock.
type sliceStore struct {
	mu      sync.Mutex
	records []transfertoken.Record
}

var (
	_ transfertoken.Store    = (*sliceStore)(nil)
	_ transfertoken.Filterer = (*sliceStore)(nil)
)

// lock takes the lock, unless the call is cancelled.
func (s *sliceStore) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	return nil
}

func (s *sliceStore) byID(id uuid.UUID) *transfertoken.Record {
	for i := range s.records {
		if s.records[i].ID == id {
			return &s.records[i]
		}
	}
	return nil
}

// check returns why r cannot be stored beside the other records, or nil.
func (s *sliceStore) check(r transfertoken.Record) error {
	var invalid transfertoken.ValidationError
	if r.ID == uuid.Nil || r.Digest == (transfertoken.Digest{}) {
		invalid.Add("record", "must have an ID and a digest")
	}
	if r.Revision < 1 {
		invalid.Add("revision", "must start at 1")
	}
	if err := invalid.Err(); err != nil {
		return err
	}
	for _, other := range s.records {
		if other.ID != r.ID && other.Name == r.Name {
			return transfertoken.ErrNameTaken
		}
	}
	for _, other := range s.records {
		if other.ID != r.ID && other.Digest == r.Digest {
			return transfertoken.ErrSecretTaken
		}
	}
	return nil
}

func (s *sliceStore) Create(ctx context.Context, r transfertoken.Record) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := s.check(r); err != nil {
		return err
	}
	if s.byID(r.ID) != nil {
		return transfertoken.ErrConflict
	}
	i, _ := slices.BinarySearchFunc(s.records, r,
		func(a, b transfertoken.Record) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	s.records = slices.Insert(s.records, i, r)
	return nil
}

func (s *sliceStore) Get(ctx context.Context, id uuid.UUID) (transfertoken.Record, error) {
	if err := s.lock(ctx); err != nil {
		return transfertoken.Record{}, err
	}
	defer s.mu.Unlock()
	if r := s.byID(id); r != nil {
		return *r, nil
	}
	return transfertoken.Record{}, transfertoken.ErrNotFound
}

func (s *sliceStore) FindByDigest(ctx context.Context, digests []transfertoken.Digest) (transfertoken.Record, error) {
	if err := s.lock(ctx); err != nil {
		return transfertoken.Record{}, err
	}
	defer s.mu.Unlock()
	for _, d := range digests {
		for _, r := range s.records {
			if r.Digest == d {
				return r, nil
			}
		}
	}
	return transfertoken.Record{}, transfertoken.ErrNotFound
}

func (s *sliceStore) List(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	return s.list(ctx, opts, func(transfertoken.Record) bool { return true })
}

// ListFiltered makes the store a Filterer, which it need not be.
func (s *sliceStore) ListFiltered(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	return s.list(ctx, opts, func(r transfertoken.Record) bool {
		if opts.CreatedBy != nil && r.CreatedBy != *opts.CreatedBy {
			return false
		}
		return opts.ExpiresBefore.IsZero() || !r.ExpiresAt.IsZero() && r.ExpiresAt.Before(opts.ExpiresBefore)
	})
}

func (s *sliceStore) list(ctx context.Context, opts transfertoken.ListOptions,
	wanted func(transfertoken.Record) bool) ([]transfertoken.Record, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var page []transfertoken.Record
	for _, r := range s.records {
		if len(page) < opts.Limit && bytes.Compare(r.ID[:], opts.After[:]) > 0 && wanted(r) {
			page = append(page, r)
		}
	}
	return page, nil
}

func (s *sliceStore) Update(ctx context.Context, r transfertoken.Record) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	stored := s.byID(r.ID)
	switch {
	case r.Revision < 2:
		return &transfertoken.ValidationError{
			Fields: []transfertoken.FieldError{{Field: "revision", Problem: "must be 2 or more"}},
		}
	case stored == nil:
		return transfertoken.ErrNotFound
	case stored.Revision != r.Revision-1:
		return transfertoken.ErrConflict
	}
	if r.Digest == (transfertoken.Digest{}) { // the secret stays
		r.Digest, r.SaltID = stored.Digest, stored.SaltID
	}
	if err := s.check(r); err != nil {
		return err
	}
	r.CreatedAt, r.LastUsedAt = stored.CreatedAt, stored.LastUsedAt
	*stored = r
	return nil
}

func (s *sliceStore) Rekey(ctx context.Context, id uuid.UUID, from, to transfertoken.Digest, saltID string) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	stored := s.byID(id)
	if stored == nil || stored.Digest != from {
		return nil
	}
	r := *stored
	r.Digest, r.SaltID = to, saltID
	if err := s.check(r); err != nil {
		return err
	}
	*stored = r
	return nil
}

func (s *sliceStore) Touch(ctx context.Context, id uuid.UUID, at time.Time) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if stored := s.byID(id); stored != nil && (at.IsZero() || at.After(stored.LastUsedAt)) {
		stored.LastUsedAt = at
	}
	return nil
}

func (s *sliceStore) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	stored := s.byID(id)
	switch {
	case stored == nil:
		return transfertoken.ErrNotFound
	case revision != transfertoken.AnyRevision && revision != stored.Revision:
		return transfertoken.ErrConflict
	}
	s.records = slices.DeleteFunc(s.records, func(r transfertoken.Record) bool { return r.ID == id })
	return nil
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) transfertoken.Store {
		return new(sliceStore)
	}, nil)
}

// A backend can write its own Store. Package storetest checks that it keeps the
// contract.
func ExampleStore() {
	svc, err := transfertoken.New(new(sliceStore), transfertoken.GenerateSalt(), nil)
	if err != nil {
		log.Fatal(err)
	}
	issued, err := svc.Create(context.Background(),
		transfertoken.NewToken{Name: "nightly", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	if err != nil {
		log.Fatal(err)
	}
	grant, err := svc.Authorize(context.Background(), issued.Secret.Reveal(), transfertoken.Push)
	fmt.Println(grant.Token.Name, err)
	// Output:
	// nightly <nil>
}
