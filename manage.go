package transfertoken

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Create makes a token and returns its secret, for the only time. It fails with a
// *ValidationError that names every field at fault, or with ErrNameTaken.
//
// After a failure of the store the token may exist nevertheless, with a secret
// that nobody knows: regenerate it.
func (s *TokenService) Create(ctx context.Context, t NewToken) (Issued, error) {
	c := s.enabledCore()
	if c == nil {
		return Issued{}, ErrDisabled
	}
	var p fieldChecks
	c.checkNew(&p, &t)
	if err := p.Err(); err != nil {
		return Issued{}, err
	}
	secret := newSecret(c.prefix)
	token, err := c.create(ctx, "create token", t, secret)
	if err != nil {
		return Issued{}, err
	}
	return Issued{token, secret}, nil
}

// checkNew adds the problems of t to p, and trims the texts of t.
func (c *core) checkNew(p *fieldChecks, t *NewToken) {
	t.Name = p.name(t.Name)
	t.Description = p.description(t.Description)
	t.Permissions = p.permissions(t.Permissions)
	t.Lifespan = p.lifespan(t.Lifespan, c.allowed)
	t.CreatedBy = p.createdBy(t.CreatedBy)
}

// create stores a new token with the secret. t was checked.
func (c *core) create(ctx context.Context, op string, t NewToken, secret Secret) (Token, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Token{}, storeError(op, err)
	}
	now := c.now()
	record := Record{Token: Token{
		ID:          id,
		Name:        t.Name,
		Description: t.Description,
		Permissions: t.Permissions,
		Suspended:   t.Suspended,
		Lifespan:    t.Lifespan,
		CreatedBy:   t.CreatedBy,
		CreatedAt:   now,
		UpdatedAt:   now,
		Revision:    1,
	}}
	c.setSecret(&record, secret, now)
	if err := c.store.Create(ctx, record); err != nil {
		return Token{}, storeError(op, err)
	}
	c.emit(ctx, Event{Kind: EventCreated, At: now, Token: record.Token})
	return record.Token, nil
}

// setSecret gives record the secret and starts its lifespan at now.
func (c *core) setSecret(record *Record, secret Secret, now time.Time) {
	record.Hint = secret.hint()
	record.Digest = c.keyring.current().Digest(secret.Reveal())
	record.SaltID = c.keyring.current().id()
	record.ExpiresAt = record.Lifespan.expiry(now)
}

// Get returns the token with the ID, or ErrNotFound.
func (s *TokenService) Get(ctx context.Context, id uuid.UUID) (Token, error) {
	c := s.enabledCore()
	if c == nil {
		return Token{}, ErrDisabled
	}
	record, err := c.store.Get(ctx, id)
	if err != nil {
		return Token{}, storeError("get token", err)
	}
	return record.Token, nil
}

// List returns one page of tokens, expired ones included. An empty page is the
// end of the list. A limit that is negative or over MaxPageSize is a
// *ValidationError, and so are a CreatedBy that no token can have and an
// ExpiresBefore outside of the years 1 to 9999. A page of the store that is longer than the limit, or not in
// the order of the IDs, is a failure of the store.
func (s *TokenService) List(ctx context.Context, opts ListOptions) ([]Token, error) {
	c := s.enabledCore()
	if c == nil {
		return nil, ErrDisabled
	}
	opts, err := opts.checked()
	if err != nil {
		return nil, err
	}
	records, err := c.page(ctx, "list tokens", opts)
	if err != nil {
		return nil, err
	}
	tokens := make([]Token, len(records))
	for i := range records {
		tokens[i] = records[i].Token
	}
	return tokens, nil
}

// checked returns o as the store gets it.
func (o ListOptions) checked() (ListOptions, error) {
	var p fieldChecks
	if o.Limit < 0 || o.Limit > MaxPageSize {
		p.Add("limit", "must be from 0 (which means 100) to 1000")
	}
	o.Limit = cmp.Or(o.Limit, defaultPageSize)
	if o.CreatedBy != nil {
		createdBy := p.createdBy(*o.CreatedBy)
		o.CreatedBy = &createdBy
	}
	if !o.ExpiresBefore.IsZero() {
		if year := o.ExpiresBefore.UTC().Year(); year < 1 || year > 9999 {
			p.Add("expiresBefore", "must be within the years 1 to 9999")
		}
		// Stored times have milliseconds, so nothing ends between two of them.
		o.ExpiresBefore = toMillis(o.ExpiresBefore.Add(time.Millisecond - 1))
	}
	return o, p.Err()
}

