package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/tokens"
)

const (
	memoryStore    = "MemoryStore"
	floorName      = "floor"
	floorManyName  = "floor, many in use"
	accepted       = "Authorize, accepted"
	acceptedAgain  = "Authorize, accepted (again)"
	acceptedMany   = "Authorize, accepted, many in use"
	acceptedBeside = "Authorize, accepted, few tokens" // timed with those of many tokens
	threeSalts     = "Authorize, accepted, 3 salts"
	unknown        = "Authorize, unknown"
	expired        = "Authorize, expired"
	wrongScope     = "Authorize, wrong scope"
	pageName       = "List, a page of 100"
	createName     = "Create"
	regenerateName = "Regenerate"
)

var refusals = []string{unknown, expired, wrongScope}

func floorKey(tokens int) key { return key{what: floorName, tokens: tokens} }

func memoryKey(what string, tokens int) key {
	return key{where: memoryStore, what: what, tokens: tokens}
}

func coresKey(what string, tokens, cores int) key {
	k := key{what: what, tokens: tokens, cores: cores}
	if what != floorName {
		k.where = memoryStore
	}
	return k
}

// measureMemory measures checks that ask no database, those of the peers among them.
func measureMemory(ctx context.Context, b *bench) error {
	set, err := newTokenSet(ctx, b.small)
	if err != nil {
		return err
	}
	checks, err := set.checks()
	if err != nil {
		return err
	}
	peers, err := newPeers(ctx)
	if err != nil {
		return err
	}
	requests, err := set.requests()
	if err != nil {
		return err
	}
	s := section{title: "In memory", relation: "× floor",
		relate: func(r results, k key) string { return r.relation(k, floorKey(b.small)) }}
	return b.measure(ctx, s, append(append(checks, peers...), requests...)...)
}

// checks returns the floor and every kind of answer.
func (s *tokenSet) checks() ([]series, error) {
	now, err := s.service(0)
	if err != nil {
		return nil, err
	}
	later, err := s.service(8 * 24 * time.Hour)
	if err != nil {
		return nil, err
	}
	rotating, err := s.service(0, otherSalts...)
	if err != nil {
		return nil, err
	}
	check := func(what string, svc *transfertoken.TokenService, secrets []string, want bool) series {
		return newCheck(memoryKey(what, s.size), secrets, want, newAuthorize(svc))
	}
	return []series{
		newCheck(floorKey(s.size), s.full, true, s.floor),
		check(accepted, now, s.full, true),
		check(acceptedAgain, now, s.full, true),
		check(threeSalts, rotating, s.full, true),
		check(unknown, now, s.unknown, false),
		check(expired, later, s.week, false),
		check(wrongScope, now, s.pull, false),
	}, nil
}

// relation returns the median of the ratios, or "" if one of both was not measured.
func (r results) relation(of, over key) string {
	ratios := r.ratios(of, over)
	if len(ratios) == 0 {
		return ""
	}
	return report.Ratio(report.Median(ratios))
}

// manyTokens is the large tokenSet. It is made when the first group needs it.
type manyTokens struct{ set *tokenSet }

func (m *manyTokens) get(ctx context.Context, b *bench) (*tokenSet, error) {
	if m.set == nil {
		fmt.Fprintf(b.progress, "%s: making %s tokens\n", memoryStore, report.Count(b.Tokens))
		set, err := newTokenSet(ctx, b.Tokens)
		if err != nil {
			return nil, err
		}
		m.set = set
	}
	return m.set, nil
}

// measureHeap keeps the heap that newTokenSet has measured.
func (m *manyTokens) measureHeap(ctx context.Context, b *bench) error {
	set, err := m.get(ctx, b)
	if err == nil {
		b.heap = set.heap
	}
	return err
}

// sets returns few and many tokens, and a service for each.
func (m *manyTokens) sets(ctx context.Context, b *bench) (sets [2]*tokenSet, services [2]*transfertoken.TokenService,
	err error) {
	if sets[0], err = newTokenSet(ctx, b.small); err != nil {
		return sets, services, err
	}
	if sets[1], err = m.get(ctx, b); err != nil {
		return sets, services, err
	}
	for i, set := range sets {
		if services[i], err = set.service(0); err != nil {
			return sets, services, err
		}
	}
	return sets, services, nil
}

// measureSize measures checks among many tokens, and one among few.
func (m *manyTokens) measureSize(ctx context.Context, b *bench) error {
	sets, services, err := m.sets(ctx, b)
	if err != nil {
		return err
	}
	few, many := sets[0], sets[1]
	checks, err := many.checks()
	if err != nil {
		return err
	}
	manyFloor := key{what: floorManyName, tokens: many.size}
	s := section{title: "In memory, many tokens", relation: "× floor", relate: func(r results, k key) string {
		if k.what == floorManyName || k.what == acceptedMany {
			return r.relation(k, manyFloor)
		}
		return r.relation(k, floorKey(many.size))
	}}
	return b.measure(ctx, s, append(checks,
		newCheck(manyFloor, many.many, true, many.floor),
		newCheck(memoryKey(acceptedMany, many.size), many.many, true, newAuthorize(services[1])),
		newCheck(memoryKey(acceptedBeside, few.size), few.full, true, newAuthorize(services[0])),
	)...)
}

