package sqlstore

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// Create implements [transfertoken.Store].
func (s *Store) Create(ctx context.Context, r transfertoken.Record) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	var p problems
	p.record(&r)
	if err := p.err(); err != nil {
		return err
	}
	return s.attempt(ctx, func() error {
		n, err := s.exec(ctx, &s.query.create, s.idArg(r.ID), r.Name, r.Description, int64(r.Permissions), string(r.Lifespan),
			r.CreatedBy, r.Hint, millisArg(r.CreatedAt), millisArg(r.UpdatedAt), millisArg(r.ExpiresAt),
			millisArg(r.LastUsedAt), r.Revision, r.Digest[:], r.SaltID)
		if err == nil && n == 0 {
			return errDuplicate
		}
		return err
	}, func(duplicate bool) error {
		// Unless the database speaks of a duplicate, a record with this ID may
		// be what this very call has stored.
		if !duplicate {
			return s.taken(ctx, r.ID, r.Name, r.Digest)
		}
		if err := s.taken(ctx, uuid.Nil, r.Name, r.Digest); err != nil {
			return err
		}
		return s.found(ctx, transfertoken.ErrConflict, &s.query.idTaken, s.idArg(r.ID))
	})
}

// Update implements [transfertoken.Store].
func (s *Store) Update(ctx context.Context, r transfertoken.Record) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if r.ID == uuid.Nil {
		return transfertoken.ErrNotFound
	}
	var p problems
	p.record(&r)
	if err := p.err(); err != nil {
		return err
	}
	var n int64
	err := s.attempt(ctx, func() (err error) {
		n, err = s.exec(ctx, &s.query.update, r.Name, r.Description, int64(r.Permissions), string(r.Lifespan),
			r.CreatedBy, r.Hint, millisArg(r.UpdatedAt), millisArg(r.ExpiresAt),
			r.Revision, r.Digest[:], r.SaltID, s.idArg(r.ID), r.Revision-1)
		return err
	}, func(bool) error {
		// What fails for a duplicate has found the ID and the revision.
		return s.taken(ctx, r.ID, r.Name, r.Digest)
	})
	if err != nil || n > 0 {
		return err
	}
	return s.missed(ctx, r.ID)
}

// Rekey implements [transfertoken.Store].
func (s *Store) Rekey(ctx context.Context, id uuid.UUID, from, to transfertoken.Digest, saltID string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	var p problems
	p.secret(to, saltID)
	if err := p.err(); err != nil {
		return err
	}
	return s.attempt(ctx, func() error {
		_, err := s.exec(ctx, &s.query.rekey, to[:], saltID, s.idArg(id), from[:])
		return err
	}, func(bool) error {
		return s.found(ctx, transfertoken.ErrSecretTaken, &s.query.digestTaken, to[:], s.idArg(id))
	})
}

// Touch implements [transfertoken.Store].
func (s *Store) Touch(ctx context.Context, id uuid.UUID, at time.Time) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if at.IsZero() {
		return nil
	}
	var p problems
	p.time("lastUsedAt", at)
	if err := p.err(); err != nil {
		return err
	}
	return s.attempt(ctx, func() error {
		_, err := s.exec(ctx, &s.query.touch, millisArg(at), s.idArg(id), millisArg(at))
		return err
	}, nil)
}

// Delete implements [transfertoken.Store].
func (s *Store) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	var n int64
	err := s.attempt(ctx, func() (err error) {
		if revision == transfertoken.AnyRevision {
			n, err = s.exec(ctx, &s.query.delete, s.idArg(id))
		} else {
			n, err = s.exec(ctx, &s.query.deleteRevision, s.idArg(id), revision)
		}
		return err
	}, nil)
	if err != nil || n > 0 {
		return err
	}
	if revision == transfertoken.AnyRevision {
		return transfertoken.ErrNotFound
	}
	return s.missed(ctx, id)
}

// missed says why a write that asked for a revision found no record.
func (s *Store) missed(ctx context.Context, id uuid.UUID) error {
	return s.attempt(ctx, func() error {
		if err := s.found(ctx, transfertoken.ErrConflict, &s.query.idTaken, s.idArg(id)); err != nil {
			return err
		}
		return transfertoken.ErrNotFound
	}, nil)
}

// taken returns the error for a name or a digest that a record with another ID
// than this one has.
func (s *Store) taken(ctx context.Context, id uuid.UUID, name string, digest transfertoken.Digest) error {
	if err := s.found(ctx, transfertoken.ErrNameTaken, &s.query.nameTaken, name, s.idArg(id)); err != nil {
		return err
	}
	return s.found(ctx, transfertoken.ErrSecretTaken, &s.query.digestTaken, digest[:], s.idArg(id))
}

// found returns verdict if the query finds something.
func (s *Store) found(ctx context.Context, verdict error, q *statement, args ...any) error {
	rows, err := s.rows(ctx, q, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.Next() {
		return verdict
	}
	return rows.Err()
}
