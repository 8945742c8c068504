package main

import "time"

// workload is what the instances do.
type workload struct {
	name       string
	short      string        // in the legend of the chart
	interval   time.Duration // Options.TouchInterval
	tokens     int           // how many are in use; 0: all
	raw        bool          // a prepared SELECT instead of Authorize
	unprepared bool          // Options.NoPrepare
	aged       bool          // the last uses lie evenly in the past minute at first
}

// inUse is small enough for each of the tokens to be used several times within
// a step.
const inUse = 6000

// The workloads that the text speaks of.
const (
	rawSelect = iota
	noWrites
	eachMinute
	eachUse
	oneToken
	oneTokenEachUse
	unprepared
)

var workloads = []workload{
	rawSelect:       {name: "prepared `SELECT`, any token", short: "SELECT", raw: true},
	noWrites:        {name: "no writes, any token", short: "no writes", interval: -1},
	eachMinute:      {name: "a write per minute, 6,000 tokens", short: "write per minute", tokens: inUse, aged: true},
	eachUse:         {name: "a write per use, any token", short: "write per use", interval: 1},
	oneToken:        {name: "a write per minute, one token", short: "one token", tokens: 1},
	oneTokenEachUse: {name: "a write per use, one token", short: "one token, write per use", tokens: 1, interval: 1},
	unprepared:      {name: "no writes, any token, `NoPrepare`", short: "NoPrepare", interval: -1, unprepared: true},
}

// number is the i-th of the tokens in use: they are spread over the table.
func (w workload) number(i, tokens int) int { return i * (tokens / w.used(tokens)) }

func (w workload) used(tokens int) int {
	if w.tokens == 0 {
		return tokens
	}
	return min(w.tokens, tokens)
}
