package main

import (
	"fmt"
	"math"
	"slices"
)

// goal is what a median is meant to be.
type goal struct {
	name    string
	limit   float64 // NaN: measured for information only
	atLeast bool    // the limit is the lowest good value, not the highest
	band    float64 // of noise, which the limit is widened by
	values  []float64
	format  func(float64) string
	notRun  bool
}

// met reports whether the goal is met; known is false if nothing was measured or
// there is no limit.
func (g goal) met() (met, known bool) {
	m := median(g.values)
	if math.IsNaN(m) || math.IsNaN(g.limit) {
		return false, false
	}
	if g.atLeast {
		return m >= g.limit-g.band, true
	}
	return m <= g.limit+g.band, true
}

func (g goal) target() string {
	if math.IsNaN(g.limit) {
		return "–"
	}
	sign := "≤ "
	if g.atLeast {
		sign = "≥ "
	}
	text := sign + g.format(g.limit)
	if g.band > 0 {
		text += fmt.Sprintf(" (and %s of noise)", plain(g.band))
	}
	return text
}

// goals are those of the project. Ratios are taken round by round.
func (b *bench) goals() []goal {
	r, sizes := b.results, []int{b.small, b.big}
	var all []goal
	add := func(g goal) {
		if g.format == nil {
			g.format = ratio
		}
		all = append(all, g)
	}
	for _, n := range sizes {
		add(goal{name: "Authorize on a MemoryStore, in floors" + among(n), limit: 1.3, values: r.ratios(memoryKey(accepted, n), floorKey(n))})
	}
	add(goal{
		name: "the same with many tokens in use, in its own floors" + among(b.big), limit: math.NaN(),
		values: r.ratios(memoryKey(acceptedMany, b.big), key{what: floorManyName, tokens: b.big}),
	})
	for _, n := range sizes {
		add(goal{name: "allocations of an accepted Authorize" + among(n), values: r.allocations(memoryKey(accepted, n)), format: plain})
	}
	add(goal{name: "Authorize on a MemoryStore, in Validates of fosite" + among(b.small), limit: 0.5, values: r.ratios(memoryKey(accepted, b.small), fositeKey)})
	add(goal{name: "the same, in verifications of golang-jwt" + among(b.small), limit: math.NaN(), values: r.ratios(memoryKey(accepted, b.small), jwtKey)})
	for _, n := range sizes {
		add(goal{name: fmt.Sprintf("gain of Authorize from %s, in gains of the floor%s", plural(b.cores, "core"), among(n)), limit: 0.9, atLeast: true, values: r.scaling(n, b.cores)})
	}
	for _, n := range sizes {
		band := noise(r.ratios(memoryKey(acceptedAgain, n), memoryKey(accepted, n)))
		for _, what := range refusals {
			add(goal{name: what + ", in acceptances" + among(n), limit: 1, band: band, values: r.ratios(memoryKey(what, n), memoryKey(accepted, n))})
		}
	}
	add(goal{name: "what httpauth.Require adds to a request, in Authorizes" + among(b.small), limit: 2, values: r.added(guardedKey(b.small), emptyHandlerKey(b.small), memoryKey(accepted, b.small))})
	for _, title := range b.databases() {
		for _, n := range sizes {
			add(goal{
				name: title + ": Authorize, in prepared SELECTs" + among(n), limit: selectLimit(title),
				values: r.ratios(key{where: title, what: accepted, tokens: n}, key{where: title, what: rawSelect, tokens: n}),
			})
		}
	}
	more := fmt.Sprintf(": Authorize among %s tokens, in Authorizes among %s", count(b.big), count(b.small))
	add(goal{name: memoryStore + more, limit: 1.5, values: r.ratios(memoryKey(accepted, b.big), besideMany(b.small))})
	for _, title := range b.databases() {
		add(goal{name: title + more, limit: 1.5, values: r.ratios(key{where: title, what: accepted, tokens: b.big}, key{where: title, what: accepted, tokens: b.small})})
	}
	for _, title := range b.databases() {
		add(goal{name: title + ": a page of 100" + among(b.big), limit: 5e6, values: r[key{where: title, what: pageName, tokens: b.big}].rounds, format: span})
	}
	heap := goal{name: "heap of a MemoryStore, bytes per token" + among(b.big), limit: 700, format: func(v float64) string { return fmt.Sprintf("%.0f", v) }}
	if b.heap > 0 {
		heap.values = []float64{b.heap}
	}
	add(heap)
	all = slices.DeleteFunc(all, func(g goal) bool { return len(g.values) == 0 })
	for _, s := range b.sections {
		if s.notRun != "" {
			all = append(all, goal{name: s.title, limit: math.NaN(), notRun: true})
		}
	}
	return all
}

func among(tokens int) string { return ", " + count(tokens) + " tokens" }

func selectLimit(title string) float64 {
	switch title {
	case postgresTitle:
		return 1.2
	case moderncTitle, mattnTitle:
		return 1.3
	}
	return math.NaN()
}

// databases are the titles of those that were measured.
func (b *bench) databases() []string {
	var titles []string
	for _, title := range []string{postgresTitle, mysqlTitle, mariaTitle, moderncTitle, mattnTitle} {
		if slices.ContainsFunc(b.sections, func(s section) bool { return s.title == title && len(s.keys) > 0 }) {
			titles = append(titles, title)
		}
	}
	return titles
}

// added is what the first key takes longer than the second, over the third.
func (r results) added(with, without, over key) []float64 {
	a, b := r.ratios(with, over), r.ratios(without, over)
	if len(a) != len(b) {
		return nil
	}
	for i := range a {
		a[i] -= b[i]
	}
	return a
}

func (r results) allocations(k key) []float64 {
	one, ok := r[k]
	if !ok {
		return nil
	}
	return []float64{one.allocations}
}
