package main

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

func TestSettings(t *testing.T) {
	s, err := parseSettings(nil, t.Output())
	require.NoError(t, err)
	require.Equal(t, "8×4", s.loads[len(s.loads)-1].String())
	require.Equal(t, 32, s.loads[len(s.loads)-1].total())
	s, err = parseSettings([]string{"-quick", "-tokens", "1000", "-loads", "3x2"}, t.Output())
	require.NoError(t, err)
	require.Equal(t, 1000, s.touches)
	require.Equal(t, []load{{3, 2}}, s.loads)
	for _, loads := range []string{"4", "0x4", "2x-1", "1x1,"} {
		_, err := parseSettings([]string{"-loads", loads}, t.Output())
		require.Error(t, err, loads)
	}
}

func TestProcessTimesAreReadWhateverTheNameIs(t *testing.T) {
	seconds, err := parseProcess("2155 (post) gres: a (b) S 2154 2155 2155 0 -1 4194624 1131 0 2 0 150 25 7 8 20 0 1 0 1083 222830592\n")
	require.NoError(t, err)
	require.InDelta(t, 1.75, seconds, 1e-9)
	for _, stat := range []string{"", "1 (x) S 1", "1 (x) S 1 1 1 0 -1 1 1 0 2 0 many 25 7 8"} {
		_, err := parseProcess(stat)
		require.Error(t, err)
	}
}

func TestIdleTimeIsNotCounted(t *testing.T) {
	seconds, err := parseMachine("cpu  100 10 20 99999 5000 3 7 60 40 30\ncpu0 1 2 3\n")
	require.NoError(t, err)
	require.InDelta(t, 2, seconds, 1e-9)
	for _, stat := range []string{"", "cpu 1 2 3", "cpu0 1 2 3 4 5 6 7 8", "cpu 1 x 3 4 5 6 7 8"} {
		_, err := parseMachine(stat)
		require.Error(t, err)
	}
}

func TestBucketsAreNarrow(t *testing.T) {
	last := -1
	for _, d := range []time.Duration{1, 31, 33, 63, 1000, 37 * time.Microsecond, time.Millisecond, time.Second,
		time.Hour} {
		b := bucket(d)
		require.Greater(t, b, last, d)
		last = b
		require.InDelta(t, float64(d), float64(middle(b)), math.Max(float64(d)/30, 0.5), d)
	}
	require.Equal(t, 0, bucket(0))
	require.Equal(t, 0, bucket(-time.Second))
}

func TestQuantiles(t *testing.T) {
	h, rest := make(histogram), make(histogram)
	for n := range 99 {
		h[bucket(time.Duration(n%2+1)*time.Millisecond)]++
	}
	rest[bucket(time.Second)]++
	h.merge(rest)
	require.InEpsilon(t, float64(time.Millisecond), float64(h.quantile(0.5)), 0.04)
	require.InEpsilon(t, float64(2*time.Millisecond), float64(h.quantile(0.99)), 0.04)
	require.InEpsilon(t, float64(time.Second), float64(h.quantile(1)), 0.04)
	require.Zero(t, make(histogram).quantile(0.5))
}

func TestBlocksOfAPlan(t *testing.T) {
	n, err := parseBlocks([]byte(`[{"Plan": {"Node Type": "Index Scan", "Shared Hit Blocks": 3, "Shared Read Blocks": 1}, "Planning": {"Shared Hit Blocks": 70}}]`))
	require.NoError(t, err)
	require.Equal(t, 4, n)
	_, err = parseBlocks([]byte("Index Scan"))
	require.Error(t, err)
}

func TestTokensInUseAreSpreadOverTheTable(t *testing.T) {
	for _, tokens := range []int{1000, 6000, 20_000, 1_000_000} {
		for _, w := range workloads {
			used := w.used(tokens)
			require.Zero(t, w.number(0, tokens))
			require.Less(t, w.number(used-1, tokens), tokens)
			if used > 1 {
				require.GreaterOrEqual(t, w.number(used-1, tokens), tokens/2, w.name)
			}
		}
	}
}

func TestCostsAreThoseOfOneCall(t *testing.T) {
	r := &results{settings: settings{loads: []load{{1, 1}, {2, 1}}}, rounds: map[cell][]step{
		{noWrites, load{1, 1}}: {{perSecond: 1000, calls: 1000, usage: usage{known: true, backends: 0.1}}},
		{noWrites, load{2, 1}}: {
			{perSecond: 1000, p50: 3 * time.Millisecond, calls: 1000, usage: usage{known: true, backends: 1}},
			{perSecond: 4000, p50: time.Millisecond, calls: 2000, usage: usage{known: true, backends: 1}},
			{perSecond: 5000, p50: 2 * time.Millisecond, calls: 1000, usage: usage{known: true, backends: 3}},
		},
	}}
	best, s := r.best(noWrites)
	require.Equal(t, load{2, 1}, best)
	require.InDelta(t, 4000, s.perSecond, 1e-9)
	require.Equal(t, 2*time.Millisecond, s.p50)
	require.InDelta(t, 0.001, s.usage.backends, 1e-9)
	require.True(t, s.usage.known)
}

func TestCostsThatCannotBeReadAreLeftOut(t *testing.T) {
	r := sample()
	for _, rounds := range r.rounds {
		rounds[1].usage = usage{}
	}
	for _, b := range r.document().Blocks {
		require.NotContains(t, b.Text, "NaN", b.Name)
		if b.Name == "cost" || b.Name == "cores" {
			require.Contains(t, b.Text, report.Unknown, b.Name)
		}
	}
}

// sample is results as of a run with two rounds.
func sample() *results {
	loads := []load{{1, 1}, {1, 4}, {2, 4}, {4, 4}, {8, 4}}
	r := &results{
		settings: settings{Settings: report.Settings{Tokens: 1_000_000, Rounds: 2, Time: time.Second}, loads: loads,
			touches: 20_000},
		server:  server{version: "15.1"},
		sizes:   sizes{relations: []relation{{"table", 236e6}, {"index of the IDs", 32e6}}, total: 268e6, blocks: 4},
		touches: []touchCost{{name: "one", wal: 7000, hot: 0.5, images: 1}, {name: "another", wal: 200, hot: 1}},
		vacuums: []vacuum{{1000, time.Second}, {3000, 2 * time.Second}},
		rounds:  make(map[cell][]step),
		page:    time.Millisecond, salts: 4 * time.Second, purge: 6 * time.Second, purged: 10_000, memoryPerToken: 600,
	}
	for w := range workloads {
		for i, l := range loads {
			perSecond := float64(10_000*(w+1)) * float64(i+1) / float64(i+2)
			for round := range 2 {
				r.rounds[cell{w, l}] = append(r.rounds[cell{w, l}], step{
					perSecond: perSecond + 100*float64(round), p50: 100 * time.Microsecond,
					p99:    time.Duration(w+1) * time.Duration(i+1) * time.Millisecond,
					writes: 10, walPerCall: 5, calls: int(perSecond),
					usage: usage{known: true, backends: 1, writers: 0.1, clients: 0.5, machine: 2},
				})
			}
		}
	}
	return r
}
