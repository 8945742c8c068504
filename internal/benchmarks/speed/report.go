package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

// document returns the blocks and the chart of docs/speed.md.
func (b *bench) document() report.Document {
	return report.Document{
		Name: "speed",
		Blocks: []report.Block{
			{Name: "machine", Text: b.machineText()},
			{Name: "results", Text: b.tables()},
		},
		Panels: b.panels(),
	}
}

func (b *bench) machineText() string {
	var software strings.Builder
	for _, text := range append([]string{report.WithVersion("github.com/ory/fosite"),
		report.WithVersion("github.com/golang-jwt/jwt/v5")}, b.software...) {
		software.WriteString("- " + text + "\n")
	}
	return fmt.Sprintf(`Measured on %s, on %s, with the database servers on the same machine, in one run of

    %s

Turns of %s, in each of %s of %s. %s tokens of a kind are presented in turn, or up to %s, shuffled, where many are in use.

%s`, time.Now().UTC().Format("2 January 2006"), report.Machine(), b.command, min(turnTime, b.Time), report.Plural(b.Rounds, "round"), b.Time,
		report.Count(inUse), report.Count(manyInUse), &software)
}

// tables returns the goals and everything that was measured.
func (b *bench) tables() string {
	var text strings.Builder
	text.WriteString("## Goals\n\n" + goalTable(b.goals()))
	for _, s := range b.sections {
		fmt.Fprintf(&text, "\n## %s\n\n%s", s.title, s.table(b.results))
	}
	if b.heap > 0 {
		fmt.Fprintf(&text, "\n## Heap\n\nA MemoryStore with %s tokens takes %.0f bytes for each.\n",
			report.Count(b.Tokens), b.heap)
	}
	return text.String()
}

// table returns the table of the section, or why there is none.
func (s section) table(r results) string {
	if s.notRun != "" {
		return "not run: " + strings.Join(strings.Fields(s.notRun), " ") + "\n"
	}
	head := []string{"", "tokens", "median", "lowest – highest round", "allocations"}
	if s.relate != nil {
		head = slices.Insert(head, 4, s.relation)
	}
	cores := slices.ContainsFunc(s.keys, func(k key) bool { return k.cores > 0 })
	if cores {
		head = slices.Insert(head, 2, "cores")
	}
	var rows [][]string
	for _, k := range s.keys {
		one := r[k]
		row := []string{k.what, "", report.Span(report.Median(one.rounds)), spread(one.rounds, report.Span),
			report.Plain(one.allocations)}
		if k.tokens > 0 {
			row[1] = report.Count(k.tokens)
		}
		if s.relate != nil {
			row = slices.Insert(row, 4, s.relate(r, k))
		}
		if cores {
			row = slices.Insert(row, 2, fmt.Sprint(max(1, k.cores)))
		}
		rows = append(rows, row)
	}
	return report.Table(head, rows)
}

func goalTable(goals []goal) string {
	var rows [][]string
	for _, g := range goals {
		if g.notRun {
			rows = append(rows, []string{g.name, "", "not run", "", ""})
			continue
		}
		met := report.Unknown
		if yes, known := g.met(); known {
			met = map[bool]string{true: "yes", false: "**no**"}[yes]
		}
		rows = append(rows, []string{g.name, g.target(), g.show(report.Median(g.values)), spread(g.values, g.show),
			met})
	}
	return report.Table([]string{"", "goal", "median", "lowest – highest round", "met"}, rows)
}

func spread(values []float64, format func(float64) string) string {
	if len(values) < 2 {
		return report.Unknown
	}
	return format(slices.Min(values)) + " – " + format(slices.Max(values))
}

const (
	baseColor = "#9aa4af" // of the least that a check does
	ownColor  = "#1f6fd0"
	peerColor = "#d98a29"
)

// panels returns the chart. It leaves out everything that was not measured.
func (b *bench) panels() []report.Panel {
	return []report.Panel{
		{Title: "A check in memory, on one core: nanoseconds (less is better)", Bars: b.memoryBars()},
		{Title: "A check with a database: microseconds (less is better)", Bars: b.databaseBars()},
		b.coresPanel(),
	}
}

// bar adds a bar for a key, its value divided by scale, if the key was measured.
func (b *bench) bar(bars []report.Bar, label string, k key, scale float64, color string) []report.Bar {
	one, ok := b.results[k]
	if !ok {
		return bars
	}
	return append(bars, report.Bar{Label: label, Value: report.Median(one.rounds) / scale, Color: color})
}

func (b *bench) memoryBars() (bars []report.Bar) {
	sizes := []int{b.small, b.Tokens}
	for _, n := range sizes {
		bars = b.bar(bars, "floor"+among(n), floorKey(n), 1, baseColor)
	}
	for _, what := range []string{accepted, unknown, expired, wrongScope, threeSalts} {
		for _, n := range sizes {
			bars = b.bar(bars, what+among(n), memoryKey(what, n), 1, ownColor)
		}
	}
	bars = b.bar(bars, "fosite, HMAC-SHA-512/256, no look-up", fositeKey, 1, peerColor)
	return b.bar(bars, "golang-jwt, HS512, no look-up", jwtKey, 1, peerColor)
}

func (b *bench) databaseBars() (bars []report.Bar) {
	for _, title := range b.measuredDatabases() {
		for _, n := range []int{b.small, b.Tokens} {
			bars = b.bar(bars, title+": SELECT"+among(n), key{where: title, what: rawSelect, tokens: n}, 1e3, baseColor)
			bars = b.bar(bars, title+": Authorize"+among(n), key{where: title, what: accepted, tokens: n}, 1e3,
				ownColor)
		}
	}
	return bars
}

func (b *bench) coresPanel() report.Panel {
	p := report.Panel{Title: "Checks in memory on several cores" + among(b.Tokens) + ": millions per second"}
	counts := coreCounts(b.cores)
	for _, n := range counts {
		p.X = append(p.X, report.Plural(n, "core"))
	}
	for _, row := range []struct{ what, label string }{{floorName, "floor"}, {accepted, "Authorize"}} {
		line := report.Line{Label: row.label}
		for _, n := range counts {
			if one, ok := b.results[coresKey(row.what, b.Tokens, n)]; ok {
				line.Values = append(line.Values, 1e3/report.Median(one.rounds))
			}
		}
		if len(line.Values) == len(counts) {
			p.Lines = append(p.Lines, line)
		}
	}
	return p
}
