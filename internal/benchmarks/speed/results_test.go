package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

func TestGoals(t *testing.T) {
	for _, test := range []struct {
		name       string
		goal       goal
		met, known bool
	}{
		{"at the limit", goal{limit: 1.3, values: []float64{1.3}}, true, true},
		{"above it", goal{limit: 1.3, values: []float64{1.31}}, false, true},
		{"the median counts", goal{limit: 1.3, values: []float64{1.2, 9, 1.3}}, true, true},
		{"within the noise", goal{limit: 1, band: 0.02, values: []float64{1.01}}, true, true},
		{"beyond the noise", goal{limit: 1, band: 0.02, values: []float64{1.03}}, false, true},
		{"high enough", goal{limit: 0.9, atLeast: true, values: []float64{0.9}}, true, true},
		{"too low", goal{limit: 0.9, atLeast: true, values: []float64{0.89}}, false, true},
		{"none of something", goal{limit: 0, values: []float64{0}}, true, true},
		{"not measured", goal{limit: 1}, false, false},
		{"no limit", goal{limit: math.NaN(), values: []float64{1}}, false, false},
	} {
		met, known := test.goal.met()
		require.Equal(t, test.met, met, test.name)
		require.Equal(t, test.known, known, test.name)
	}
}

func TestGoalTable(t *testing.T) {
	require.Equal(t, `|  | goal | median | lowest – highest round | met |
|---|---:|---:|---:|---:|
| ratio | ≤ 1.30 | 1.20 | 1.10 – 1.40 | yes |
| gain | ≥ 0.90 | 0.80 | – | **no** |
| refusal | ≤ 1.00 (and 0.02 of noise) | 1.01 | – | yes |
| page | ≤ 5.00 ms | 250 µs | – | yes |
| information | – | 3.00 | – | – |
| a server |  | not run |  |  |
`, goalTable([]goal{
		{name: "ratio", limit: 1.3, values: []float64{1.1, 1.2, 1.4}, format: report.Ratio},
		{name: "gain", limit: 0.9, atLeast: true, values: []float64{0.8}, format: report.Ratio},
		{name: "refusal", limit: 1, band: 0.02, values: []float64{1.01}, format: report.Ratio},
		{name: "page", limit: 5e6, values: []float64{250e3}, format: report.Span},
		{name: "information", limit: math.NaN(), values: []float64{3}, format: report.Ratio},
		{name: "a server", limit: math.NaN(), notRun: true},
	}))
}

func TestGoalsOfWhatWasNotMeasuredAreLeftOut(t *testing.T) {
	b := &bench{settings: &settings{Settings: report.Settings{Tokens: 20}, small: 10, cores: 2}, results: results{}}
	require.Empty(t, b.goals())
	b.sections = []section{{title: postgresTitle, notRun: "refused"}}
	require.Len(t, b.goals(), 1)
}

func TestSectionTable(t *testing.T) {
	r := results{
		floorKey(1000):            {rounds: []float64{500, 600, 700}},
		memoryKey(accepted, 1000): {rounds: []float64{600, 720, 910}, allocations: 2},
	}
	s := section{title: "In memory", relation: "× floor",
		relate: func(r results, k key) string { return r.relation(k, floorKey(1000)) },
		keys:   []key{floorKey(1000), memoryKey(accepted, 1000)}}
	require.Equal(t, `|  | tokens | median | lowest – highest round | × floor | allocations |
|---|---:|---:|---:|---:|---:|
| floor | 1,000 | 600 ns | 500 ns – 700 ns | 1.00 | 0 |
| Authorize, accepted | 1,000 | 720 ns | 600 ns – 910 ns | 1.20 | 2 |
`, s.table(r))

	s = section{keys: []key{coresKey(floorName, 0, 4)}}
	require.Equal(t, `|  | tokens | cores | median | lowest – highest round | allocations |
|---|---:|---:|---:|---:|---:|
| floor |  | 4 | 150 ns | – | 0 |
`, s.table(results{coresKey(floorName, 0, 4): {rounds: []float64{150}}}))

	s = section{notRun: "no\n\tanswer"}
	require.Equal(t, "not run: no answer\n", s.table(nil))
}

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	slow, fast, other := key{what: "slow"}, key{what: "fast"}, key{what: "other"}
	r := results{
		slow:  {rounds: []float64{20, 90, 30}},
		fast:  {rounds: []float64{10, 30, 10}},
		other: {rounds: []float64{1}},
	}
	require.Equal(t, []float64{2, 3, 3}, r.ratios(slow, fast))
	require.Equal(t, []float64{1, 2, 2}, r.added(slow, fast, fast))
	require.Empty(t, r.ratios(slow, other))
	require.Empty(t, r.ratios(slow, key{what: "not measured"}))
}

func TestGainsOfCores(t *testing.T) {
	r := results{
		coresKey(floorName, 10, 1): {rounds: []float64{400}},
		coresKey(floorName, 10, 4): {rounds: []float64{100}},
		coresKey(accepted, 10, 1):  {rounds: []float64{600}},
		coresKey(accepted, 10, 4):  {rounds: []float64{300}},
	}
	require.Equal(t, []float64{0.5}, r.coreGains(10, 4))
	require.Empty(t, r.coreGains(10, 8))
}

func TestNoise(t *testing.T) {
	require.InDelta(t, 0.02, noise([]float64{1, 0.98, 1.01, 1.5, 1.02}), 1e-9)
	require.True(t, math.IsNaN(noise(nil)))
}

func TestCoreCounts(t *testing.T) {
	require.Equal(t, []int{1}, coreCounts(1))
	require.Equal(t, []int{1, 2, 3, 4}, coreCounts(4))
	require.Equal(t, []int{1, 2, 4, 8, 12}, coreCounts(12))
	require.Equal(t, []int{1, 2, 4, 8, 16}, coreCounts(16))
}
