package transfertoken

import (
	"cmp"
	"context"
	"errors"
)

// ensuredBy is the CreatedBy of an ensured token whose configuration names none.
const ensuredBy = "configuration"

// Ensure brings the token with the name of t to what a configuration says: it makes
// the token, or changes one that it made before. The secret is made beforehand with
// [GenerateSecret], and kept where the deployment keeps its secrets. Call Ensure at
// every start, from all instances at once: it writes only what is different.
//
// Description, permissions and suspension become those of t. An administrator's
// change of them lasts until the next Ensure. The secret replaces another one, which
// is dead when Ensure returns. Only then the lifespan becomes that of t and starts
// again. So a token that has expired works again with a new secret, and a lifespan
// that was changed in the configuration counts from the next secret on.
//
// CreatedBy tells the tokens of a configuration from others; "" means
// "configuration". A token with the name and another CreatedBy is ErrNameTaken and
// stays as it is. A secret that a token with another name has is ErrSecretTaken. A
// token that was deleted or purged is made again, with a new lifespan. Instances
// with different configurations overwrite each other.
//
// Ensure fails with a *ValidationError if a field of t or the zero secret is at
// fault, and with ErrConflict if others wrote the token at the same moment four
// times. After a failure of the store it can be repeated.
//
// Its event is EventCreated, EventUpdated, or EventRegenerated if the secret is
// another one. All records are read if the secret is new and the name is not.
func (s *TokenService) Ensure(ctx context.Context, t NewToken, secret Secret) (Token, error) {
	c := s.enabledCore()
	if c == nil {
		return Token{}, ErrDisabled
	}
	t.CreatedBy = cmp.Or(trim(t.CreatedBy), ensuredBy)
	var p fieldChecks
	c.checkNew(&p, &t)
	if secret.Reveal() == "" {
		p.Add("secret", "must not be empty")
	}
	if err := p.Err(); err != nil {
		return Token{}, err
	}
	presented := c.keyring.take(secret.Reveal())
	defer c.keyring.put(presented)
	presented.computeDigests()
	for range updateRetries {
		token, err := c.ensure(ctx, t, secret, presented)
		if !errors.Is(err, ErrConflict) {
			return token, err
		}
	}
	return c.ensure(ctx, t, secret, presented)
}

const ensureOp = "ensure token"

// ensure makes or changes the token. It fails with ErrConflict if another writer was
// faster. presented has the digests of secret.
func (c *core) ensure(ctx context.Context, t NewToken, secret Secret, presented *candidate) (Token, error) {
	record, err := c.store.FindByDigest(ctx, presented.digests)
	switch {
	case errors.Is(err, ErrNotFound):
		token, err := c.create(ctx, ensureOp, t, secret)
		if errors.Is(err, ErrSecretTaken) {
			return Token{}, ErrConflict // since FindByDigest, perhaps by the token with this name
		}
		if !errors.Is(err, ErrNameTaken) {
			return token, err
		}
		if record, err = c.findByName(ctx, t.Name); err != nil {
			return Token{}, err
		}
	case err != nil:
		return Token{}, storeError(ensureOp, err)
	case record.Name != t.Name:
		return Token{}, ErrSecretTaken
	}
	if record.CreatedBy != t.CreatedBy {
		return Token{}, ErrNameTaken
	}
	if record.Revision < 1 {
		return Token{}, ErrConflict
	}
	return c.bringTo(ctx, record, t, secret, presented)
}

// findByName returns the record with a name that was taken a moment ago. If it is
// gone, the error is ErrConflict.
func (c *core) findByName(ctx context.Context, name string) (Record, error) {
	for record, err := range c.records(ctx, ensureOp) {
		if err != nil || record.Name == name {
			return record, err
		}
	}
	return Record{}, ErrConflict
}

// bringTo writes what differs between record and t against the revision of record.
func (c *core) bringTo(
	ctx context.Context, record Record, t NewToken, secret Secret, presented *candidate,
) (Token, error) {
	before := record.Token
	record.Description = t.Description
	record.Permissions = t.Permissions
	record.Suspended = t.Suspended
	now := c.now()
	isNewSecret := presented.indexOf(&record.Digest) < 0
	switch {
	case isNewSecret:
		record.Lifespan = t.Lifespan
		c.setSecret(&record, secret, now)
	case record.Token == before:
		return before, nil
	default:
		record.Digest = Digest{} // keep the stored one, which a Rekey may have replaced
	}
	record.UpdatedAt = now
	record.Revision++
	switch err := c.store.Update(ctx, record); {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrSecretTaken):
		return Token{}, ErrConflict // it was deleted, or the secret given to another token, since it was read
	case err != nil:
		return Token{}, storeError(ensureOp, err)
	}
	if isNewSecret {
		c.reportNewSecret(ctx, &before, &record.Token, now)
	} else {
		c.emit(ctx, Event{Kind: EventUpdated, At: now, Token: record.Token, Before: &before})
	}
	return record.Token, nil
}
