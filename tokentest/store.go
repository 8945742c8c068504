package tokentest

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// failingStore is a store in memory that fails when it is told to.
type failingStore struct {
	memory  *transfertoken.MemoryStore
	failure atomic.Pointer[error] // nil: works
	issued  atomic.Int64          // by Issue, for their names
}

var _ transfertoken.Store = (*failingStore)(nil)

func (s *failingStore) fail(err error) {
	if err == nil {
		s.failure.Store(nil)
		return
	}
	s.failure.Store(&err)
}

func (s *failingStore) err() error {
	if failure := s.failure.Load(); failure != nil {
		return *failure
	}
	return nil
}

func (s *failingStore) Create(ctx context.Context, r transfertoken.Record) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.memory.Create(ctx, r)
}

func (s *failingStore) Get(ctx context.Context, id uuid.UUID) (transfertoken.Record, error) {
	if err := s.err(); err != nil {
		return transfertoken.Record{}, err
	}
	return s.memory.Get(ctx, id)
}

func (s *failingStore) FindByDigest(ctx context.Context, digests []transfertoken.Digest) (transfertoken.Record, error) {
	if err := s.err(); err != nil {
		return transfertoken.Record{}, err
	}
	return s.memory.FindByDigest(ctx, digests)
}

func (s *failingStore) List(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	if err := s.err(); err != nil {
		return nil, err
	}
	return s.memory.List(ctx, opts)
}

func (s *failingStore) Update(ctx context.Context, r transfertoken.Record) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.memory.Update(ctx, r)
}

func (s *failingStore) Rekey(ctx context.Context, id uuid.UUID, from, to transfertoken.Digest, saltID string) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.memory.Rekey(ctx, id, from, to, saltID)
}

func (s *failingStore) Touch(ctx context.Context, id uuid.UUID, at time.Time) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.memory.Touch(ctx, id, at)
}

func (s *failingStore) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.memory.Delete(ctx, id, revision)
}
