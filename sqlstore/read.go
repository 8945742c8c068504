package sqlstore

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// Get implements [transfertoken.Store].
func (s *Store) Get(ctx context.Context, id uuid.UUID) (transfertoken.Record, error) {
	if err := s.ready(ctx); err != nil {
		return transfertoken.Record{}, err
	}
	if id == uuid.Nil {
		return transfertoken.Record{}, transfertoken.ErrNotFound
	}
	return first(s.read(ctx, &s.query.get, 1, s.idArg(id)))
}

// FindByDigest implements [transfertoken.Store]. It is one SELECT through the
// unique index on the digests, however many digests there are.
func (s *Store) FindByDigest(ctx context.Context, digests []transfertoken.Digest) (transfertoken.Record, error) {
	if err := s.ready(ctx); err != nil {
		return transfertoken.Record{}, err
	}
	args := make([]any, 0, len(digests))
	for i := range digests {
		if digests[i] != (transfertoken.Digest{}) {
			args = append(args, digests[i][:])
		}
	}
	if len(args) == 0 {
		return transfertoken.Record{}, transfertoken.ErrNotFound
	}
	records, err := s.read(ctx, s.findQuery(len(args)), len(args), args...)
	slices.SortFunc(records, func(a, b transfertoken.Record) int {
		return slices.Index(digests, a.Digest) - slices.Index(digests, b.Digest)
	})
	return first(records, err)
}

// List implements [transfertoken.Store].
func (s *Store) List(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	if opts.Limit < 1 || opts.Limit > 1000 {
		return nil, problems{{Field: "limit", Problem: "must be from 1 to 1000"}}.err()
	}
	return s.read(ctx, &s.query.list, opts.Limit, s.idArg(opts.After), opts.Limit)
}

// read returns the at most limit records that a query finds.
func (s *Store) read(ctx context.Context, q *statement, limit int, args ...any) ([]transfertoken.Record, error) {
	var records []transfertoken.Record
	err := s.attempt(ctx, func() error {
		rows, err := s.rows(ctx, q, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		records = make([]transfertoken.Record, 0, min(limit, 100))
		for rows.Next() {
			records = append(records, transfertoken.Record{})
			if err := scan(rows, &records[len(records)-1]); err != nil {
				return err
			}
		}
		return rows.Err()
	}, nil)
	if err != nil {
		return nil, err
	}
	return records, nil
}

func first(records []transfertoken.Record, err error) (transfertoken.Record, error) {
	if err != nil {
		return transfertoken.Record{}, err
	}
	if len(records) == 0 {
		return transfertoken.Record{}, transfertoken.ErrNotFound
	}
	return records[0], nil
}
