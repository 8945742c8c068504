package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

// bench is one run of everything.
type bench struct {
	*settings
	progress io.Writer
	results  results
	sections []section
	heap     float64  // bytes per token of a MemoryStore with the large number of tokens; 0 if it was not measured
	software []string // databases and drivers that were measured
}

// section is one table of results.
type section struct {
	title    string
	relation string                    // head of a column, or empty
	relate   func(results, key) string // text of that column
	keys     []key
	notRun   string // why nothing was measured
}

// result is the measurement of one key.
type result struct {
	rounds      []float64 // nanoseconds per operation
	allocations float64   // per operation
}

type results map[key]result

// turnTime is short, so that everything else that the machine does meets all series of a round alike.
const turnTime = 50 * time.Millisecond

// measure times the series in turns, and adds them to the run as a section.
func (b *bench) measure(ctx context.Context, s section, all ...series) error {
	err := b.measureInto(ctx, &s, all)
	b.sections = append(b.sections, s)
	return err
}

func (b *bench) measureInto(ctx context.Context, s *section, all []series) error {
	all = slices.DeleteFunc(all, func(one series) bool {
		return !slices.ContainsFunc(one.keys(), func(k key) bool { return b.series.MatchString(k.String()) })
	})
	if len(all) == 0 {
		return nil
	}
	turn := min(turnTime, b.Time)
	if _, err := measureOnce(ctx, all, 0, turn); err != nil { // to warm up
		return err
	}
	for _, one := range all {
		allocations, err := one.allocations()
		if err != nil {
			return err
		}
		for i, k := range one.keys() {
			b.results[k] = result{allocations: allocations[i]}
			s.keys = append(s.keys, k)
		}
	}
	for round := range b.Rounds {
		fmt.Fprintf(b.progress, "%s: %s and others, round %d of %d\n", s.title, all[0].keys()[0].what, round+1,
			b.Rounds)
		runtime.GC()
		total := map[key]sample{}
		for t := range int(max(1, b.Time/turn)) {
			samples, err := measureOnce(ctx, all, t, turn)
			if err != nil {
				return err
			}
			for k, one := range samples {
				sum := total[k]
				sum.add(one)
				total[k] = sum
			}
		}
		for k, sum := range total {
			r := b.results[k]
			r.rounds = append(r.rounds, sum.perOperation())
			b.results[k] = r
		}
	}
	return nil
}

// measureOnce gives every series one turn, beginning with the given one.
func measureOnce(ctx context.Context, all []series, first int, turn time.Duration) (map[key]sample, error) {
	samples := map[key]sample{}
	for i := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		one := all[(first+i)%len(all)]
		measured, err := one.measure(turn)
		if err != nil {
			return nil, err
		}
		for j, k := range one.keys() {
			samples[k] = measured[j]
		}
	}
	return samples, nil
}

// ratios divides round by round. It returns none unless both were measured.
func (r results) ratios(of, over key) []float64 {
	return combine(r[of].rounds, r[over].rounds, func(a, b float64) float64 { return a / b })
}

// added returns (with − without) / over, per round.
func (r results) added(with, without, over key) []float64 {
	return combine(r.ratios(with, over), r.ratios(without, over), func(a, b float64) float64 { return a - b })
}

// coreGains returns the gain of Authorize from so many cores over the gain of the floor, per round.
func (r results) coreGains(tokens, cores int) []float64 {
	gain := func(what string) []float64 { return r.ratios(coresKey(what, tokens, 1), coresKey(what, tokens, cores)) }
	return combine(gain(accepted), gain(floorName), func(a, b float64) float64 { return a / b })
}

func combine(a, b []float64, of func(a, b float64) float64) []float64 {
	if len(a) != len(b) {
		return nil
	}
	combined := make([]float64, len(a))
	for i := range a {
		combined[i] = of(a[i], b[i])
	}
	return combined
}

// noise returns by how much the ratio of two equal series strays from 1 in three rounds out of four.
func noise(ratios []float64) float64 {
	strays := make([]float64, len(ratios))
	for i, ratio := range ratios {
		strays[i] = math.Abs(ratio - 1)
	}
	return report.Quantile(strays, 0.75)
}
