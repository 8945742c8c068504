package main

import (
	"context"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

const (
	memoryStore   = "MemoryStore"
	floorName     = "floor"
	floorManyName = "floor, many in use"
	accepted      = "Authorize, accepted"
	acceptedAgain = "Authorize, accepted (again)"
	acceptedMany  = "Authorize, accepted, many in use"
	threeSalts    = "Authorize, accepted, 3 salts"
	unknown       = "Authorize, unknown"
	expired       = "Authorize, expired"
	wrongScope    = "Authorize, wrong scope"
)

var refusals = []string{unknown, expired, wrongScope}

func floorKey(tokens int) key { return key{what: floorName, tokens: tokens} }

func memoryKey(what string, tokens int) key {
	return key{where: memoryStore, what: what, tokens: tokens}
}

// memoryGroup measures checks that ask no database, those of the peers among
// them.
func memoryGroup(ctx context.Context, b *bench) error {
	p, err := populate(ctx, b.small)
	if err != nil {
		return err
	}
	units, err := p.checks()
	if err != nil {
		return err
	}
	peers, err := peerUnits(ctx)
	if err != nil {
		return err
	}
	requests, err := p.requestUnits()
	if err != nil {
		return err
	}
	s := section{title: "In memory", relation: "× floor", relate: timesKey(floorKey(b.small))}
	err = b.measure(ctx, &s, append(append(units, peers...), requests...))
	b.addSection(s)
	return err
}

// checks are the floor and every kind of answer.
func (p *population) checks() ([]unit, error) {
	now, err := p.service(0)
	if err != nil {
		return nil, err
	}
	later, err := p.service(8 * 24 * time.Hour)
	if err != nil {
		return nil, err
	}
	ring, err := p.service(0, otherSalts...)
	if err != nil {
		return nil, err
	}
	units := []unit{newCheck(floorKey(p.size), p.full, true, p.floor)}
	for _, row := range []struct {
		what    string
		svc     *transfertoken.TokenService
		secrets []string
		want    bool
	}{
		{accepted, now, p.full, true},
		{acceptedAgain, now, p.full, true},
		{threeSalts, ring, p.full, true},
		{unknown, now, p.unknown, false},
		{expired, later, p.week, false},
		{wrongScope, now, p.pull, false},
	} {
		units = append(units, newCheck(memoryKey(row.what, p.size), row.secrets, row.want, authorizer(row.svc)))
	}
	return units, nil
}

// timesKey relates results to one of them.
func timesKey(base key) func(results, key) string {
	return func(r results, k key) string { return times(r.ratios(k, base)) }
}

func times(ratios []float64) string {
	if len(ratios) == 0 {
		return ""
	}
	return ratio(median(ratios))
}
