package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
)

const (
	pageName       = "List, a page of 100"
	createName     = "Create"
	regenerateName = "Regenerate"
	pageSize       = 100
)

// managementGroup measures what administrators do with a MemoryStore.
func (big *bigPopulation) managementGroup(ctx context.Context, b *bench) error {
	p, err := big.get(ctx, b)
	if err != nil {
		return err
	}
	svc, err := p.service(0)
	if err != nil {
		return err
	}
	regenerate, err := regenerateUnit(ctx, memoryKey(regenerateName, p.size), svc)
	if err != nil {
		return err
	}
	s := section{title: "Administration in memory"}
	err = b.measure(ctx, &s, []unit{
		pageUnit(ctx, memoryKey(pageName, p.size), svc, p.first, p.last),
		newSeries(memoryKey(createName, 0), func() func(int) error { return createInMemory(ctx) }),
		regenerate,
	})
	b.addSection(s)
	return err
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
			create, made = creator(ctx, svc), 0
		}
		made += n
		return create(n)
	}
}

func creator(ctx context.Context, svc *transfertoken.TokenService) func(n int) error {
	made := 0
	return func(n int) error {
		for range n {
			made++
			if _, err := svc.Create(ctx, transfertoken.NewToken{
				Name: fmt.Sprintf("new %d", made), Permissions: transfertoken.Push, Lifespan: transfertoken.Days30,
			}); err != nil {
				return err
			}
		}
		return nil
	}
}

func regenerateUnit(ctx context.Context, k key, svc *transfertoken.TokenService) (unit, error) {
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
	return newSeries(k, func() func(int) error {
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

// pageUnit reads pages that begin anywhere between two tokens.
func pageUnit(ctx context.Context, k key, svc *transfertoken.TokenService, first, last uuid.UUID) unit {
	return newSeries(k, func() func(int) error {
		return func(n int) error {
			for range n {
				page, err := svc.List(ctx, transfertoken.ListOptions{After: between(first, last), Limit: pageSize})
				if err != nil {
					return err
				}
				if len(page) < pageSize {
					return errShortPage
				}
			}
			return nil
		}
	})
}

// between returns an ID that is somewhere between two others, as far as its
// milliseconds tell.
func between(first, last uuid.UUID) uuid.UUID {
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
