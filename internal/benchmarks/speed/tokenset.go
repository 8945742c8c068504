package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/tokens"
)

const (
	inUse     = 300     // tokens of a kind that are presented one after the other
	manyInUse = 100_000 // so many that their records are in no cache of the processor
	salt      = transfertoken.Salt("benchmarks: known to everybody")
)

var otherSalts = []transfertoken.Salt{"benchmarks: the former salt", "benchmarks: the next salt"}

// tokenSet is a MemoryStore with many tokens, of which some are presented.
type tokenSet struct {
	size        int
	store       *transfertoken.MemoryStore
	full        []string  // secrets of tokens with full access
	pull        []string  // secrets of tokens that do not grant Push
	week        []string  // secrets of tokens that expire in 7 days
	many        []string  // many of the last kind, shuffled
	unknown     []string  // well-formed secrets of no token
	first, last uuid.UUID // after each of both there is a full page
	digests     map[transfertoken.Digest]*transfertoken.Record
	heap        float64 // bytes per token
}

func newTokenSet(ctx context.Context, size int) (*tokenSet, error) {
	s := &tokenSet{size: size, store: transfertoken.NewMemoryStore()}
	// Everything that the benchmark keeps for itself is allocated before the heap is measured.
	many := newSecretArena(min(manyInUse, size/2))
	full, pull, week := newSecretArena(inUse), newSecretArena(inUse), newSecretArena(inUse)
	before := tokens.Heap()
	svc, err := transfertoken.New(s.store, salt, nil)
	if err != nil {
		return nil, err
	}
	for i := range size {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t := transfertoken.NewToken{Name: tokens.Name(i), Permissions: transfertoken.FullAccess,
			Lifespan: transfertoken.Unlimited}
		kept := full
		switch {
		case i >= 2*inUse:
			t.Lifespan, kept = transfertoken.Days7, week
		case i >= inUse:
			t.Permissions, kept = transfertoken.Pull, pull
		}
		issued, err := svc.Create(ctx, t)
		if err != nil {
			return nil, err
		}
		kept.add(issued.Secret.Reveal())
		if n := i - 2*inUse; n >= 0 && n*many.room/(size-2*inUse) >= many.count {
			many.add(issued.Secret.Reveal())
		}
		if i == 0 {
			s.first = issued.Token.ID
		}
		if i < size-tokens.PageSize {
			s.last = issued.Token.ID
		}
	}
	s.heap = (tokens.Heap() - before) / float64(size)
	s.full, s.pull, s.week, s.many = full.secrets(), pull.secrets(), week.secrets(), many.secrets()
	rand.Shuffle(len(s.many), func(i, j int) { s.many[i], s.many[j] = s.many[j], s.many[i] })
	for i := range inUse {
		s.unknown = append(s.unknown, tokens.Secret(i))
	}
	if err := s.indexDigests(ctx); err != nil {
		return nil, err
	}
	for _, secret := range slices.Concat(s.full, s.week, s.many) { // writes LastUsedAt for the first time
		if _, err := svc.Authorize(ctx, secret, transfertoken.Push); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// indexDigests makes the map of the floor.
func (s *tokenSet) indexDigests(ctx context.Context) error {
	s.digests = make(map[transfertoken.Digest]*transfertoken.Record, s.size)
	page := transfertoken.ListOptions{Limit: 1000}
	for len(s.digests) < s.size {
		records, err := s.store.List(ctx, page)
		if err != nil {
			return err
		}
		for i := range records {
			s.digests[records[i].Digest] = &records[i]
		}
		page.After = records[len(records)-1].ID
	}
	return nil
}

// service returns a service on s whose clock is ahead.
func (s *tokenSet) service(ahead time.Duration, others ...transfertoken.Salt) (*transfertoken.TokenService, error) {
	opts := &transfertoken.Options{OtherSalts: others}
	if ahead != 0 {
		opts.Now = func() time.Time { return time.Now().Add(ahead) }
	}
	return transfertoken.New(s.store, salt, opts)
}

// floor is the least that any check of a secret against a keyed digest does: an HMAC-SHA-512 with a reused state and
// one look-up.
func (s *tokenSet) floor() func(secret string) bool {
	mac := hmac.New(sha512.New, []byte(salt))
	var text []byte
	var digest transfertoken.Digest
	return func(secret string) bool {
		text = append(text[:0], secret...)
		mac.Reset()
		mac.Write(text)
		mac.Sum(digest[:0])
		return s.digests[digest] != nil
	}
}

// newAuthorize returns an Authorize of svc for each worker of a series.
func newAuthorize(svc *transfertoken.TokenService) func() func(secret string) bool {
	return func() func(string) bool {
		return func(secret string) bool {
			_, err := svc.Authorize(context.Background(), secret, transfertoken.Push)
			return err == nil
		}
	}
}

// secretArena keeps the first secrets that it is given, all of one length, in one piece of memory.
type secretArena struct {
	text        strings.Builder
	count, room int
}

func newSecretArena(room int) *secretArena {
	a := &secretArena{room: room}
	a.text.Grow(room * len(tokens.Secret(0)))
	return a
}

func (a *secretArena) add(secret string) {
	if a.count < a.room {
		a.text.WriteString(secret)
		a.count++
	}
}

func (a *secretArena) secrets() []string {
	all, length := make([]string, a.count), len(tokens.Secret(0))
	for i := range all {
		all[i] = a.text.String()[i*length : (i+1)*length]
	}
	return all
}
