package transfertoken

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
)

// Grant is a yes of Authorize. The zero Grant grants nothing.
type Grant struct {
	Token Token `json:"token"` // as it was when Authorize said yes
	proof proof
}

// Recheck answers, during a long transfer, whether Authorize would still say
// yes to the same secret and need, with the error that it would give. Deleting,
// regenerating or narrowing the token and its expiry end the transfer; renaming,
// widening or re-digesting it do not. A failure of the store is no refusal, as
// with Authorize. It writes nothing. The zero Grant is ErrUnauthorized.
//
// A panic of the store, Options.Now or Options.OnEvent is not recovered. One in a
// goroutine that calls Recheck ends the process unless that goroutine recovers.
func (g Grant) Recheck(ctx context.Context) error {
	c := g.proof.core.value()
	if c == nil {
		return ErrUnauthorized
	}
	record, err := c.store.Get(ctx, g.Token.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return storeError("recheck", err)
	}
	if err != nil || !g.proof.matches(&record.Digest) {
		return c.refuse(ctx, &g.Token, g.proof.need, ErrUnauthorized)
	}
	if err := record.verdict(c.now(), g.proof.need); err != nil {
		return c.refuse(ctx, &record.Token, g.proof.need, err)
	}
	return nil
}

// proof holds what Recheck needs: the need, and a fingerprint of each digest of
// the presented secret, one for each salt. A fingerprint says nothing about the
// digest to those who print a Grant, for instance by fmt from an unexported field
// of a host's struct.
type proof struct {
	core   hidden[*core]
	need   Permissions
	count  int            // of the fingerprints in prints
	prints [4]fingerprint // here, so that Authorize allocates nothing
	more   []fingerprint  // with more than four salts
}

type fingerprint [16]byte

// fingerprint returns the first bytes of SHA-256 over the digest and a random
// key of the service.
func (c *core) fingerprint(d *Digest) fingerprint {
	var text [len(c.proofKey) + len(d)]byte
	copy(text[:], c.proofKey[:])
	copy(text[len(c.proofKey):], d[:])
	sum := sha256.Sum256(text[:])
	return fingerprint(sum[:len(fingerprint{})])
}

func newProof(c hidden[*core], digests []Digest, need Permissions) proof {
	p := proof{core: c, need: need, count: min(len(digests), len(proof{}.prints))}
	for i := range digests {
		print := c.value().fingerprint(&digests[i])
		if i < p.count {
			p.prints[i] = print
		} else {
			p.more = append(p.more, print)
		}
	}
	return p
}

// matches reports whether stored is one of the digests. It compares with all of
// them in constant time.
func (p *proof) matches(stored *Digest) bool {
	print := p.core.value().fingerprint(stored)
	found := 0
	for i := range p.count {
		found |= subtle.ConstantTimeCompare(p.prints[i][:], print[:])
	}
	for i := range p.more {
		found |= subtle.ConstantTimeCompare(p.more[i][:], print[:])
	}
	return found == 1
}
