package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{5, 1, 3}, 3},
		{[]float64{4, 1, 3, 2}, 2.5},
	} {
		require.Equal(t, test.want, median(test.values), test.values)
	}
	require.True(t, math.IsNaN(median(nil)))
	values := []float64{2, 1}
	median(values)
	require.Equal(t, []float64{2, 1}, values)
}

func TestQuantile(t *testing.T) {
	values := []float64{10, 0, 20, 30, 40}
	require.Equal(t, 0.0, quantile(values, 0))
	require.Equal(t, 10.0, quantile(values, 0.25))
	require.Equal(t, 14.0, quantile(values, 0.35))
	require.Equal(t, 40.0, quantile(values, 1))
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

func TestScaling(t *testing.T) {
	r := results{
		coresKey(floorName, 10, 1): {rounds: []float64{400}},
		coresKey(floorName, 10, 4): {rounds: []float64{100}},
		coresKey(accepted, 10, 1):  {rounds: []float64{600}},
		coresKey(accepted, 10, 4):  {rounds: []float64{300}},
	}
	require.Equal(t, []float64{0.5}, r.scaling(10, 4))
	require.Empty(t, r.scaling(10, 8))
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
