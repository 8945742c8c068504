package transfertoken

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"time"
)

// Authorize checks a presented secret and whether its token grants need, which
// is Push, Pull or FullAccess. The answer is yes only if the error is nil. With
// an error the Grant is zero.
//
// A secret that is malformed, unknown, replaced or deleted is ErrUnauthorized. A
// secret whose token has expired is ErrExpired, and one whose token is suspended is
// ErrSuspended. Both are ErrUnauthorized too. A token that is both is ErrExpired. A
// secret whose token does not grant need is ErrForbidden. A need other than the
// three is a *ValidationError, before the secret is looked at. A failure of the
// store is none of these: answer it with 503.
//
// An accepted secret is recorded in LastUsedAt at most once per
// Options.TouchInterval, and gets a new digest if it was accepted under a former
// salt. A refusal writes nothing. These writes do not end with ctx, so that a
// client that hangs up cannot hide a use. They are given up after 250 ms together,
// so that a lock on the row of one token does not hold up the others. A write that
// fails is an EventWarning, and the answer is still yes. If it fails with
// ErrReadOnly, none is tried for this token until TouchInterval has passed, or a
// minute if TouchInterval is negative.
func (s *TokenService) Authorize(ctx context.Context, secret string, need Permissions) (grant Grant, err error) {
	// 1. The service is enabled.
	c := s.enabledCore()
	if c == nil {
		return Grant{}, ErrDisabled
	}

	// 2. The question makes sense.
	if !need.valid() {
		return Grant{}, invalid("need", "must be Push, Pull or FullAccess")
	}

	// 3. The secret has a format that may be accepted.
	if len(secret) > maxForeignLen {
		return Grant{}, c.refuse(ctx, nil, need, ErrUnauthorized)
	}
	candidate := c.keyring.take(secret)
	defer c.keyring.put(candidate)
	if secretProblem(candidate.text()) != "" && !(c.acceptForeign && isForeign(candidate.text())) {
		return Grant{}, c.refuse(ctx, nil, need, ErrUnauthorized)
	}

	// 4. One look-up by the digests under every salt, and 5. a comparison in
	// constant time with the digest that was found, or with none.
	candidate.computeDigests()
	record, err := c.store.FindByDigest(ctx, candidate.digests)
	if err != nil {
		if !errors.Is(err, ErrNotFound) {
			return Grant{}, storeError("authorize", err)
		}
		record = Record{}
	}
	salt := candidate.indexOf(&record.Digest)
	if salt < 0 {
		return Grant{}, c.refuse(ctx, nil, need, ErrUnauthorized)
	}

	// 6. Expiry, 7. suspension, and 8. permission.
	now := c.now()
	if err := record.allows(need, now); err != nil {
		return Grant{}, c.refuse(ctx, &record.Token, need, err)
	}

	// 9. Nothing can refuse any more: record the use, replace the digest under a
	// former salt, report.
	c.recordUse(ctx, &record.Token, candidate, salt, now)
	if c.onEvent != nil {
		c.emit(ctx, Event{Kind: EventAuthorized, At: now, Token: record.Token, Need: need})
	}
	grant.Token = record.Token
	grant.proof = proof{core: s.core, need: need}
	grant.proof.setFingerprints(c, candidate.digests)
	return grant, nil
}

// allows returns why the token may not be used for need at now, or nil. Its secret
// has already been checked.
func (t *Token) allows(need Permissions, now time.Time) error {
	if t.expired(now) {
		return ErrExpired
	}
	if t.Suspended {
		return ErrSuspended
	}
	if !t.Permissions.Has(need) {
		return ErrForbidden
	}
	return nil
}

// refuse reports a refusal and returns its reason. t is nil if the secret belongs
// to no token.
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
// caller. Each holds a connection of the store's pool, which calls that wait for a
// lock on one row would empty.
const bestEffortTimeout = 250 * time.Millisecond

// bestEffort returns a context for such writes. It does not end with ctx.
func bestEffort(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), bestEffortTimeout)
}

// recordUse writes the last use of t if it is due, and the digest under the
// current salt if the secret was accepted under a former one, that of index salt.
func (c *core) recordUse(ctx context.Context, t *Token, accepted *candidate, salt int, now time.Time) {
	touch, rekey := c.touchIsDue(t, now), salt >= c.keyring.former
	if !touch && !rekey || c.refused.holdBack(t.ID, now, c.writeInterval()) {
		return
	}
	var saltID string
	if rekey {
		saltID = c.keyring.current().id() // slow the first time, so before the timeout starts
	}
	ctx, cancel := bestEffort(ctx)
	defer cancel()
	if touch {
		c.touch(ctx, t, now)
	}
	if rekey {
		if err := c.store.Rekey(ctx, t.ID, accepted.digests[salt], accepted.digests[0], saltID); err != nil {
			c.refused.note(err, t.ID, now)
			c.warn(ctx, t, now, storeError("re-digest secret", err))
		}
	}
}

