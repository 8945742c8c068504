package transfertoken

import (
	"crypto/fips140"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Salt is the configured key under which the digests of secrets are made;
// Strapi calls it transfer.token.salt. It is itself a secret of the backend:
// keep it outside the code, and the same on every instance. The zero value ""
// turns the feature off.
//
// A Salt is redacted when it is formatted, logged or encoded. What that cannot
// reach is a Salt in an unexported field of another package's struct: fmt calls
// no methods there and prints it.
type Salt string

const minSaltBytes = 16

// GenerateSalt returns a new salt: 32 bytes from crypto/rand as base64. Convert
// it to a string to write it into a configuration, once.
func GenerateSalt() Salt {
	var key [32]byte
	rand.Read(key[:])
	return Salt(base64.StdEncoding.EncodeToString(key[:]))
}

// Digest returns HMAC-SHA-512 with the bytes of s as key and the text of the
// secret as message. They are the bytes that Strapi stores in hex as access_key.
// With GODEBUG=fips140=only it panics for a salt of less than 14 bytes, as
// crypto/hmac does; New refuses such a salt.
func (s Salt) Digest(secret string) Digest {
	mac := hmac.New(sha512.New, []byte(s))
	mac.Write([]byte(secret))
	return Digest(mac.Sum(nil))
}

// check is nil for a salt that may be the current one.
func (s Salt) check() error {
	text := string(s)
	switch {
	case s.holdsNUL():
		return fmt.Errorf("%w: it holds a NUL byte", ErrWeakSalt)
	case len(text) < minSaltBytes:
		return fmt.Errorf("%w: it is shorter than %d bytes (leave it empty to turn transfer tokens off)", ErrWeakSalt, minSaltBytes)
	case trimSpace(text) == "":
		return fmt.Errorf("%w: it is blank", ErrWeakSalt)
	case trimSpace(text) != text:
		return fmt.Errorf("%w: it begins or ends with white space, as the content of a file does that ends in a newline", ErrWeakSalt)
	}
	_, size := utf8.DecodeRuneInString(text)
	if strings.Repeat(text[:size], len(text)/size) == text {
		return fmt.Errorf("%w: it is one character, repeated", ErrWeakSalt)
	}
	return nil
}

// trimSpace removes Unicode white space and byte order marks from both ends.
func trimSpace(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
}

// minFIPSSaltBytes is the shortest key that crypto/hmac takes when FIPS 140-3 is
// enforced: 112 bits.
const minFIPSSaltBytes = 14

// checkOther returns an error for a salt that cannot be used even as a former
// one.
func (s Salt) checkOther() error {
	if s.holdsNUL() {
		return fmt.Errorf("%w: one of OtherSalts holds a NUL byte", ErrWeakSalt)
	}
	if s != "" && len(s) < minFIPSSaltBytes && fips140.Enforced() {
		return fmt.Errorf("%w: one of OtherSalts is shorter than %d bytes, which FIPS 140-3 does not allow", ErrWeakSalt, minFIPSSaltBytes)
	}
	return nil
}

// holdsNUL matters because HMAC pads its key with NUL: salts that differ in
// trailing ones only would be one key.
func (s Salt) holdsNUL() bool { return strings.IndexByte(string(s), 0) >= 0 }

// saltIDs keeps the ID of every salt that this process has needed, under a hash
// of the salt: a func() string that computes it once.
var saltIDs sync.Map

// id names s without giving it away. It is stored with every record, so it can
// never change; and it is slow on purpose, so that a dump of a store is no cheap
// oracle for guessing a weak salt.
func (s Salt) id() string {
	key := sha256.Sum256([]byte(s))
	id, ok := saltIDs.Load(key)
	if !ok {
		id, _ = saltIDs.LoadOrStore(key, sync.OnceValue(func() string {
			return hex.EncodeToString(argon2.IDKey([]byte(s), []byte("transfertoken salt id v1"), 2, 19456, 1, 4))
		}))
	}
	return id.(func() string)()
}

// ring holds the salts under which a presented secret is accepted: the current
// one, under which new digests are made, the next one if there is one, and the
// former ones.
type ring struct {
	salts  []Salt
	former int       // index of the first former salt
	pool   sync.Pool // of *presented
}

func newRing(current, next Salt, others []Salt) *ring {
	r := &ring{salts: []Salt{current}}
	if next != "" && next != current {
		r.salts = append(r.salts, next)
	}
	r.former = len(r.salts)
	for _, s := range others {
		if s != "" && !slices.Contains(r.salts, s) {
			r.salts = append(r.salts, s)
		}
	}
	r.pool.New = func() any {
		p := &presented{digests: make([]Digest, len(r.salts))}
		for _, s := range r.salts {
			p.macs = append(p.macs, hmac.New(sha512.New, []byte(s)))
		}
		return p
	}
	return r
}

func (r *ring) current() Salt { return r.salts[0] }

// presented is a secret that is being checked. Such values are used again, for
// keying an HMAC takes longer than making a digest with one that is keyed.
type presented struct {
	buffer  [checksumLead + maxForeignLen]byte // the text comes after zeros
	length  int                                // of the text
	macs    []hash.Hash                        // keyed with the salts of the ring
	digests []Digest                           // of the text, in the order of the ring; set by digest
}

// present returns a presented secret of at most maxForeignLen bytes. Give it to
// release when neither it nor its digests are read any more.
func (r *ring) present(secret string) *presented {
	p := r.pool.Get().(*presented)
	p.length = copy(p.buffer[checksumLead:], secret)
	return p
}

func (r *ring) release(p *presented) { r.pool.Put(p) }

func (p *presented) text() []byte { return p.led()[checksumLead:] }

// led is the text after checksumLead zeros.
func (p *presented) led() []byte { return p.buffer[:checksumLead+p.length] }

func (p *presented) digest() {
	for i, mac := range p.macs {
		mac.Reset()
		mac.Write(p.text())
		mac.Sum(p.digests[i][:0])
	}
}

// find returns the index of stored among the digests, or -1. It compares with
// all of them in constant time, whatever it finds.
func (p *presented) find(stored *Digest) int {
	found := -1
	for i := range p.digests {
		found = subtle.ConstantTimeSelect(p.digests[i].equal(stored), i, found)
	}
	return found
}
