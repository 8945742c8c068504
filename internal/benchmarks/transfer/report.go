package main

import (
	"fmt"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

// document returns the block in docs/speed.md, and the chart.
func (r *results) document() report.Document {
	return report.Document{
		Name: "transfer", Page: "speed",
		Blocks: []report.Block{{Name: "results", Text: r.machineText() + "\n" + r.goalTable() + "\n" + r.rateTable() +
			"\n" + r.archiveTable() + "\n" + r.memoryTable()}},
		Panels: []report.Panel{
			r.panel("MB of files a second", func(v rates) float64 { return v.files }, true),
			r.panel("Entities a second", func(v rates) float64 { return v.entities }, false),
			r.panel("Links a second", func(v rates) float64 { return v.links }, false),
		},
	}
}

// median returns the median of a value over the rounds.
func median[T any](rounds []T, value func(T) float64) float64 {
	var values []float64
	for _, round := range rounds {
		values = append(values, value(round))
	}
	return report.Median(values)
}

func same(v float64) float64 { return v }

func (r *results) machineText() string {
	s := r.settings
	text := fmt.Sprintf("Measured on %s, with both ends on the same machine, in one run of\n\n    %s\n\n", report.Machine(),
		s.command)
	text += fmt.Sprintf("%s articles of 0.9 kB, %s links, %s of 2 MiB. Both ends are processes with tables in SQLite,\n"+
		"through %s. Rounds: %d, of which the medians are taken. All of it took %s.\n",
		report.Count(s.records), report.Count(s.records), report.Plural(s.files, "file"),
		report.WithVersion("github.com/mattn/go-sqlite3"), s.rounds, report.Span(float64(r.took)))
	if r.strapi == nil {
		text += "\nThe pair of Strapi instances was left out, because `TRANSFERTOKEN_TEST_STRAPI` names none.\n"
	}
	return text
}

// goalTable compares with the goals of the project.
func (r *results) goalTable() string {
	var rows [][]string
	add := func(name, goal string, value float64, met bool) {
		answer := "yes"
		switch {
		case goal == report.Unknown:
			answer = report.Unknown
		case !met:
			answer = "**no**"
		}
		rows = append(rows, []string{name, goal, report.Ratio(value), answer})
	}
	files := func(v rates) float64 { return v.files }
	for _, d := range []struct {
		name   string
		rounds []rates
	}{{"push", r.push}, {"pull", r.pull}} {
		share := make([]float64, len(d.rounds))
		for i := range d.rounds {
			share[i] = d.rounds[i].files / r.copies[i]
		}
		ratio := report.Median(share)
		add("files of a "+d.name+", in plain copies", "≥ 0.25", ratio, ratio >= 0.25)
	}
	if r.strapi != nil {
		ratio := median(r.push, files) / r.strapi.files
		add("files of a push, in pushes of Strapi", "≥ 5", ratio, ratio >= 5)
		ratio = median(r.push, rates.records) / r.strapi.records()
		add("records of a push, entities and as many links, in pushes of Strapi", "≥ 20", ratio, ratio >= 20)
		ratio = median(r.push, func(v rates) float64 { return v.entities }) / r.strapi.entities
		add("entities alone", report.Unknown, ratio, true)
		ratio = median(r.push, func(v rates) float64 { return v.links }) / r.strapi.links
		add("links alone", report.Unknown, ratio, true)
	}
	ratio := median(r.archives, func(v archiveRates) float64 { return v.write / v.tar })
	add("files into an archive, in `tar -c` into a pipe", "≥ 0.5", ratio, ratio >= 0.5)
	ratio = median(r.archives, func(v archiveRates) float64 { return v.compress / v.gzip })
	add("files into a compressed archive, in `tar -c \\| gzip -6` into a pipe", "≥ 0.8", ratio, ratio >= 0.8)
	for _, m := range r.memory {
		for _, end := range []struct {
			name  string
			bytes int64
		}{{"client", m.client}, {"server", m.server}} {
			if mib := float64(end.bytes) / (1 << 20); end.bytes >= 0 {
				add(fmt.Sprintf("memory of the %s above its start, %s, MiB", end.name, r.memoryText(m.direction, m.records)),
					"≤ 64", mib, mib <= 64)
			}
		}
	}
	return report.Table([]string{"", "goal", "measured", "met"}, rows)
}

// rateTable has a row for each transfer.
func (r *results) rateTable() string {
	var rows [][]string
	add := func(name string, files, entities, links float64) {
		row := []string{name}
		for _, v := range []float64{files, entities, links} {
			text := report.Unknown
			if v > 0 {
				text = report.Round(v)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	add("plain copy", median(r.copies, same), 0, 0)
	for _, line := range r.lines() {
		add(line.name, line.files, line.entities, line.links)
	}
	return report.Table([]string{"", "MB of files/s", "entities/s", "links/s"}, rows)
}

// A line is a transfer with its rates.
type line struct {
	name string
	rates
}

func (r *results) lines() []line {
	all := []line{{"push, Go to Go", medians(r.push)}, {"pull, Go to Go", medians(r.pull)}}
	if r.strapi != nil {
		all = append(all, line{"push, Strapi to Strapi", *r.strapi})
	}
	return all
}

func medians(rounds []rates) rates {
	return rates{
		files:    median(rounds, func(v rates) float64 { return v.files }),
		entities: median(rounds, func(v rates) float64 { return v.entities }),
		links:    median(rounds, func(v rates) float64 { return v.links }),
	}
}

// archiveTable has the rates of archives.
func (r *results) archiveTable() string {
	row := func(name string, value func(archiveRates) float64) []string {
		return []string{name, report.Round(median(r.archives, value))}
	}
	files := [][]string{
		row("`tar -c` into a pipe", func(v archiveRates) float64 { return v.tar }),
		row("archive, written", func(v archiveRates) float64 { return v.write }),
		row("archive, checked and read", func(v archiveRates) float64 { return v.read }),
		row("`tar -c \\| gzip -6` into a pipe", func(v archiveRates) float64 { return v.gzip }),
		row("archive, compressed", func(v archiveRates) float64 { return v.compress }),
	}
	records := [][]string{
		row("archive, written", func(v archiveRates) float64 { return v.records }),
		row("archive, checked and read", func(v archiveRates) float64 { return v.recovered }),
	}
	return "Archives of the same files, from start to end:\n\n" + report.Table([]string{"", "MB of files/s"}, files) +
		fmt.Sprintf("\nArchives of %s records, articles and as many links, in time of a processor:\n\n",
			report.Count(r.settings.manyRecords())) +
		report.Table([]string{"", "records/CPU s"}, records)
}

// memoryText names a transfer whose memory is measured.
func (r *results) memoryText(direction role, records bool) string {
	if records {
		return fmt.Sprintf("a %s of %s records", direction, report.Count(r.settings.many))
	}
	return fmt.Sprintf("a %s of %s of files", direction, report.Size(float64(r.settings.large)))
}

func (r *results) memoryTable() string {
	var rows [][]string
	for _, m := range r.memory {
		rate := report.Round(m.perSecond) + " MB/s"
		if m.records {
			rate = report.Round(m.perSecond) + " records/s"
		}
		row := []string{r.memoryText(m.direction, m.records), rate}
		for _, bytes := range []int64{m.client, m.server} {
			text := report.Unknown
			if bytes >= 0 {
				text = report.Round(float64(bytes)/(1<<20)) + " MiB"
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return "Most memory above that before the transfer, of data that is generated and forgotten:\n\n" +
		report.Table([]string{"", "rate", "client", "server"}, rows)
}

func (r *results) panel(title string, value func(rates) float64, withCopy bool) report.Panel {
	p := report.Panel{Title: title}
	if withCopy {
		p.Bars = append(p.Bars, report.Bar{Label: "plain copy", Value: median(r.copies, same), Color: report.Colors[0]})
	}
	for i, line := range r.lines() {
		p.Bars = append(p.Bars, report.Bar{Label: line.name, Value: value(line.rates), Color: report.Colors[i+1]})
	}
	return p
}
