package transfertoken

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
)

// Grant is a yes of Authorize. The zero Grant grants nothing.
type Grant struct {
	Token Token `json:"token"` // as it was when Authorize said yes
	held  held
}

// Recheck answers, during a long transfer, whether Authorize would still say
// yes to the same secret and need, with the error that it would give. Deleting,
// regenerating or narrowing the token and its expiry end the transfer; renaming,
// widening or re-digesting it do not. A failure of the store is no refusal, as
// with Authorize. It writes nothing. The zero Grant is ErrUnauthorized.
func (g Grant) Recheck(ctx context.Context) error {
	c := g.held.core
	if c == nil {
		return ErrUnauthorized
	}
	record, err := c.store.Get(ctx, g.Token.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return storeError("recheck", err)
	}
	if err != nil || !g.held.has(&record.Digest) {
		return c.refuse(ctx, nil, g.held.need, ErrUnauthorized)
	}
	if err := record.verdict(c.now(), g.held.need); err != nil {
		return c.refuse(ctx, &record.Token, g.held.need, err)
	}
	return nil
}

// held is what Recheck needs: the need, and the digests of the presented secret
// under every salt.
//
// fmt prints them when a host keeps a Grant in an unexported field. So they are
// sealed, combined with random bytes that stand behind the pointer, and what is
// printed says nothing. The first ones have their place in the Grant, so that
// Authorize allocates nothing.
type held struct {
	core   *core
	need   Permissions
	count  int // of the digests in sealed
	sealed [3]Digest
	more   []Digest
}

// hold fills h for the secret that c has just authorized.
func (h *held) hold(c *core, p *presented, need Permissions) {
	h.core, h.need = c, need
	h.count = min(len(p.digests), len(h.sealed))
	for i := range h.count {
		c.seal.apply(&h.sealed[i], &p.digests[i])
	}
	if rest := p.digests[h.count:]; len(rest) > 0 {
		h.more = make([]Digest, len(rest))
		for i := range rest {
			c.seal.apply(&h.more[i], &rest[i])
		}
	}
}

// has reports whether stored is one of the digests. It compares in constant
// time, and with all.
func (h *held) has(stored *Digest) bool {
	var sealed Digest
	h.core.seal.apply(&sealed, stored)
	found := 0
	for i := range h.count {
		found |= h.sealed[i].equal(&sealed)
	}
	for i := range h.more {
		found |= h.more[i].equal(&sealed)
	}
	return found == 1
}

// seal makes digests unreadable for those who do not have it.
type seal Digest

func newSeal() (s seal) {
	rand.Read(s[:])
	return s
}

func (s *seal) apply(dst, digest *Digest) {
	subtle.XORBytes(dst[:], digest[:], s[:])
}