// All ranges over all tokens in the order of List, reading MaxPageSize at a time.
// A token that exists from the first page to the last is yielded once. A token
// that is created or deleted meanwhile may be yielded or not. If a page fails, its
// error is yielded with a zero Token, and the range ends. Without an error the
// range was complete.
func (s *TokenService) All(ctx context.Context) iter.Seq2[Token, error] {
	return func(yield func(Token, error) bool) {
		c := s.enabledCore()
		if c == nil {
			yield(Token{}, ErrDisabled)
			return
		}
		for record, err := range c.records(ctx, "list tokens") {
			if !yield(record.Token, err) {
				return
			}
		}
	}
}

// records ranges over all records as All does over tokens.
func (c *core) records(ctx context.Context, op string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		page := ListOptions{Limit: MaxPageSize}
		for {
			records, err := c.page(ctx, op, page)
			if err != nil {
				yield(Record{}, err)
				return
			}
			for _, r := range records {
				if !yield(r, nil) {
					return
				}
			}
			if len(records) == 0 {
				return
			}
			page.After = records[len(records)-1].ID
		}
	}
}

var (
	errLongPage  = errors.New("the store returned more records than it was asked for")
	errPageOrder = errors.New("the store returned a page whose IDs do not ascend from the last one")
	errFilter    = errors.New("the store returned a record that the filter leaves out")
	errNotPurged = errors.New("the store returned a purged record twice")
)

// page returns one page of records. It fails if the IDs do not ascend from
// opts.After, because a loop over such pages might not end.
func (c *core) page(ctx context.Context, op string, opts ListOptions) ([]Record, error) {
	var records []Record
	var err error
	if !opts.filtered() {
		records, err = c.store.List(ctx, opts)
	} else if f, ok := c.store.(Filterer); ok {
		records, err = f.ListFiltered(ctx, opts)
	} else {
		return c.search(ctx, op, opts)
	}
	if err != nil {
		return nil, storeError(op, err)
	}
	if len(records) > opts.Limit {
		return nil, storeError(op, errLongPage)
	}
	after := opts.After
	for i := range records {
		if bytes.Compare(records[i].ID[:], after[:]) <= 0 {
			return nil, storeError(op, errPageOrder)
		}
		if !opts.matches(&records[i].Token) {
			return nil, storeError(op, errFilter)
		}
		after = records[i].ID
	}
	return records, nil
}

// search returns a page of the records that opts leaves, from a store that lists
// only all of them.
func (c *core) search(ctx context.Context, op string, opts ListOptions) ([]Record, error) {
	var found []Record
	all := ListOptions{After: opts.After, Limit: MaxPageSize}
	for {
		records, err := c.page(ctx, op, all)
		if err != nil {
			return nil, err
		}
		if len(records) == 0 {
			return found, nil
		}
		for i := range records {
			if opts.matches(&records[i].Token) {
				found = append(found, records[i])
			}
			if len(found) == opts.Limit {
				return found, nil
			}
		}
		all.After = records[len(records)-1].ID
	}
}

// updateRetries is how often Update tries again after another writer was faster.
const updateRetries = 3

// Update changes those of name, description, permissions and suspension that are
// not nil. The lifespan is fixed, and goes on while a token is suspended. If nothing
// is different, nothing is written. Update fails with a *ValidationError,
// ErrNotFound, ErrNameTaken or ErrConflict. With AnyRevision, ErrConflict means that
// others wrote the token at the same moment four times.
func (s *TokenService) Update(ctx context.Context, id uuid.UUID, changes Changes) (Token, error) {
	c := s.enabledCore()
	if c == nil {
		return Token{}, ErrDisabled
	}
	changes, err := changes.checked()
	if err != nil {
		return Token{}, err
	}
	for range updateRetries {
		token, err := c.update(ctx, id, changes)
		if !errors.Is(err, ErrConflict) || changes.Revision != AnyRevision {
			return token, err
		}
	}
	return c.update(ctx, id, changes)
}

