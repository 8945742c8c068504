package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

// document returns the blocks and the chart of docs/scaling.md.
func (r *results) document() report.Document {
	return report.Document{
		Name: "scaling",
		Blocks: []report.Block{
			{Name: "machine", Text: r.machineText()},
			{Name: "throughput", Text: r.loadTable(func(s step) string { return report.Round(s.perSecond) })},
			{Name: "latency", Text: r.loadTable(func(s step) string { return millis(s.p50) + " / " + millis(s.p99) })},
			{Name: "cores", Text: r.coresTable()},
			{Name: "cost", Text: r.costTable()},
			{Name: "touch", Text: r.touchText()},
			{Name: "interval", Text: r.intervalText()},
			{Name: "plan 1,000", Text: r.planTable(1000)},
			{Name: "plan 100,000", Text: r.planTable(100_000)},
			{Name: "size", Text: r.sizeText()},
			{Name: "operations", Text: r.callsTable()},
		},
		Panels: []report.Panel{
			r.panel("Calls per second", false, func(s step) float64 { return s.perSecond }),
			r.panel("99 % of the calls take at most so many milliseconds", true,
				func(s step) float64 { return float64(s.p99) / 1e6 }),
		},
	}
}

func (r *results) panel(title string, log bool, value func(step) float64) report.Panel {
	p := report.Panel{Title: title + ", by instances × connections of each", Log: log}
	for _, l := range r.settings.loads {
		p.X = append(p.X, l.String())
	}
	for w, workload := range workloads {
		line := report.Line{Label: workload.short}
		for _, l := range r.settings.loads {
			line.Values = append(line.Values, value(r.at(w, l)))
		}
		p.Lines = append(p.Lines, line)
	}
	return p
}

func millis(d time.Duration) string { return report.Digits(float64(d)/1e6, 2) }

func span(d time.Duration) string { return report.Span(float64(d)) }

func (r *results) machineText() string {
	s := r.settings
	return fmt.Sprintf(`- %s. **Clients and server share these cores.**
- PostgreSQL %s with %s, through %s. The rest is as PostgreSQL comes.
- %s tokens. Rounds: %d, in turns; steps of %v after a warm-up of %v. The numbers are medians of the rounds.
  All of it took %s.
`, report.Machine(), r.server.version, strings.Join(r.server.settings, ", "),
		report.WithVersion("github.com/jackc/pgx/v5"),
		report.Count(s.Tokens), s.Rounds, s.Time, s.warmUp, span(r.took))
}

// loadTable has a row for each workload and a column for each load.
func (r *results) loadTable(show func(step) string) string {
	head := []string{"instances × connections"}
	for _, l := range r.settings.loads {
		head = append(head, l.String())
	}
	var rows [][]string
	for w, workload := range workloads {
		row := []string{workload.name}
		for _, l := range r.settings.loads {
			row = append(row, show(r.at(w, l)))
		}
		rows = append(rows, row)
	}
	return report.Table(head, rows)
}

