package main

import "time"

// sample is results as of a run with two rounds.
func sample() *results {
	loads := []load{{1, 1}, {1, 4}, {2, 4}, {4, 4}, {8, 4}}
	r := &results{
		settings: settings{tokens: 1_000_000, loads: loads, rounds: 2, time: time.Second, touches: 20_000},
		machine:  machine{cpu: "a CPU", cores: 4, postgres: "15.1", settings: map[string]string{}},
		sizes:    sizes{relations: []relation{{"table", 236e6}, {"index of the IDs", 32e6}}, total: 268e6, blocks: 4},
		touches:  []touchCost{{name: "one", wal: 7000, hot: 0.5, fullPage: 1}, {name: "another", wal: 200, hot: 1}},
		vacuums:  []vacuum{{1000, time.Second}, {3000, 2 * time.Second}},
		rounds:   make(map[cell][]step),
		operations: operations{
			page: time.Millisecond, salts: 4 * time.Second, purge: 6 * time.Second, purged: 10_000, memoryPerOne: 600,
		},
	}
	for w := range workloads {
		for i, l := range loads {
			perSecond := float64(10_000*(w+1)) * float64(i+1) / float64(i+2)
			for round := range 2 {
				r.rounds[cell{w, l}] = append(r.rounds[cell{w, l}], step{
					perSecond: perSecond + 100*float64(round), p50: 100 * time.Microsecond, p99: time.Duration(w+1) * time.Duration(i+1) * time.Millisecond,
					writes: 10, walPerCall: 5, calls: int(perSecond),
					usage: usage{known: true, backends: 1, writers: 0.1, clients: 0.5, machine: 2},
				})
			}
		}
	}
	return r
}