// checked returns c with its texts trimmed.
func (c Changes) checked() (Changes, error) {
	var p fieldChecks
	if c.Name != nil {
		name := p.name(*c.Name)
		c.Name = &name
	}
	if c.Description != nil {
		description := p.description(*c.Description)
		c.Description = &description
	}
	if c.Permissions != nil {
		p.permissions(*c.Permissions)
	}
	return c, p.Err()
}

// update reads the token and writes it against the revision that it read.
func (c *core) update(ctx context.Context, id uuid.UUID, changes Changes) (Token, error) {
	record, err := c.recordAt(ctx, "update token", id, changes.Revision)
	if err != nil {
		return Token{}, err
	}
	before := record.Token
	if changes.Name != nil {
		record.Name = *changes.Name
	}
	if changes.Description != nil {
		record.Description = *changes.Description
	}
	if changes.Permissions != nil {
		record.Permissions = *changes.Permissions
	}
	if changes.Suspended != nil {
		record.Suspended = *changes.Suspended
	}
	if record.Token == before {
		return before, nil
	}
	now := c.now()
	record.UpdatedAt = now
	record.Revision++
	record.Digest = Digest{} // keep the stored one, which a Rekey may have replaced
	if err := c.store.Update(ctx, record); err != nil {
		return Token{}, storeError("update token", err)
	}
	c.emit(ctx, Event{Kind: EventUpdated, At: now, Token: record.Token, Before: &before})
	return record.Token, nil
}

// recordAt returns the record with the ID if it has the revision, else
// ErrConflict. A stored revision below 1 is always a conflict: nothing can be
// written against it, and 0 would be taken for AnyRevision.
func (c *core) recordAt(ctx context.Context, op string, id uuid.UUID, revision int64) (Record, error) {
	record, err := c.store.Get(ctx, id)
	if err != nil {
		return Record{}, storeError(op, err)
	}
	if record.Revision < 1 || revision != AnyRevision && revision != record.Revision {
		return Record{}, ErrConflict
	}
	return record, nil
}

// Regenerate replaces the secret of a token and starts its lifespan again, so
// that an expired token works again. It clears LastUsedAt, because the new secret
// was never used. Everything else stays, so that a suspended token stays suspended.
// The old secret is dead when Regenerate returns. Regenerate fails with ErrNotFound,
// or with ErrConflict if another writer was faster. Then it returns no secret, and
// does not try again. A lifespan that Options.AllowedLifespans does not allow any
// more is a *ValidationError.
//
// After a failure of the store the old secret may be dead nevertheless:
// regenerate again.
func (s *TokenService) Regenerate(ctx context.Context, id uuid.UUID, revision int64) (Issued, error) {
	c := s.enabledCore()
	if c == nil {
		return Issued{}, ErrDisabled
	}
	record, err := c.recordAt(ctx, "regenerate token", id, revision)
	if err != nil {
		return Issued{}, err
	}
	_, limited := record.Lifespan.limit()
	if !limited && (record.Lifespan != Unlimited || !record.ExpiresAt.IsZero()) {
		return Issued{}, invalid("lifespan", "of the stored token cannot start again")
	}
	if !slices.Contains(c.allowed, record.Lifespan) {
		return Issued{}, invalid("lifespan", "of the stored token is no longer allowed: create a token with "+
			listLifespans(c.allowed))
	}
	before := record.Token
	now := c.now()
	secret := newSecret(c.prefix)
	c.setSecret(&record, secret, now)
	record.UpdatedAt = now
	record.Revision++
	if err := c.store.Update(ctx, record); err != nil {
		return Issued{}, storeError("regenerate token", err)
	}
	c.reportNewSecret(ctx, &before, &record.Token, now)
	return Issued{record.Token, secret}, nil
}

