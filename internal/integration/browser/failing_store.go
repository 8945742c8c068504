package browser

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// failingStore is a store that fails on request.
type failingStore struct {
	transfertoken.Store
	mu   sync.Mutex
	err  error
	only []string
}

var _ transfertoken.Store = (*failingStore)(nil)

// Fail makes the methods that are named fail with err, or all; nil ends it.
func (s *failingStore) Fail(err error, methods ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.only = err, methods
}

func (s *failingStore) fails(method string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.only) == 0 || slices.Contains(s.only, method) {
		return s.err
	}
	return nil
}

func (s *failingStore) Create(ctx context.Context, r transfertoken.Record) error {
	if err := s.fails("Create"); err != nil {
		return err
	}
	return s.Store.Create(ctx, r)
}

func (s *failingStore) Get(ctx context.Context, id uuid.UUID) (transfertoken.Record, error) {
	if err := s.fails("Get"); err != nil {
		return transfertoken.Record{}, err
	}
	return s.Store.Get(ctx, id)
}

func (s *failingStore) FindByDigest(ctx context.Context, digests []transfertoken.Digest) (transfertoken.Record, error) {
	if err := s.fails("FindByDigest"); err != nil {
		return transfertoken.Record{}, err
	}
	return s.Store.FindByDigest(ctx, digests)
}

func (s *failingStore) List(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	if err := s.fails("List"); err != nil {
		return nil, err
	}
	return s.Store.List(ctx, opts)
}

func (s *failingStore) Update(ctx context.Context, r transfertoken.Record) error {
	if err := s.fails("Update"); err != nil {
		return err
	}
	return s.Store.Update(ctx, r)
}

func (s *failingStore) Rekey(ctx context.Context, id uuid.UUID, from, to transfertoken.Digest, saltID string) error {
	if err := s.fails("Rekey"); err != nil {
		return err
	}
	return s.Store.Rekey(ctx, id, from, to, saltID)
}

func (s *failingStore) Touch(ctx context.Context, id uuid.UUID, at time.Time) error {
	if err := s.fails("Touch"); err != nil {
		return err
	}
	return s.Store.Touch(ctx, id, at)
}

func (s *failingStore) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	if err := s.fails("Delete"); err != nil {
		return err
	}
	return s.Store.Delete(ctx, id, revision)
}
