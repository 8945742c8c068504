package sqlstore

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

// What the columns hold, in characters.
const (
	maxText        = 255
	maxDescription = 2000
)

// problems collects why a record cannot be stored.
type problems []transfertoken.FieldError

func (p *problems) add(field, problem string) {
	*p = append(*p, transfertoken.FieldError{Field: field, Problem: problem})
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &transfertoken.ValidationError{Fields: p}
}

func (p *problems) record(r *transfertoken.Record) {
	if r.ID == uuid.Nil {
		p.add("id", "must not be zero")
	}
	p.text("name", r.Name, maxText)
	p.text("description", r.Description, maxDescription)
	p.text("lifespan", string(r.Lifespan), maxText)
	p.text("createdBy", r.CreatedBy, maxText)
	p.text("hint", r.Hint, maxText)
	p.time("createdAt", r.CreatedAt)
	p.time("updatedAt", r.UpdatedAt)
	p.time("expiresAt", r.ExpiresAt)
	p.time("lastUsedAt", r.LastUsedAt)
	p.secret(r.Digest, r.SaltID)
}

func (p *problems) secret(digest transfertoken.Digest, saltID string) {
	if digest == (transfertoken.Digest{}) {
		p.add("digest", "must not be zero")
	}
	p.text("saltId", saltID, maxText)
}

func (p *problems) text(field, text string, limit int) {
	switch {
	case !utf8.ValidString(text):
		p.add(field, "must be valid UTF-8")
	case strings.Contains(text, "\x00"):
		p.add(field, "must not hold a NUL byte")
	case utf8.RuneCountInString(text) > limit:
		p.add(field, fmt.Sprintf("must be at most %d characters", limit))
	}
}

func (p *problems) time(field string, t time.Time) {
	if !representable(t) {
		p.add(field, "must be within the milliseconds that an int64 counts")
	}
}