// measureCores measures how much more cores gain.
func (m *manyTokens) measureCores(ctx context.Context, b *bench) error {
	sets, services, err := m.sets(ctx, b)
	if err != nil {
		return err
	}
	var all []series
	for i, set := range sets {
		for _, cores := range coreCounts(b.cores) {
			all = append(all,
				newCheck(coresKey(floorName, set.size, cores), set.full, true, set.floor),
				newCheck(coresKey(accepted, set.size, cores), set.full, true, newAuthorize(services[i])),
			)
		}
	}
	s := section{title: "On several cores", relation: "gain over one core", relate: func(r results, k key) string {
		return r.relation(coresKey(k.what, k.tokens, 1), k)
	}}
	return b.measure(ctx, s, all...)
}

// coreCounts returns all numbers of cores, or with more than 8 cores the powers of two and the last number.
func coreCounts(cores int) []int {
	var counts []int
	for n := 1; n < cores; {
		counts = append(counts, n)
		if cores > 8 {
			n *= 2
		} else {
			n++
		}
	}
	return append(counts, cores)
}

// measureManagement measures what administrators do with a MemoryStore.
func (m *manyTokens) measureManagement(ctx context.Context, b *bench) error {
	set, err := m.get(ctx, b)
	if err != nil {
		return err
	}
	svc, err := set.service(0)
	if err != nil {
		return err
	}
	regenerate, err := newRegenerate(ctx, memoryKey(regenerateName, set.size), svc)
	if err != nil {
		return err
	}
	return b.measure(ctx, section{title: "Administration in memory"},
		newPage(ctx, memoryKey(pageName, set.size), svc, set.first, set.last),
		newRepeated(memoryKey(createName, 0), func() func(int) error { return createInMemory(ctx) }),
		regenerate,
	)
}

// createInMemory begins with an empty store again before it grows large.
func createInMemory(ctx context.Context) func(n int) error {
	const most = 100_000
	made := most
	var create func(n int) error
	return func(n int) error {
		if made >= most {
			svc, err := transfertoken.New(transfertoken.NewMemoryStore(), salt, nil)
			if err != nil {
				return err
			}
			create, made = newCreate(ctx, svc, "new"), 0
		}
		made += n
		return create(n)
	}
}

// newCreate returns a function that creates n tokens.
func newCreate(ctx context.Context, svc *transfertoken.TokenService, name string) func(n int) error {
	made := 0
	return func(n int) error {
		for range n {
			made++
			if _, err := svc.Create(ctx, transfertoken.NewToken{
				Name: fmt.Sprint(name, " ", made), Permissions: transfertoken.Push, Lifespan: transfertoken.Days30,
			}); err != nil {
				return err
			}
		}
		return nil
	}
}

// newRegenerate returns a series that regenerates 100 tokens one after the other.
func newRegenerate(ctx context.Context, k key, svc *transfertoken.TokenService) (series, error) {
	var ids []uuid.UUID
	for i := range 100 {
		issued, err := svc.Create(ctx, transfertoken.NewToken{
			Name: fmt.Sprintf("regenerated %d", i), Permissions: transfertoken.Push, Lifespan: transfertoken.Days30,
		})
		if err != nil {
			return nil, err
		}
		ids = append(ids, issued.Token.ID)
	}
	return newRepeated(k, func() func(int) error {
		next := 0
		return func(n int) error {
			for range n {
				if _, err := svc.Regenerate(ctx, ids[next%len(ids)], transfertoken.AnyRevision); err != nil {
					return err
				}
				next++
			}
			return nil
		}
	}), nil
}

var errShortPage = errors.New("a page has fewer tokens than were asked for")

// newPage returns a series that reads pages from anywhere between two tokens.
func newPage(ctx context.Context, k key, svc *transfertoken.TokenService, first, last uuid.UUID) series {
	return newRepeated(k, func() func(int) error {
		return func(n int) error {
			for range n {
				page, err := svc.List(ctx, transfertoken.ListOptions{After: idBetween(first, last),
					Limit: tokens.PageSize})
				if err != nil {
					return err
				}
				if len(page) < tokens.PageSize {
					return errShortPage
				}
			}
			return nil
		}
	})
}

// idBetween returns an ID whose milliseconds are between those of two others.
func idBetween(first, last uuid.UUID) uuid.UUID {
	millis := func(id uuid.UUID) (n int64) {
		for _, b := range id[:6] {
			n = n<<8 | int64(b)
		}
		return n
	}
	n := millis(first) + rand.Int64N(max(1, millis(last)-millis(first)))
	var id uuid.UUID
	for i := 5; i >= 0; i-- {
		id[i] = byte(n)
		n >>= 8
	}
	return id
}
