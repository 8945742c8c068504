package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"time"
)

// bench is one run of everything.
type bench struct {
	*settings
	progress io.Writer
	results  results
	sections []section
	heap     float64  // bytes per token of a MemoryStore with the large number of tokens; 0: not measured
	software []string // databases and drivers that were measured
}

// section is one table of results.
type section struct {
	title    string
	relation string                    // head of a column; "": there is none
	relate   func(results, key) string // its text
	keys     []key
	notRun   string // why there are none
}

// result is what was measured of one key.
type result struct {
	rounds      []float64 // nanoseconds per operation
	allocations float64   // per operation
}

type results map[key]result

// turnTime is short, so that what else the machine does meanwhile meets all
// series of a round alike.
const turnTime = 50 * time.Millisecond

// measure times the units in turns and adds them to the section.
func (b *bench) measure(ctx context.Context, s *section, units []unit) error {
	units = b.chosen(units)
	if len(units) == 0 {
		return nil
	}
	turn := min(turnTime, b.time)
	if _, err := b.pass(ctx, units, 0, turn); err != nil { // to warm up
		return err
	}
	for _, u := range units {
		allocations, err := u.allocations()
		if err != nil {
			return err
		}
		for i, k := range u.keys() {
			b.results[k] = result{allocations: allocations[i]}
			s.keys = append(s.keys, k)
		}
	}
	turns := int(max(1, b.time/turn))
	for round := range b.rounds {
		fmt.Fprintf(b.progress, "%s: %s, round %d of %d\n", s.title, units[0].keys()[0].what+" and others", round+1, b.rounds)
		runtime.GC()
		total := map[key]*sample{}
		for t := range turns {
			taken, err := b.pass(ctx, units, t, turn)
			if err != nil {
				return err
			}
			for k, one := range taken {
				if total[k] == nil {
					total[k] = new(sample)
				}
				total[k].add(one)
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

// pass gives every unit one turn, each time beginning with another one.
func (b *bench) pass(ctx context.Context, units []unit, first int, turn time.Duration) (map[key]sample, error) {
	taken := map[key]sample{}
	for i := range units {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		u := units[(first+i)%len(units)]
		samples, err := u.turn(turn)
		if err != nil {
			return nil, err
		}
		for j, k := range u.keys() {
			taken[k] = samples[j]
		}
	}
	return taken, nil
}

// chosen are the units of which a series matches -only.
func (b *bench) chosen(units []unit) []unit {
	var chosen []unit
	for _, u := range units {
		for _, k := range u.keys() {
			if b.series.MatchString(k.String()) {
				chosen = append(chosen, u)
				break
			}
		}
	}
	return chosen
}

func (b *bench) addSection(s section) { b.sections = append(b.sections, s) }