// touchIsDue reports whether a use of t at now is to be written.
func (c *core) touchIsDue(t *Token, now time.Time) bool {
	if c.touchInterval < 0 {
		return false
	}
	return t.LastUsedAt.IsZero() || c.isAhead(t.LastUsedAt, now) || !now.Before(t.LastUsedAt.Add(c.touchInterval))
}

// isAhead reports whether lastUsedAt is so far in the future that a wrong clock
// must have written it.
func (c *core) isAhead(lastUsedAt, now time.Time) bool {
	return lastUsedAt.After(now.Add(c.touchInterval))
}

// touch writes that t was used at now. It clears a last use that is ahead first,
// because Touch never goes back.
func (c *core) touch(ctx context.Context, t *Token, now time.Time) {
	var err error
	if c.isAhead(t.LastUsedAt, now) {
		err = c.store.Touch(ctx, t.ID, time.Time{})
	}
	if err == nil {
		err = c.store.Touch(ctx, t.ID, now)
	}
	if err != nil {
		c.refused.note(err, t.ID, now)
		c.warn(ctx, t, now, storeError("record last use", err))
		return
	}
	t.LastUsedAt = now
}

// warn reports a write that failed without consequence for the caller.
func (c *core) warn(ctx context.Context, t *Token, now time.Time, err error) {
	c.emit(ctx, Event{Kind: EventWarning, At: now, Token: *t, Err: err})
}

// Grant is the answer yes of Authorize. The zero Grant grants nothing.
type Grant struct {
	Token Token `json:"token"` // as it was when Authorize said yes
	proof proof
}

// Recheck reports, during a long transfer, whether Authorize would still say yes
// to the same secret and need. It returns the error that Authorize would return. A
// transfer ends if its token is deleted, regenerated, narrowed, suspended or
// expired. It goes on if the token is renamed, widened or re-digested. A failure of
// the store is not a refusal, as with Authorize. Recheck writes nothing. The zero
// Grant is ErrUnauthorized.
//
// A panic of the store, Options.Now or Options.OnEvent is not recovered. If a
// goroutine of its own calls Recheck, that ends the process unless the goroutine
// recovers.
func (g Grant) Recheck(ctx context.Context) error {
	c, need := g.proof.core.value(), g.proof.need
	if c == nil {
		return ErrUnauthorized
	}
	record, err := c.store.Get(ctx, g.Token.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return storeError("recheck", err)
	}
	if err != nil || !g.proof.matches(&record.Digest) {
		return c.refuse(ctx, &g.Token, need, ErrUnauthorized)
	}
	if err := record.allows(need, c.now()); err != nil {
		return c.refuse(ctx, &record.Token, need, err)
	}
	return nil
}

// proof holds the need that was granted, and a fingerprint of the presented
// secret's digest under each salt. fmt prints it from an unexported field of a
// host's struct, so it must not tell the digests.
type proof struct {
	core         hidden[*core]
	need         Permissions
	count        int            // number of fingerprints that are used
	fingerprints [4]fingerprint // an array, so that Authorize allocates nothing
	more         []fingerprint  // with more than four salts
}

// fingerprint is the beginning of the SHA-256 of a digest and core.proofKey.
type fingerprint [16]byte

func (c *core) fingerprint(d *Digest) fingerprint {
	var text [len(c.proofKey) + len(d)]byte
	copy(text[:], c.proofKey[:])
	copy(text[len(c.proofKey):], d[:])
	sum := sha256.Sum256(text[:])
	return fingerprint(sum[:len(fingerprint{})])
}

// setFingerprints fills in the fingerprints of the digests of an accepted secret.
func (p *proof) setFingerprints(c *core, digests []Digest) {
	p.count = min(len(digests), len(p.fingerprints))
	for i := range digests {
		f := c.fingerprint(&digests[i])
		if i < p.count {
			p.fingerprints[i] = f
		} else {
			p.more = append(p.more, f)
		}
	}
}

// matches reports whether stored is one of the digests. It compares with all of
// them in constant time.
func (p *proof) matches(stored *Digest) bool {
	f := p.core.value().fingerprint(stored)
	found := 0
	for i := range p.count {
		found |= subtle.ConstantTimeCompare(p.fingerprints[i][:], f[:])
	}
	for i := range p.more {
		found |= subtle.ConstantTimeCompare(p.more[i][:], f[:])
	}
	return found == 1
}
