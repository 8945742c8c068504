package transfertoken

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// AdoptedToken describes a token that was issued elsewhere and of which only the
// digest is known. Name, Description, Permissions, Lifespan and CreatedBy follow
// the rules of [NewToken].
type AdoptedToken struct {
	Name, Description string
	Permissions       Permissions
	Lifespan          Lifespan
	CreatedBy         string

	// Digest is the digest of the secret. For a token from Strapi, ParseDigest
	// reads it from the column access_key.
	Digest Digest

	// Salt is the salt of Digest: the current one, Options.NextSalt, or one of
	// Options.OtherSalts. "" means the current one.
	Salt Salt

	// CreatedAt must not be in the future. Zero means now.
	CreatedAt time.Time

	// ExpiresAt must be zero for Unlimited, and only then. It is at most CreatedAt
	// plus the lifespan plus one second, and may be in the past.
	ExpiresAt time.Time

	// LastUsedAt must not be in the future. Zero means never.
	LastUsedAt time.Time
}

// Adopt takes over a token that was issued elsewhere, so that its secret stays
// usable. It needs Options.AcceptForeign. It fails with a *ValidationError,
// ErrNameTaken, or ErrSecretTaken if a token has the digest already.
//
// Adopt a token once. Its first use replaces the digest by one under the current
// salt, and then only the name shows that it was adopted before. Of two tokens with
// one secret, deleting one does not revoke the secret.
func (s *TokenService) Adopt(ctx context.Context, t AdoptedToken) (Token, error) {
	c := s.enabledCore()
	if c == nil {
		return Token{}, ErrDisabled
	}
	now := c.now()
	record, err := c.adoptedRecord(t, now)
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

// adoptedRecord checks t and returns its record, without an ID.
func (c *core) adoptedRecord(t AdoptedToken, now time.Time) (Record, error) {
	var p fieldChecks
	if !c.acceptForeign {
		p.Add("acceptForeign", "must be set in Options to adopt tokens, or their secrets would be refused")
	}
	record := Record{Token: Token{
		Name:        p.name(t.Name),
		Description: p.description(t.Description),
		Permissions: p.permissions(t.Permissions),
		Lifespan:    p.lifespan(t.Lifespan, everyLifespan),
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
		record.SaltID = c.keyring.current().id()
	case slices.Contains(c.keyring.salts.value(), t.Salt):
		record.SaltID = t.Salt.id()
	default:
		p.Add("salt", "must be the current salt, Options.NextSalt, or one of Options.OtherSalts")
	}
	if !t.CreatedAt.IsZero() {
		record.CreatedAt = toMillis(t.CreatedAt)
		p.notAfter("createdAt", record.CreatedAt, now)
	}
	if !t.LastUsedAt.IsZero() {
		record.LastUsedAt = toMillis(t.LastUsedAt)
		p.notAfter("lastUsedAt", record.LastUsedAt, now)
	}
	if !t.ExpiresAt.IsZero() {
		record.ExpiresAt = toMillis(t.ExpiresAt)
	}
	p.expiresAt(record.Token)
	return record, p.Err()
}
