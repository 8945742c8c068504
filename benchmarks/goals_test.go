package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
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
		{name: "ratio", limit: 1.3, values: []float64{1.1, 1.2, 1.4}, format: ratio},
		{name: "gain", limit: 0.9, atLeast: true, values: []float64{0.8}, format: ratio},
		{name: "refusal", limit: 1, band: 0.02, values: []float64{1.01}, format: ratio},
		{name: "page", limit: 5e6, values: []float64{250e3}, format: span},
		{name: "information", limit: math.NaN(), values: []float64{3}, format: ratio},
		{name: "a server", limit: math.NaN(), notRun: true},
	}))
}

func TestGoalsOfWhatWasNotMeasuredAreLeftOut(t *testing.T) {
	b := &bench{settings: &settings{small: 10, big: 20, cores: 2}, results: results{}}
	require.Empty(t, b.goals())
	b.addSection(section{title: postgresTitle, notRun: "refused"})
	require.Len(t, b.goals(), 1)
}
