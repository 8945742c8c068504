package main

import (
	"fmt"
	"strings"
	"time"
)

// blocks is the part of the document that has numbers in it.
func (r *results) blocks() []block {
	return []block{
		{"machine", r.machineText()},
		{"throughput", r.loadTable(func(s step) string { return round(s.perSecond) })},
		{"latency", r.loadTable(func(s step) string { return digits(float64(s.p50)/1e6, 2) + " / " + digits(float64(s.p99)/1e6, 2) })},
		{"cores", r.coresTable()},
		{"cost", r.costTable()},
		{"touch", r.touchText()},
		{"interval", r.intervalText()},
		{"plan 1,000", r.planTable(1000)},
		{"plan 100,000", r.planTable(100_000)},
		{"size", r.sizeText()},
		{"operations", r.operationsText()},
	}
}

func (r *results) machineText() string {
	m := r.machine
	var settings []string
	for _, name := range shownSettings {
		settings = append(settings, fmt.Sprintf("`%s=%s`", name, m.settings[name]))
	}
	s := r.settings
	return fmt.Sprintf(`- %d cores of %s, %s of memory, %s. **Clients and server share these cores.**
- PostgreSQL %s with %s. The rest is as PostgreSQL comes.
- %s with pgx %s.
- %s tokens. Rounds: %d, in turns; steps of %v after a warm-up of %v. The numbers are medians of the rounds. All of it took %s.
`, m.cores, m.cpu, m.memory, m.system, m.postgres, strings.Join(settings, ", "), m.goVersion, m.pgx,
		count(s.tokens), s.rounds, s.time, s.warmUp, duration(r.took))
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
	return table(head, rows)
}

// coresTable shows who keeps the cores busy.
func (r *results) coresTable() string {
	head := []string{"", "instances × connections", "calls/s", "backends", "writers", "clients", "the rest", "idle"}
	var rows [][]string
	add := func(w int, l load) {
		s := r.at(w, l)
		cores := func(cpuPerCall float64) string {
			if !s.usage.known {
				return unknown
			}
			return fmt.Sprintf("%.2f", max(0, cpuPerCall*s.perSecond))
		}
		u := s.usage
		rows = append(rows, []string{
			workloads[w].name, l.String(), round(s.perSecond), cores(u.backends), cores(u.writers), cores(u.clients),
			cores(u.machine - u.backends - u.writers - u.clients), cores(float64(r.machine.cores)/s.perSecond - u.machine),
		})
	}
	for _, l := range r.settings.loads {
		add(noWrites, l)
	}
	last := r.settings.loads[len(r.settings.loads)-1]
	add(eachUse, last)
	add(oneTokenEachUse, last)
	return table(head, rows)
}

// costTable shows what a call costs where a workload did most.
func (r *results) costTable() string {
	head := []string{"", "most calls/s", "at", "PostgreSQL, CPU per call", "client, CPU per call", "writes per call", "write-ahead log per call"}
	var rows [][]string
	for w, workload := range workloads {
		l, s := r.best(w)
		rows = append(rows, []string{
			workload.name, round(s.perSecond), l.String(),
			cpu(s.usage, s.usage.backends+s.usage.writers), cpu(s.usage, s.usage.clients), fmt.Sprintf("%.3f", s.writes/s.perSecond), size(s.walPerCall),
		})
	}
	return table(head, rows)
}

func cpu(u usage, seconds float64) string {
	if !u.known {
		return unknown
	}
	return micros(seconds)
}

func (r *results) touchText() string {
	var rows [][]string
	for _, c := range r.touches {
		rows = append(rows, []string{c.name, size(c.wal), fmt.Sprintf("%.2f", c.fullPage), percent(c.hot)})
	}
	text := table([]string{"each of " + count(r.settings.touches) + " tokens from anywhere", "write-ahead log per write", "page images per write", "HOT"}, rows)
	text += fmt.Sprintf("\nIndexes that have `last_used_at` in them: %d.\n", r.sizes.onLastUse)
	dead, took := 0.0, time.Duration(0)
	for _, v := range r.vacuums {
		dead += float64(v.dead)
		took += v.took
	}
	rounds := float64(len(r.vacuums))
	text += fmt.Sprintf("`VACUUM (ANALYZE)` after each round removed %s dead rows in %s on average. After all rounds the table and its indexes\n"+
		"took %s instead of %s.\n", round(dead/rounds), duration(took/time.Duration(rounds)), size(float64(r.worn)), size(float64(r.sizes.total)))
	return text
}

// intervalText is what the writes of LastUsedAt come to.
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
			count(c.tokens), c.text, round(perSecond), size(perSecond*low) + " to " + size(perSecond*high), round(perSecond * 3600),
		})
	}
	text := table([]string{"tokens in use", "`TouchInterval`", "most writes/s", "write-ahead log per second", "dead rows per hour"}, rows)
	_, s := r.best(eachMinute)
	used := workloads[eachMinute].used(r.settings.tokens)
	return text + fmt.Sprintf("\nMeasured with %s tokens in use and the default of 1 minute: %s writes/s at %s calls/s. The bound is %s / 60 s = %s.\n",
		count(used), round(s.writes), round(s.perSecond), count(used), round(float64(used)/60))
}

// walRange is the least and the most that a write was seen to cost, in bytes.
func (r *results) walRange() (low, high float64) {
	for _, c := range r.touches {
		if low == 0 || c.wal < low {
			low = c.wal
		}
		high = max(high, c.wal)
	}
	return low, high
}