// coresTable shows how many cores are busy with each part of the work.
func (r *results) coresTable() string {
	var rows [][]string
	add := func(w int, l load) {
		s := r.at(w, l)
		row := []string{workloads[w].name, l.String(), report.Round(s.perSecond)}
		u := s.usage
		for _, seconds := range []float64{
			u.backends, u.writers, u.clients, u.machine - u.server() - u.clients,
			float64(runtime.NumCPU())/s.perSecond - u.machine,
		} {
			text := report.Unknown
			if u.known {
				text = report.Ratio(max(0, seconds*s.perSecond))
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	for _, l := range r.settings.loads {
		add(noWrites, l)
	}
	last := r.settings.loads[len(r.settings.loads)-1]
	add(eachUse, last)
	add(oneTokenEachUse, last)
	return report.Table([]string{"", "instances × connections", "calls/s", "backends", "writers", "clients",
		"the rest", "idle"}, rows)
}

// costTable shows the cost of a call under the load where a workload did most.
func (r *results) costTable() string {
	var rows [][]string
	for w, workload := range workloads {
		l, s := r.best(w)
		rows = append(rows, []string{
			workload.name, report.Round(s.perSecond), l.String(), cpu(s.usage.known, s.usage.server()),
			cpu(s.usage.known, s.usage.clients),
			fmt.Sprintf("%.3f", s.writes/s.perSecond), report.Size(s.walPerCall),
		})
	}
	return report.Table([]string{
		"", "most calls/s", "at", "PostgreSQL, CPU per call", "client, CPU per call", "writes per call",
		"write-ahead log per call",
	}, rows)
}

func cpu(known bool, seconds float64) string {
	if !known {
		return report.Unknown
	}
	return report.Span(seconds * 1e9)
}

func (r *results) touchText() string {
	var rows [][]string
	for _, c := range r.touches {
		rows = append(rows, []string{c.name, report.Size(c.wal), report.Ratio(c.images), report.Percent(c.hot)})
	}
	text := report.Table([]string{
		"each of " + report.Count(r.settings.touches) + " tokens from anywhere", "write-ahead log per write",
		"page images per write", "HOT",
	}, rows)
	var dead, took float64
	for _, v := range r.vacuums {
		dead += float64(v.dead)
		took += float64(v.took)
	}
	rounds := float64(len(r.vacuums))
	return text + fmt.Sprintf("\nIndexes that have `last_used_at` in them: %d.\n"+
		"`VACUUM (ANALYZE)` after each round removed %s dead rows in %s on average. After all rounds the table\n"+
		"and its indexes took %s instead of %s.\n", r.sizes.onLastUse, report.Round(dead/rounds), report.Span(took/rounds),
		report.Size(float64(r.worn)), report.Size(float64(r.sizes.total)))
}

// intervalText bounds the cost of the writes of LastUsedAt.
func (r *results) intervalText() string {
	low, high := r.walRange()
	var rows [][]string
	for _, c := range []struct {
		tokens   int
		interval time.Duration
		text     string
	}{
		{1000, time.Minute, "1 minute"},
		{100_000, time.Minute, "1 minute"},
		{1_000_000, time.Minute, "1 minute"},
		{1_000_000, time.Hour, "1 hour"},
		{10_000_000, time.Hour, "1 hour"},
		{10_000_000, 24 * time.Hour, "1 day"},
	} {
		perSecond := float64(c.tokens) / c.interval.Seconds()
		rows = append(rows, []string{
			report.Count(c.tokens), c.text, report.Round(perSecond),
			report.Size(perSecond*low) + " to " + report.Size(perSecond*high), report.Round(perSecond * 3600),
		})
	}
	_, s := r.best(eachMinute)
	used := workloads[eachMinute].used(r.settings.Tokens)
	return report.Table([]string{"tokens in use", "`TouchInterval`", "most writes/s", "write-ahead log per second",
		"dead rows per hour"}, rows) +
		fmt.Sprintf("\nMeasured with %s tokens in use and the default of 1 minute: %s writes/s at %s calls/s. "+
			"The bound is %s / 60 s = %s.\n",
			report.Count(used), report.Round(s.writes), report.Round(s.perSecond), report.Count(used),
			report.Round(float64(used)/60))
}

const large = 10_000_000 // tokens of the plan

// planTable shows the resources that so many calls a second need, by what they cost here.
func (r *results) planTable(perSecond float64) string {
	_, read := r.best(noWrites)
	_, write := r.best(eachUse)
	single := r.at(noWrites, r.settings.loads[0])
	low, high := r.walRange()
	server := read.usage.server()
	extra := max(0, write.usage.server()-server)
	known := read.usage.known && write.usage.known
	times := report.Round(perSecond) + " × "
	cores := func(seconds float64) string {
		if !known {
			return report.Unknown
		}
		return report.Round(perSecond * seconds)
	}
	return report.Table([]string{"", "arithmetic", "comes to"}, [][]string{
		{"busy cores of PostgreSQL, no writes", times + cpu(known, server), cores(server)},
		{"its cores, if they are to be 60 % busy", "that / 0.6", cores(server / 0.6)},
		{"busy cores of PostgreSQL for writes, if every use were one", times + cpu(known, extra), cores(extra)},
		{
			"write-ahead log per second, if every use were a write", times + report.Size(low) + " to " +
				report.Size(high),
			report.Size(perSecond*low) + " to " + report.Size(perSecond*high),
		},
		{"busy cores of the clients, all instances together", times + cpu(known, read.usage.clients),
			cores(read.usage.clients)},
		{
			"busy connections, by the median at " + r.settings.loads[0].String() + ", without a network",
			times + millis(single.p50) + " ms", report.Round(perSecond * single.p50.Seconds()),
		},
	})
}

func (r *results) sizeText() string {
	n := float64(r.settings.Tokens)
	var rows [][]string
	add := func(name string, each float64) {
		rows = append(rows, []string{name, report.Round(each) + " B", report.Size(each * n), report.Size(each * large)})
	}
	for _, rel := range r.sizes.relations {
		add(rel.name, float64(rel.bytes)/n)
	}
	add("all together", float64(r.sizes.total)/n)
	add("`MemoryStore`", r.memoryPerToken)
	return report.Table([]string{"", "per token", report.Count(r.settings.Tokens) + " tokens, measured",
		report.Count(large) + ", arithmetic"}, rows) +
		fmt.Sprintf("\nThe look-up of a token by its digest reads %d blocks of 8 kB: those on the way "+
			"through the index, and that of the row.\n", r.sizes.blocks)
}

func (r *results) callsTable() string {
	factor := float64(large) / float64(r.settings.Tokens)
	return report.Table([]string{"", report.Count(r.settings.Tokens) + " tokens, measured", report.Count(large) +
		", arithmetic"}, [][]string{
		{"`Migrate`, when the table is not there", span(r.create), "the same: it is empty"},
		{"`Migrate`, when there is nothing to do", span(r.migrate), "the same: it reads no token"},
		{"`List`, a page of 100 from anywhere", span(r.page), "the same, and at most one block more"},
		{"`Salts`, which reads all tokens", span(r.salts), report.Span(float64(r.salts) * factor)},
		{"`PurgeExpired`, with " + report.Count(r.purged) + " to delete", span(r.purge),
			report.Span(float64(r.purge)*factor) + ", with as many more to delete"},
		{"filling the table, past the library", span(r.fill), report.Unknown},
	})
}