// reportNewSecret clears the last use of t, whose secret was replaced, and reports
// the replacement.
func (c *core) reportNewSecret(ctx context.Context, before, t *Token, now time.Time) {
	err := c.clearLastUse(ctx, t)
	c.emit(ctx, Event{Kind: EventRegenerated, At: now, Token: *t, Before: before})
	if err != nil {
		c.warn(ctx, t, now, storeError("clear last use", err))
	}
}

// clearLastUse makes t a token that was never used.
func (c *core) clearLastUse(ctx context.Context, t *Token) error {
	ctx, cancel := bestEffort(ctx)
	defer cancel()
	if err := c.store.Touch(ctx, t.ID, time.Time{}); err != nil {
		return err
	}
	t.LastUsedAt = time.Time{}
	return nil
}

// Delete removes a token. Its secret is dead when Delete returns. Delete fails
// with ErrNotFound or ErrConflict. After a failure of the store it can be repeated:
// then ErrNotFound means that the secret is dead.
func (s *TokenService) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	c := s.enabledCore()
	if c == nil {
		return ErrDisabled
	}
	record, err := c.store.Get(ctx, id)
	isMissing := errors.Is(err, ErrNotFound)
	if err != nil && !isMissing {
		return storeError("delete token", err)
	}
	if !isMissing && revision != AnyRevision && (record.Revision < 1 || revision != record.Revision) {
		return ErrConflict
	}
	// A Delete that failed may have removed a token that is missing. Only the store
	// can say that every instance sees that, so it is asked in any case.
	if err := c.store.Delete(ctx, id, revision); err != nil {
		return storeError("delete token", err)
	}
	record.ID = id
	c.emit(ctx, Event{Kind: EventDeleted, At: c.now(), Token: record.Token})
	return nil
}

// PurgeExpired deletes the tokens that expired at least grace ago, and returns how
// many it deleted. A token that is regenerated meanwhile stays. A negative grace is
// a *ValidationError. If PurgeExpired fails, the tokens that it counted are gone,
// and it can be repeated.
//
// Only ExpiresAt decides: a token that is refused because it has none is left for a
// person to look at. A store that is a [Purger] deletes up to MaxPageSize tokens at
// a time. With any other store all records are read, and each expired one is
// deleted against the revision that was read.
func (s *TokenService) PurgeExpired(ctx context.Context, grace time.Duration) (int, error) {
	c := s.enabledCore()
	if c == nil {
		return 0, ErrDisabled
	}
	if grace < 0 {
		return 0, invalid("grace", "must not be negative")
	}
	now := c.now()
	end := now.Add(-grace)
	if p, ok := c.store.(Purger); ok {
		return c.purgeInBatches(ctx, p, end, now)
	}
	return c.purgeOneByOne(ctx, end, now)
}

const purgeOp = "purge expired tokens"

func (c *core) purgeInBatches(ctx context.Context, p Purger, end, now time.Time) (int, error) {
	purged := 0
	var last []Record
	for {
		records, err := p.PurgeExpired(ctx, end, MaxPageSize)
		if err != nil {
			return purged, storeError(purgeOp, err)
		}
		if len(records) == 0 {
			return purged, nil
		}
		if len(records) > MaxPageSize {
			return purged, storeError(purgeOp, errLongPage)
		}
		if slices.ContainsFunc(last, func(r Record) bool { return r.ID == records[0].ID }) {
			return purged, storeError(purgeOp, errNotPurged)
		}
		last = records
		purged += len(records)
		for i := range records {
			c.emit(ctx, Event{Kind: EventPurged, At: now, Token: records[i].Token})
		}
	}
}

func (c *core) purgeOneByOne(ctx context.Context, end, now time.Time) (int, error) {
	purged := 0
	for record, err := range c.records(ctx, purgeOp) {
		if err != nil {
			return purged, err
		}
		if record.ExpiresAt.IsZero() || record.ExpiresAt.After(end) || record.Revision < 1 {
			continue
		}
		switch err := c.store.Delete(ctx, record.ID, record.Revision); {
		case err == nil:
			purged++
			c.emit(ctx, Event{Kind: EventPurged, At: now, Token: record.Token})
		case !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrConflict):
			return purged, storeError(purgeOp, err)
		}
	}
	return purged, nil
}
