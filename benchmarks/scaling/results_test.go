package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMedian(t *testing.T) {
	require.Zero(t, median(nil))
	require.InDelta(t, 2, median([]float64{9, 1, 2}), 1e-9)
	require.InDelta(t, 1.5, median([]float64{2, 1}), 1e-9)
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
	for _, b := range r.blocks() {
		require.NotContains(t, b.text, "NaN", b.name)
		if b.name == "cost" || b.name == "cores" {
			require.Contains(t, b.text, unknown, b.name)
		}
	}
}
