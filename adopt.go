package transfertoken

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// AdoptedToken is a token that was issued elsewhere, of which only the digest
// is known. Name, Description, Permissions, Lifespan and CreatedBy follow the
// rules of [NewToken].
type AdoptedToken struct {
	Name, Description string
	Permissions       Permissions
	Lifespan          Lifespan
	CreatedBy         string

	// Digest is what Salt.Digest makes of the secret: for a token from Strapi
	// the 64 bytes that its column access_key has in hex.
	Digest Digest

	// Salt is the one that Digest was made under: the current one,
	// Options.NextSalt, or one of Options.OtherSalts. "" means the current one.
	Salt Salt

	// CreatedAt is not in the future. Zero means now.
	CreatedAt time.Time

	// ExpiresAt is zero for Unlimited, and only then. It is at most CreatedAt
	// plus the lifespan plus one second, and may be past.
	ExpiresAt time.Time

	// LastUsedAt is not in the future. Zero means never.
	LastUsedAt time.Time
}

// Adopt takes over a token that was issued elsewhere: whoever has its secret can
// go on using it. It needs Options.AcceptForeign. It fails with a
// *ValidationError, ErrNameTaken, or ErrSecretTaken if the digest is there
// already.
//
// Adopt a token once. After its first use it has a digest under the current salt,
// and its former digest is not known any more: only its name would tell that it
// is there. Two tokens with one secret would be found one after the other, so
// that deleting one does not revoke the secret.
func (s *TokenService) Adopt(ctx context.Context, t AdoptedToken) (Token, error) {
	if !s.Enabled() {
		return Token{}, ErrDisabled
	}
	c := s.core.value()
	now := c.now()
	record, err := c.adopted(t, now)
	if err != nil {
		return Token{}, err
	}
	if record.ID, err = uuid.NewV7(); err != nil {
		return Token{}, storeError("adopt token", err)
	}
	if err := c.store.Create(ctx, record); err != nil {
		return Token{}, storeError("adopt token", err)
	}
	c.emit(ctx, Event{Kind: EventAdopted, At: now, Token: record.Token})
	return record.Token, nil
}

// adopted checks t and returns its record, without an ID.
func (c *core) adopted(t AdoptedToken, now time.Time) (Record, error) {
	var p fieldChecks
	if !c.acceptForeign {
		p.Add("acceptForeign", "must be set in Options to adopt tokens, or their secrets would be refused")
	}
	record := Record{Token: Token{
		Name:        p.name(t.Name),
		Description: p.description(t.Description),
		Permissions: p.permissions(t.Permissions),
		Lifespan:    p.lifespan(t.Lifespan),
		CreatedBy:   p.createdBy(t.CreatedBy),
		CreatedAt:   now,
		UpdatedAt:   now,
		Revision:    1,
	}}
	if t.Digest.isZero() {
		p.Add("digest", "must not be zero")
	}
	record.Digest = t.Digest
	switch {
	case t.Salt == "":
		record.SaltID = c.ring.current().id()
	case slices.Contains(c.ring.salts, t.Salt):
		record.SaltID = t.Salt.id()
	default:
		p.Add("salt", "must be the current salt, Options.NextSalt, or one of Options.OtherSalts")
	}
	if !t.CreatedAt.IsZero() {
		record.CreatedAt = instant(t.CreatedAt)
		p.notAfter("createdAt", record.CreatedAt, now)
	}
	if !t.LastUsedAt.IsZero() {
		record.LastUsedAt = instant(t.LastUsedAt)
		p.notAfter("lastUsedAt", record.LastUsedAt, now)
	}
	if !t.ExpiresAt.IsZero() {
		record.ExpiresAt = instant(t.ExpiresAt)
	}
	p.expiresAt(record.Token)
	return record, p.Err()
}

func (p *fieldChecks) notAfter(field string, t, now time.Time) {
	if t.After(now) {
		p.Add(field, "must not be in the future")
	}
}

func (p *fieldChecks) expiresAt(t Token) {
	limit, limited := t.Lifespan.limit()
	switch {
	case limited && t.ExpiresAt.IsZero():
		p.Add("expiresAt", "must not be zero for a limited lifespan")
	case limited && t.ExpiresAt.After(t.CreatedAt.Add(limit+time.Second)):
		p.Add("expiresAt", "must be at most one second later than createdAt plus the lifespan")
	case t.Lifespan == Unlimited && !t.ExpiresAt.IsZero():
		p.Add("expiresAt", `must be zero for the lifespan "unlimited"`)
	}
}
