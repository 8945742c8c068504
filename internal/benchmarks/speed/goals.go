package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

// goal is the limit of a median.
type goal struct {
	name    string
	limit   float64 // NaN if it is measured for information only
	atLeast bool    // whether the limit is the lowest good value
	band    float64 // noise, by which the limit is widened
	values  []float64
	format  func(float64) string // report.Ratio if nil
	notRun  bool
}

// met reports whether the goal is met. known is false if nothing was measured or there is no limit.
func (g goal) met() (met, known bool) {
	m := report.Median(g.values)
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
		return report.Unknown
	}
	sign := "≤ "
	if g.atLeast {
		sign = "≥ "
	}
	text := sign + g.show(g.limit)
	if g.band > 0 {
		text += fmt.Sprintf(" (and %s of noise)", report.Plain(g.band))
	}
	return text
}

func (g goal) show(v float64) string {
	if g.format == nil {
		return report.Ratio(v)
	}
	return g.format(v)
}

// goals returns the goals of the project for which something was measured. Ratios are taken round by round.
func (b *bench) goals() []goal {
	r, few, many, none := b.results, b.small, b.Tokens, math.NaN()
	bytes := func(v float64) string { return fmt.Sprintf("%.0f", v) }
	check := func(n int) key { return memoryKey(accepted, n) }
	var all []goal
	for _, n := range []int{few, many} {
		all = append(all, goal{name: "Authorize on a MemoryStore, in floors" + among(n), limit: 1.3,
			values: r.ratios(check(n), floorKey(n))})
	}
	all = append(all, goal{
		name: "the same with many tokens in use, in its own floors" + among(many), limit: none,
		values: r.ratios(memoryKey(acceptedMany, many), key{what: floorManyName, tokens: many}),
	})
	for _, n := range []int{few, many} {
		if one, ok := r[check(n)]; ok {
			all = append(all, goal{name: "allocations of an accepted Authorize" + among(n),
				values: []float64{one.allocations}, format: report.Plain})
		}
	}
	all = append(all,
		goal{name: "Authorize on a MemoryStore, in Validates of fosite" + among(few), limit: 0.5,
			values: r.ratios(check(few), fositeKey)},
		goal{name: "the same, in verifications of golang-jwt" + among(few), limit: none,
			values: r.ratios(check(few), jwtKey)},
	)
	for _, n := range []int{few, many} {
		all = append(all, goal{
			name: fmt.Sprintf("gain of Authorize from %s, in gains of the floor%s", report.Plural(b.cores, "core"),
				among(n)),
			limit: 0.9, atLeast: true, values: r.coreGains(n, b.cores),
		})
	}
	for _, n := range []int{few, many} {
		band := noise(r.ratios(memoryKey(acceptedAgain, n), check(n)))
		for _, what := range refusals {
			all = append(all, goal{name: what + ", in acceptances" + among(n), limit: 1, band: band,
				values: r.ratios(memoryKey(what, n), check(n))})
		}
	}
	all = append(all, goal{
		name: "time that httpauth.Require adds to a request, in Authorizes" + among(few), limit: 2,
		values: r.added(guardedKey(few), emptyHandlerKey(few), check(few)),
	})
	limits := map[string]float64{postgresTitle: 1.2, mysqlTitle: none, mariaTitle: none, moderncTitle: 1.3,
		mattnTitle: 1.3}
	for _, title := range b.measuredDatabases() {
		for _, n := range []int{few, many} {
			all = append(all, goal{
				name: title + ": Authorize, in prepared SELECTs" + among(n), limit: limits[title],
				values: r.ratios(key{where: title, what: accepted, tokens: n},
					key{where: title, what: rawSelect, tokens: n}),
			})
		}
	}
	growth := fmt.Sprintf(": Authorize among %s tokens, in Authorizes among %s", report.Count(many), report.Count(few))
	all = append(all, goal{name: memoryStore + growth, limit: 1.5,
		values: r.ratios(check(many), memoryKey(acceptedBeside, few))})
	for _, title := range b.measuredDatabases() {
		all = append(all, goal{
			name: title + growth, limit: 1.5,
			values: r.ratios(key{where: title, what: accepted, tokens: many},
				key{where: title, what: accepted, tokens: few}),
		})
	}
	for _, title := range b.measuredDatabases() {
		page := r[key{where: title, what: pageName, tokens: many}]
		all = append(all, goal{name: title + ": a page of 100" + among(many), limit: 5e6, values: page.rounds,
			format: report.Span})
	}
	if b.heap > 0 {
		all = append(all, goal{name: "heap of a MemoryStore, bytes per token" + among(many), limit: 700,
			values: []float64{b.heap}, format: bytes})
	}
	all = slices.DeleteFunc(all, func(g goal) bool { return len(g.values) == 0 })
	for _, s := range b.sections {
		if s.notRun != "" {
			all = append(all, goal{name: s.title, limit: none, notRun: true})
		}
	}
	return all
}

func among(tokens int) string { return ", " + report.Count(tokens) + " tokens" }

// measuredDatabases returns the titles of the databases that were measured.
func (b *bench) measuredDatabases() []string {
	var titles []string
	for _, s := range b.sections {
		if slices.Contains([]string{postgresTitle, mysqlTitle, mariaTitle, moderncTitle, mattnTitle}, s.title) &&
			len(s.keys) > 0 {
			titles = append(titles, s.title)
		}
	}
	return titles
}
