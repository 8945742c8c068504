package main

import (
	"context"
	"fmt"
)

// bigPopulation is made when the first group needs it.
type bigPopulation struct{ made *population }

func (big *bigPopulation) get(ctx context.Context, b *bench) (*population, error) {
	if big.made == nil {
		fmt.Fprintf(b.progress, "%s: making %s tokens\n", memoryStore, count(b.big))
		made, err := populate(ctx, b.big)
		if err != nil {
			return nil, err
		}
		big.made = made
	}
	return big.made, nil
}

func (big *bigPopulation) release() { big.made = nil }

// heapGroup keeps the heap that populate has measured.
func (big *bigPopulation) heapGroup(ctx context.Context, b *bench) error {
	p, err := big.get(ctx, b)
	if err != nil {
		return err
	}
	b.heap = p.heap
	return nil
}

// sizeGroup measures checks among many tokens, and one among few.
func (big *bigPopulation) sizeGroup(ctx context.Context, b *bench) error {
	p, err := big.get(ctx, b)
	if err != nil {
		return err
	}
	few, err := populate(ctx, b.small)
	if err != nil {
		return err
	}
	units, err := p.checks()
	if err != nil {
		return err
	}
	svc, err := p.service(0)
	if err != nil {
		return err
	}
	fewSvc, err := few.service(0)
	if err != nil {
		return err
	}
	units = append(units,
		newCheck(key{what: floorManyName, tokens: p.size}, p.many, true, p.floor),
		newCheck(memoryKey(acceptedMany, p.size), p.many, true, authorizer(svc)),
		newCheck(besideMany(b.small), few.full, true, authorizer(fewSvc)),
	)
	s := section{title: "In memory, many tokens", relation: "× floor", relate: func(r results, k key) string {
		if k.what == floorManyName || k.what == acceptedMany {
			return times(r.ratios(k, key{what: floorManyName, tokens: p.size}))
		}
		return times(r.ratios(k, floorKey(p.size)))
	}}
	err = b.measure(ctx, &s, units)
	b.addSection(s)
	return err
}

// besideMany is the check among few tokens that is timed with those among many.
func besideMany(tokens int) key { return memoryKey(accepted+", few tokens", tokens) }
