package main

import (
	"fmt"
	"slices"
	"strings"
)

// table renders Markdown. All columns but the first are right-aligned.
func table(head []string, rows [][]string) string {
	var text strings.Builder
	line := func(cells []string) {
		text.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	line(head)
	text.WriteString("|---|" + strings.Repeat("---:|", len(head)-1) + "\n")
	for _, row := range rows {
		line(row)
	}
	return text.String()
}

// render is the section's table, or why there is none.
func (s section) render(r results) string {
	if s.notRun != "" {
		return "not run: " + strings.Join(strings.Fields(s.notRun), " ") + "\n"
	}
	head := []string{"", "tokens", "median", "lowest – highest round"}
	cores := slices.ContainsFunc(s.keys, func(k key) bool { return k.cores > 0 })
	if cores {
		head = slices.Insert(head, 2, "cores")
	}
	if s.relate != nil {
		head = append(head, s.relation)
	}
	head = append(head, "allocations")
	var rows [][]string
	for _, k := range s.keys {
		one := r[k]
		row := []string{k.what, "", span(median(one.rounds)), spread(one.rounds, span)}
		if k.tokens > 0 {
			row[1] = count(k.tokens)
		}
		if cores {
			row = slices.Insert(row, 2, fmt.Sprint(max(1, k.cores)))
		}
		if s.relate != nil {
			row = append(row, s.relate(r, k))
		}
		rows = append(rows, append(row, plain(one.allocations)))
	}
	return table(head, rows)
}

func spread(values []float64, format func(float64) string) string {
	if len(values) < 2 {
		return "–"
	}
	return format(slices.Min(values)) + " – " + format(slices.Max(values))
}

func goalTable(goals []goal) string {
	var rows [][]string
	for _, g := range goals {
		verdict := "–"
		if met, known := g.met(); known {
			verdict = map[bool]string{true: "yes", false: "**no**"}[met]
		}
		if g.notRun {
			rows = append(rows, []string{g.name, "", "not run", "", ""})
			continue
		}
		rows = append(rows, []string{g.name, g.target(), g.format(median(g.values)), spread(g.values, g.format), verdict})
	}
	return table([]string{"", "goal", "median", "lowest – highest round", "met"}, rows)
}
