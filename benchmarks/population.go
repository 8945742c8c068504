package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

const (
	inUse     = 300     // tokens of a kind that are presented in turn
	manyInUse = 100_000 // so many that their records are in no cache of the processor
	salt      = transfertoken.Salt("benchmarks: known to everybody")
)

var otherSalts = []transfertoken.Salt{"benchmarks: the former salt", "benchmarks: the next salt"}

// population is a MemoryStore with many tokens, of which some are presented.
type population struct {
	size        int
	store       *transfertoken.MemoryStore
	full        []string  // secrets of tokens with full access
	pull        []string  // that do not grant Push
	week        []string  // that expire in 7 days
	many        []string  // many of the last kind, in no order
	unknown     []string  // well-formed, of no token
	first, last uuid.UUID // after both there is a full page
	digests     map[transfertoken.Digest]*transfertoken.Record
	heap        float64 // bytes per token
}

func populate(ctx context.Context, size int) (*population, error) {
	p := &population{size: size, store: transfertoken.NewMemoryStore()}
	// What the benchmark keeps for itself is allocated before the heap is measured.
	many := newStrip(min(manyInUse, size/2))
	full, pull, week := newStrip(inUse), newStrip(inUse), newStrip(inUse)
	before := heapInUse()
	svc, err := transfertoken.New(p.store, salt, nil)
	if err != nil {
		return nil, err
	}
	limited := size - 2*inUse
	picked := 0
	for i := range size {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t := transfertoken.NewToken{Name: fmt.Sprintf("token %d", i), Permissions: transfertoken.FullAccess, Lifespan: transfertoken.Unlimited}
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
		secret := issued.Secret.Reveal()
		kept.add(secret)
		if i >= 2*inUse && (i-2*inUse)*many.room/limited >= picked {
			picked++
			many.add(secret)
		}
		if i == 0 {
			p.first = issued.Token.ID
		}
		if i < size-pageSize {
			p.last = issued.Token.ID
		}
	}
	p.heap = float64(heapInUse()-before) / float64(size)
	p.full, p.pull, p.week, p.many = full.strings(), pull.strings(), week.strings(), many.strings()
	rand.Shuffle(len(p.many), func(i, j int) { p.many[i], p.many[j] = p.many[j], p.many[i] })
	if err := p.index(ctx); err != nil {
		return nil, err
	}
	if err := p.makeUnknown(ctx); err != nil {
		return nil, err
	}
	return p, p.use(ctx, svc)
}

// use writes LastUsedAt for the first time.
func (p *population) use(ctx context.Context, svc *transfertoken.TokenService) error {
	for _, secret := range slices.Concat(p.full, p.week, p.many) {
		if _, err := svc.Authorize(ctx, secret, transfertoken.Push); err != nil {
			return err
		}
	}
	return nil
}

// index finds the digests for the floor.
func (p *population) index(ctx context.Context) error {
	p.digests = make(map[transfertoken.Digest]*transfertoken.Record, p.size)
	page := transfertoken.ListOptions{Limit: 1000}
	for len(p.digests) < p.size {
		records, err := p.store.List(ctx, page)
		if err != nil {
			return err
		}
		for i := range records {
			p.digests[records[i].Digest] = &records[i]
		}
		page.After = records[len(records)-1].ID
	}
	return nil
}

func (p *population) makeUnknown(ctx context.Context) error {
	elsewhere, err := transfertoken.New(transfertoken.NewMemoryStore(), salt, nil)
	if err != nil {
		return err
	}
	for i := range inUse {
		issued, err := elsewhere.Create(ctx, transfertoken.NewToken{Name: fmt.Sprint(i), Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
		if err != nil {
			return err
		}
		p.unknown = append(p.unknown, issued.Secret.Reveal())
	}
	return nil
}

// service returns a service on p whose clock is ahead.
func (p *population) service(ahead time.Duration, others ...transfertoken.Salt) (*transfertoken.TokenService, error) {
	opts := &transfertoken.Options{OtherSalts: others}
	if ahead != 0 {
		opts.Now = func() time.Time { return time.Now().Add(ahead) }
	}
	return transfertoken.New(p.store, salt, opts)
}

// floor is the least that any check of a secret against a keyed digest does: an
// HMAC-SHA-512 with a reused state and one look-up.
func (p *population) floor() func(secret string) bool {
	mac := hmac.New(sha512.New, []byte(salt))
	var text []byte
	var digest transfertoken.Digest
	return func(secret string) bool {
		text = append(text[:0], secret...)
		mac.Reset()
		mac.Write(text)
		mac.Sum(digest[:0])
		return p.digests[digest] != nil
	}
}

func authorizer(svc *transfertoken.TokenService) func() func(secret string) bool {
	return func() func(string) bool {
		return func(secret string) bool {
			_, err := svc.Authorize(context.Background(), secret, transfertoken.Push)
			return err == nil
		}
	}
}

// strip keeps the first secrets that it is given in one piece of memory.
type strip struct {
	text []byte
	ends []int
	room int
}

const longestSecret = 64

func newStrip(room int) *strip {
	return &strip{make([]byte, 0, room*longestSecret), make([]int, 0, room), room}
}

func (s *strip) add(secret string) {
	if len(s.ends) < s.room {
		s.text = append(s.text, secret...)
		s.ends = append(s.ends, len(s.text))
	}
}

func (s *strip) strings() []string {
	var all []string
	start := 0
	for _, end := range s.ends {
		all = append(all, string(s.text[start:end]))
		start = end
	}
	return all
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // what the first one found to be finalized
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
