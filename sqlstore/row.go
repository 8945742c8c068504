package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// scanAll returns the records of rows and closes them.
func scanAll(rows *sql.Rows) ([]transfertoken.Record, error) {
	defer rows.Close()
	var records []transfertoken.Record
	for rows.Next() {
		records = append(records, transfertoken.Record{})
		if err := scan(rows, &records[len(records)-1]); err != nil {
			return nil, err
		}
	}
	return records, rows.Err()
}

// scan reads the columns into r.
func scan(rows *sql.Rows, r *transfertoken.Record) error {
	err := rows.Scan(&r.ID, &r.Name, &r.Description, (*permissions)(&r.Permissions),
		(*suspended)(&r.Suspended), (*string)(&r.Lifespan), &r.CreatedBy, &r.Hint, (*millis)(&r.CreatedAt),
		(*millis)(&r.UpdatedAt), (*millis)(&r.ExpiresAt), (*millis)(&r.LastUsedAt), &r.Revision,
		(*digest)(&r.Digest), &r.SaltID)
	if err != nil {
		return fmt.Errorf("the row with ID %v cannot be read: %w", r.ID, err)
	}
	if r.ID == uuid.Nil {
		return errors.New("a row has no ID")
	}
	return nil
}

// idArg returns id as an argument. Databases order it by its bytes.
func (s *Store) idArg(id uuid.UUID) any {
	if s.dialect == PostgreSQL {
		return id.String()
	}
	return id[:]
}

// integer returns a whole number. For NULL ok is false.
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

// millis is a time that is read from milliseconds since 1970. NULL is the zero
// time.
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

// millisArg returns t as an argument.
func millisArg(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// representable reports whether an int64 of milliseconds holds t.
func representable(t time.Time) bool {
	const limit = math.MaxInt64/1000 - 1
	return t.IsZero() || -limit <= t.Unix() && t.Unix() <= limit
}

// digest is a Digest that is read from exactly 64 bytes.
type digest transfertoken.Digest

func (d *digest) Scan(src any) error {
	bytes, ok := src.([]byte)
	if !ok || len(bytes) != len(d) {
		return errors.New("not 64 bytes")
	}
	copy(d[:], bytes)
	return nil
}

// permissions is a Permissions that is read from a number. A number that does not
// fit is an error, because its lowest byte could grant a permission.
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

// suspended is a bool that is read from true, false, 0 or 1. Anything else is an
// error, because a token that cannot be read is refused.
type suspended bool

func (s *suspended) Scan(src any) error {
	if b, ok := src.(bool); ok {
		*s = suspended(b)
		return nil
	}
	n, ok, err := integer(src)
	if err != nil || !ok || n < 0 || n > 1 {
		return errors.New("not a truth value")
	}
	*s = n == 1
	return nil
}

// Limits of the columns, in characters.
const (
	maxText        = 255
	maxDescription = 2000
)

// fieldErrors collects the reasons why a record cannot be stored.
type fieldErrors struct{ transfertoken.ValidationError }

// checkNew returns the error for a record that cannot be created.
func checkNew(r *transfertoken.Record) error {
	var e fieldErrors
	if r.ID == uuid.Nil {
		e.Add("id", "must not be zero")
	}
	if r.Revision < 1 {
		e.Add("revision", "must be at least 1")
	}
	e.fields(r)
	e.digest(r.Digest, r.SaltID)
	return e.Err()
}

// checkChanged returns the error for a record that cannot replace another.
func checkChanged(r *transfertoken.Record) error {
	var e fieldErrors
	if r.Revision < 2 {
		e.Add("revision", "must be at least 2")
	}
	e.fields(r)
	if r.Digest != (transfertoken.Digest{}) {
		e.digest(r.Digest, r.SaltID)
	}
	return e.Err()
}

func checkDigest(digest transfertoken.Digest, saltID string) error {
	var e fieldErrors
	e.digest(digest, saltID)
	return e.Err()
}

func checkTime(field string, t time.Time) error {
	var e fieldErrors
	e.time(field, t)
	return e.Err()
}

func checkLimit(limit int) error {
	var e fieldErrors
	if limit < 1 || limit > transfertoken.MaxPageSize {
		e.Add("limit", fmt.Sprintf("must be from 1 to %d", transfertoken.MaxPageSize))
	}
	return e.Err()
}

func checkFilter(opts transfertoken.ListOptions) error {
	if err := checkLimit(opts.Limit); err != nil {
		return err
	}
	var e fieldErrors
	if opts.CreatedBy != nil {
		e.text("createdBy", *opts.CreatedBy, maxText)
	}
	e.time("expiresBefore", opts.ExpiresBefore)
	return e.Err()
}

func (e *fieldErrors) fields(r *transfertoken.Record) {
	e.text("name", r.Name, maxText)
	e.text("description", r.Description, maxDescription)
	e.text("lifespan", string(r.Lifespan), maxText)
	e.text("createdBy", r.CreatedBy, maxText)
	e.text("hint", r.Hint, maxText)
	e.time("createdAt", r.CreatedAt)
	e.time("updatedAt", r.UpdatedAt)
	e.time("expiresAt", r.ExpiresAt)
	e.time("lastUsedAt", r.LastUsedAt)
}

func (e *fieldErrors) digest(digest transfertoken.Digest, saltID string) {
	if digest == (transfertoken.Digest{}) {
		e.Add("digest", "must not be zero")
	}
	e.text("saltId", saltID, maxText)
}

func (e *fieldErrors) text(field, text string, limit int) {
	switch {
	case !utf8.ValidString(text):
		e.Add(field, "must be valid UTF-8")
	case strings.Contains(text, "\x00"):
		e.Add(field, "must not hold a NUL byte")
	case utf8.RuneCountInString(text) > limit:
		e.Add(field, fmt.Sprintf("must be at most %d characters", limit))
	}
}

func (e *fieldErrors) time(field string, t time.Time) {
	if !representable(t) {
		e.Add(field, "must be within the milliseconds that an int64 counts")
	}
}
