package transfertoken

import (
	"context"
	"errors"
	"time"
)

// Authorize checks a presented secret and whether its token grants need, which
// is Push, Pull or FullAccess. Only with a nil error is the answer yes; with any
// other the Grant is zero.
//
// A secret that is malformed, unknown, replaced or deleted is ErrUnauthorized; one
// whose token has expired is ErrExpired, which is ErrUnauthorized too; one whose
// token does not grant need is ErrForbidden. A need that is none of the three is
// a *ValidationError, before the secret is looked at. A failure of the store is
// none of these: answer it with 503.
//
// An accepted secret is recorded in LastUsedAt at most once per
// Options.TouchInterval, and gets a new digest when it was accepted under
// a former salt. A refusal writes nothing. These writes do
// not end with ctx, so that a client that hangs up cannot hide a use. They are
// given up after 250 ms together, so that a lock on the row of one token does
// not hold up the others. A write that fails is an EventWarning, and the answer
// is still yes.
func (s *TokenService) Authorize(ctx context.Context, secret string, need Permissions) (grant Grant, err error) {
	// 1. The service is enabled.
	if !s.Enabled() {
		return Grant{}, ErrDisabled
	}
	c := s.core.value()

	// 2. The question makes sense.
	if !need.valid() {
		return Grant{}, invalid("need", "must be Push, Pull or FullAccess")
	}

	// 3. The secret has a format that could be good.
	if len(secret) > maxForeignLen {
		return Grant{}, c.refuse(ctx, nil, need, ErrUnauthorized)
	}
	presented := c.ring.present(secret)
	defer c.ring.release(presented)
	if secretProblem(presented.led()) != "" && !(c.acceptForeign && foreign(presented.text())) {
		return Grant{}, c.refuse(ctx, nil, need, ErrUnauthorized)
	}

	// 4. One look-up by the digests under every salt, and 5. a comparison in
	// constant time with the digest that came back, also when none did.
	presented.digest()
	record, err := c.store.FindByDigest(ctx, presented.digests)
	if err != nil {
		if !errors.Is(err, ErrNotFound) {
			return Grant{}, storeError("authorize", err)
		}
		record = Record{}
	}
	salt := presented.find(&record.Digest)
	if salt < 0 {
		return Grant{}, c.refuse(ctx, nil, need, ErrUnauthorized)
	}

	// 6. Expiry, and 7. permission. Cutting the time to milliseconds, as those
	// of the token are, would change neither this comparison nor that in touch.
	now := c.clock()
	if err := record.verdict(now, need); err != nil {
		return Grant{}, c.refuse(ctx, &record.Token, need, err)
	}

	// 8. Nothing can refuse any more: record the use and the new digest.
	touch, rekey := c.touchIsDue(&record.Token, now), salt >= c.ring.former
	if touch || rekey {
		var saltID string
		if rekey {
			saltID = c.ring.current().id() // slow the first time, so before the bound begins
		}
		ctx, cancel := bestEffort(ctx)
		defer cancel()
		if touch {
			c.touch(ctx, &record.Token, now)
		}
		if rekey {
			c.rekey(ctx, &record.Token, presented.digests[salt], presented.digests[0], saltID, instant(now))
		}
	}
	c.accept(ctx, &record.Token, need, now)
	grant.Token = record.Token
	grant.proof = newProof(s.core, presented.digests, need)
	return grant, nil
}

// verdict is what is said of a token whose secret is right.
func (t *Token) verdict(now time.Time, need Permissions) error {
	if t.expired(now) {
		return ErrExpired
	}
	if !t.Permissions.Has(need) {
		return ErrForbidden
	}
	return nil
}

// accept reports the yes.
func (c *core) accept(ctx context.Context, t *Token, need Permissions, now time.Time) {
	if c.onEvent != nil {
		c.emit(ctx, Event{Kind: EventAuthorized, At: instant(now), Token: *t, Need: need})
	}
}

// refuse reports the refusal and returns its reason. t is nil if the secret
// belongs to no token.
func (c *core) refuse(ctx context.Context, t *Token, need Permissions, reason error) error {
	if c.onEvent != nil {
		e := Event{Kind: EventRefused, At: c.now(), Need: need, Err: reason}
		if t != nil {
			e.Token = *t
		}
		c.emit(ctx, e)
	}
	return reason
}

// bestEffortTimeout bounds the writes that may fail without consequence for the
// caller. They hold a connection of the store's pool, which a lock on one row
// would otherwise empty.
const bestEffortTimeout = 250 * time.Millisecond

// bestEffort returns a context for such writes. It does not end with ctx.
func bestEffort(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), bestEffortTimeout)
}

// touchIsDue reports whether a use of t at now is to be recorded.
func (c *core) touchIsDue(t *Token, now time.Time) bool {
	if c.touchInterval < 0 {
		return false
	}
	return t.LastUsedAt.IsZero() || c.isAhead(t.LastUsedAt, now) || !now.Before(t.LastUsedAt.Add(c.touchInterval))
}

// isAhead reports whether lastUsedAt was written by a clock that is wrong.
func (c *core) isAhead(lastUsedAt, now time.Time) bool {
	return lastUsedAt.After(now.Add(c.touchInterval))
}

// touch records that t is used at now. It clears a time that is ahead first,
// because Touch never goes back.
func (c *core) touch(ctx context.Context, t *Token, now time.Time) {
	at := instant(now)
	var err error
	if c.isAhead(t.LastUsedAt, now) {
		err = c.store.Touch(ctx, t.ID, time.Time{})
	}
	if err == nil {
		err = c.store.Touch(ctx, t.ID, at)
	}
	if err != nil {
		c.warn(ctx, t, at, storeError("record last use", err))
		return
	}
	t.LastUsedAt = at
}

// rekey replaces the digest of t under a former salt by the one under the
// current salt.
func (c *core) rekey(ctx context.Context, t *Token, from, to Digest, saltID string, now time.Time) {
	if err := c.store.Rekey(ctx, t.ID, from, to, saltID); err != nil {
		c.warn(ctx, t, now, storeError("re-digest secret", err))
	}
}

func (c *core) warn(ctx context.Context, t *Token, now time.Time, err error) {
	c.emit(ctx, Event{Kind: EventWarning, At: now, Token: *t, Err: err})
}
