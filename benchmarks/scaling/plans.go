package main

import (
	"fmt"
	"time"
)

const large = 10_000_000 // tokens of the plan

// planTable is what so many calls a second take, by what they cost here.
func (r *results) planTable(perSecond float64) string {
	_, read := r.best(noWrites)
	_, write := r.best(eachUse)
	single := r.at(noWrites, r.settings.loads[0])
	low, high := r.walRange()
	backend := read.usage.backends + read.usage.writers
	extra := max(0, write.usage.backends+write.usage.writers-backend)
	n := round(perSecond)
	cores := func(known bool, seconds float64) string {
		if !known {
			return unknown
		}
		return round(perSecond * seconds)
	}
	knownBoth := read.usage.known && write.usage.known
	return table([]string{"", "arithmetic", "comes to"}, [][]string{
		{"busy cores of PostgreSQL, no writes", n + " × " + cpu(read.usage, backend), cores(read.usage.known, backend)},
		{"its cores, if they are to be 60 % busy", "that / 0.6", cores(read.usage.known, backend/0.6)},
		{"busy cores of PostgreSQL for writes, if every use were one", n + " × " + cpu(usage{known: knownBoth}, extra), cores(knownBoth, extra)},
		{"write-ahead log per second, if every use were a write", n + " × " + size(low) + " to " + size(high), size(perSecond*low) + " to " + size(perSecond*high)},
		{"busy cores of the clients, all instances together", n + " × " + cpu(read.usage, read.usage.clients), cores(read.usage.known, read.usage.clients)},
		{"busy connections, by the median at " + r.settings.loads[0].String() + ", without a network", n + " × " + digits(float64(single.p50)/1e6, 2) + " ms", round(perSecond * single.p50.Seconds())},
	})
}

func (r *results) sizeText() string {
	n := float64(r.settings.tokens)
	var rows [][]string
	for _, rel := range append(r.sizes.relations, relation{"all together", r.sizes.total}) {
		each := float64(rel.bytes) / n
		rows = append(rows, []string{rel.name, round(each) + " B", size(float64(rel.bytes)), size(each * large)})
	}
	each := r.operations.memoryPerOne
	rows = append(rows, []string{"`MemoryStore`", round(each) + " B", size(each * n), size(each * large)})
	return table([]string{"", "per token", count(r.settings.tokens) + " tokens, measured", count(large) + ", arithmetic"}, rows) +
		fmt.Sprintf("\nThe look-up of a token by its digest reads %d blocks of 8 kB: those on the way through the index, and that of the row.\n", r.sizes.blocks)
}

func (r *results) operationsText() string {
	o := r.operations
	factor := float64(large) / float64(r.settings.tokens)
	times := func(d time.Duration) string { return duration(time.Duration(float64(d) * factor)) }
	deletes := max(0, o.purge-o.salts)
	each := deletes / time.Duration(max(1, o.purged))
	return table([]string{"", count(r.settings.tokens) + " tokens, measured", count(large) + ", arithmetic"}, [][]string{
		{"`Migrate`, when the table is not there", duration(r.create), "the same: it is empty"},
		{"`Migrate`, when there is nothing to do", duration(o.migrate), "the same: it reads no token"},
		{"`List`, a page of 100 from anywhere", duration(o.page), "the same, and at most one block more"},
		{"`Salts`, which reads all tokens", duration(o.salts), times(o.salts)},
		{"`PurgeExpired`, with " + count(o.purged) + " to delete", duration(o.purge), times(o.purge) + ", with ten times as many to delete"},
		{"of that, one delete", duration(each), "the same"},
		{"filling the table with `COPY`, past the library", duration(r.fill), unknown},
	})
}
