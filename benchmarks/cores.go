package main

import (
	"context"
)

// coresGroup measures what more cores gain.
func (big *bigPopulation) coresGroup(ctx context.Context, b *bench) error {
	p, err := big.get(ctx, b)
	if err != nil {
		return err
	}
	few, err := populate(ctx, b.small)
	if err != nil {
		return err
	}
	var units []unit
	for _, p := range []*population{few, p} {
		svc, err := p.service(0)
		if err != nil {
			return err
		}
		for _, cores := range coreCounts(b.cores) {
			units = append(units,
				newCheck(coresKey(floorName, p.size, cores), p.full, true, p.floor),
				newCheck(coresKey(accepted, p.size, cores), p.full, true, authorizer(svc)),
			)
		}
	}
	s := section{title: "On several cores", relation: "gain over one core", relate: func(r results, k key) string {
		return times(r.ratios(coresKey(k.what, k.tokens, 1), k))
	}}
	err = b.measure(ctx, &s, units)
	b.addSection(s)
	return err
}

func coresKey(what string, tokens, cores int) key {
	k := key{what: what, tokens: tokens, cores: cores}
	if what != floorName {
		k.where = memoryStore
	}
	return k
}

// coreCounts are all numbers of cores, or with many cores the powers of two and
// the last.
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

// scaling is the gain of Authorize from so many cores over the gain of the floor.
func (r results) scaling(tokens, cores int) []float64 {
	gain := func(what string) []float64 {
		return r.ratios(coresKey(what, tokens, 1), coresKey(what, tokens, cores))
	}
	authorize, floor := gain(accepted), gain(floorName)
	if len(authorize) != len(floor) {
		return nil
	}
	for i := range authorize {
		authorize[i] /= floor[i]
	}
	return authorize
}
