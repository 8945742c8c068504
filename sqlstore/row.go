package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// scan reads the columns into r.
func scan(rows *sql.Rows, r *transfertoken.Record) error {
	err := rows.Scan(&r.ID, &r.Name, &r.Description, (*permissions)(&r.Permissions), (*string)(&r.Lifespan),
		&r.CreatedBy, &r.Hint, (*millis)(&r.CreatedAt), (*millis)(&r.UpdatedAt), (*millis)(&r.ExpiresAt),
		(*millis)(&r.LastUsedAt), &r.Revision, (*digest)(&r.Digest), &r.SaltID)
	if err != nil {
		return fmt.Errorf("the row with ID %v cannot be read: %w", r.ID, err)
	}
	if r.ID == uuid.Nil {
		return errors.New("a row has no ID")
	}
	return nil
}

// idArg is id as it is passed to the database, ordered there by its bytes.
func (s *Store) idArg(id uuid.UUID) any {
	if s.dialect == PostgreSQL {
		return id.String()
	}
	return id[:]
}

// integer reads a whole number; ok is false for NULL.
func integer(src any) (n int64, ok bool, err error) {
	switch src := src.(type) {
	case nil:
		return 0, false, nil
	case int64:
		return src, true, nil
	}
	var read sql.NullInt64
	if err := read.Scan(src); err != nil {
		return 0, false, errors.New("not a whole number")
	}
	return read.Int64, read.Valid, nil
}

// millis reads milliseconds since 1970, or NULL as the zero time.
type millis time.Time

func (m *millis) Scan(src any) error {
	n, ok, err := integer(src)
	if err != nil {
		return err
	}
	*m = millis{}
	if ok {
		*m = millis(time.UnixMilli(n).UTC())
	}
	return nil
}

// millisArg is t as it is passed to the database.
func millisArg(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// representable reports whether t is an int64 of milliseconds.
func representable(t time.Time) bool {
	const limit = math.MaxInt64/1000 - 1
	return t.IsZero() || -limit <= t.Unix() && t.Unix() <= limit
}

// digest reads 64 bytes, no more and no less.
type digest transfertoken.Digest

func (d *digest) Scan(src any) error {
	bytes, ok := src.([]byte)
	if !ok || len(bytes) != len(d) {
		return errors.New("not 64 bytes")
	}
	copy(d[:], bytes)
	return nil
}

// permissions reads a byte. Cutting a larger number off would make permissions
// of it that nobody gave.
type permissions transfertoken.Permissions

func (p *permissions) Scan(src any) error {
	n, ok, err := integer(src)
	if err != nil {
		return err
	}
	if !ok || n < 0 || n > math.MaxUint8 {
		return errors.New("not a number from 0 to 255")
	}
	*p = permissions(n)
	return nil
}
