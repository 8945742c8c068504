package transfertoken

import (
	"context"
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

// Salt is the configured key of the digests. Strapi calls it
// transfer.token.salt. It is a secret of the backend: keep it outside the code,
// and the same on every instance. The zero value "" turns transfer tokens off.
//
// A Salt is redacted when it is formatted, logged or encoded. A Salt in an
// unexported field of another package's struct is not: fmt calls no methods
// there.
type Salt string

const (
	minSaltBytes = 16

	// minFIPSSaltBytes is the shortest key, 112 bits, that crypto/hmac takes
	// when FIPS 140-3 is enforced.
	minFIPSSaltBytes = 14
)

// GenerateSalt returns a new salt: 32 bytes from crypto/rand as base64. Convert
// it to a string to write it into a configuration, once.
func GenerateSalt() Salt {
	var key [32]byte
	rand.Read(key[:])
	return Salt(base64.StdEncoding.EncodeToString(key[:]))
}

// Digest returns the HMAC-SHA-512 of the text of a secret, with the bytes of s as
// key. Strapi stores the same bytes in hex, as access_key. With
// GODEBUG=fips140=only Digest panics for a salt of less than 14 bytes, as
// crypto/hmac does. New refuses such a salt.
func (s Salt) Digest(secret string) Digest {
	mac := hmac.New(sha512.New, []byte(s))
	mac.Write([]byte(secret))
	return Digest(mac.Sum(nil))
}

// check returns an error if s is too weak to make digests.
func (s Salt) check() error {
	text := string(s)
	switch {
	case s.holdsNUL():
		return fmt.Errorf("%w: it holds a NUL byte", ErrWeakSalt)
	case len(text) < minSaltBytes:
		return fmt.Errorf("%w: it is shorter than %d bytes (leave it empty to turn transfer tokens off)",
			ErrWeakSalt, minSaltBytes)
	case trimSpace(text) == "":
		return fmt.Errorf("%w: it is blank", ErrWeakSalt)
	case trimSpace(text) != text:
		return fmt.Errorf("%w: it begins or ends with white space, such as a newline at the end", ErrWeakSalt)
	}
	_, size := utf8.DecodeRuneInString(text)
	if strings.Repeat(text[:size], len(text)/size) == text {
		return fmt.Errorf("%w: it is one character, repeated", ErrWeakSalt)
	}
	return nil
}

// checkFormer returns an error if s cannot be used even as a former salt.
func (s Salt) checkFormer() error {
	if s.holdsNUL() {
		return fmt.Errorf("%w: one of OtherSalts holds a NUL byte", ErrWeakSalt)
	}
	if s != "" && len(s) < minFIPSSaltBytes && fips140.Enforced() {
		return fmt.Errorf("%w: one of OtherSalts is shorter than %d bytes, which FIPS 140-3 does not allow",
			ErrWeakSalt, minFIPSSaltBytes)
	}
	return nil
}

// holdsNUL reports whether s holds a NUL byte. HMAC pads its key with NULs, so
// salts that differ only in trailing ones would be the same key.
func (s Salt) holdsNUL() bool { return strings.IndexByte(string(s), 0) >= 0 }

// trimSpace removes Unicode white space and byte order marks from both ends.
func trimSpace(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
}

// saltIDs caches the ID of every salt that this process has used. It maps the
// SHA-256 of the salt to a func() string that computes the ID once.
var saltIDs sync.Map

// id returns a name for s that does not give s away. It is stored with every
// record, so the algorithm can never change. It is slow on purpose: whoever has a
// dump of a store can try out weak salts with it.
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

// keyring holds the salts under which a presented secret is accepted.
type keyring struct {
	salts  hidden[[]Salt] // the current one, the next one if there is one, and the former ones
	former int            // index of the first former salt
	pool   sync.Pool      // of *candidate
}

func newKeyring(current, next Salt, others []Salt) *keyring {
	salts := []Salt{current}
	if next != "" && next != current {
		salts = append(salts, next)
	}
	k := &keyring{former: len(salts)}
	for _, s := range others {
		if s != "" && !slices.Contains(salts, s) {
			salts = append(salts, s)
		}
	}
	k.salts = hide(salts)
	k.pool.New = func() any {
		c := &candidate{digests: make([]Digest, len(salts))}
		for _, s := range salts {
			c.macs = append(c.macs, hmac.New(sha512.New, []byte(s)))
		}
		return c
	}
	return k
}

// current returns the salt under which new digests are made.
func (k *keyring) current() Salt { return k.salts.value()[0] }

// candidate is a presented secret and its digests. Candidates are pooled, because
// keying an HMAC costs more than computing a digest.
type candidate struct {
	buffer  [maxForeignLen]byte
	length  int         // of the text in buffer
	macs    []hash.Hash // one for each salt of the keyring
	digests []Digest    // in the same order, set by computeDigests
}

// take returns a candidate for a secret of at most maxForeignLen bytes. The
// caller passes it to put when it no longer reads the candidate or its digests.
func (k *keyring) take(secret string) *candidate {
	c := k.pool.Get().(*candidate)
	c.length = copy(c.buffer[:], secret)
	return c
}

func (k *keyring) put(c *candidate) { k.pool.Put(c) }

func (c *candidate) text() []byte { return c.buffer[:c.length] }

func (c *candidate) computeDigests() {
	for i, mac := range c.macs {
		mac.Reset()
		mac.Write(c.text())
		mac.Sum(c.digests[i][:0])
	}
}

// indexOf returns the index of stored among the digests, or -1. It compares with
// all of them in constant time.
func (c *candidate) indexOf(stored *Digest) int {
	index := -1
	for i := range c.digests {
		index = subtle.ConstantTimeSelect(c.digests[i].equal(stored), i, index)
	}
	return index
}

// SaltUsage counts the tokens whose digests were made under one salt.
type SaltUsage struct {
	SaltID     string // a name for the salt that does not give it away
	Configured bool   // whether the salt is the current one, Options.NextSalt, or among Options.OtherSalts
	Current    bool   // whether new digests are made under the salt
	Tokens     int    // number of tokens that are not expired
}

// Salts counts the tokens that are not expired by salt: the current salt first,
// then the next one, then the former ones in their order, then those that are
// not configured. Call it at start-up. Tokens under a salt that is not configured
// can never be authorized, most often because the salt changed by accident. A
// former salt without tokens can be dropped from Options.OtherSalts.
//
// It reads all records, MaxPageSize at a time.
func (s *TokenService) Salts(ctx context.Context) ([]SaltUsage, error) {
	c := s.enabledCore()
	if c == nil {
		return nil, ErrDisabled
	}
	configured := c.keyring.salts.value()
	usage := make([]SaltUsage, 0, len(configured))
	for i, salt := range configured {
		usage = append(usage, SaltUsage{SaltID: salt.id(), Configured: true, Current: i == 0})
	}
	now := c.now()
	for record, err := range c.records(ctx, "count tokens by salt") {
		if err != nil {
			return nil, err
		}
		if record.Expired(now) {
			continue
		}
		i := slices.IndexFunc(usage, func(u SaltUsage) bool { return u.SaltID == record.SaltID })
		if i < 0 {
			i = len(usage)
			usage = append(usage, SaltUsage{SaltID: record.SaltID})
		}
		usage[i].Tokens++
	}
	slices.SortFunc(usage[len(configured):], func(a, b SaltUsage) int { return strings.Compare(a.SaltID, b.SaltID) })
	return usage, nil
}
