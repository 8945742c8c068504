package main

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBucketsAreNarrow(t *testing.T) {
	last := -1
	for _, d := range []time.Duration{0, 1, 31, 32, 33, 63, 64, 1000, time.Microsecond * 37, time.Millisecond, time.Second, time.Hour} {
		b := bucket(d)
		require.Greater(t, b, last, d)
		last = b
		require.InDelta(t, float64(d), float64(middle(b)), math.Max(float64(d)/32, 0.5), d)
		require.Equal(t, b, bucket(middle(b)))
	}
	require.Equal(t, 0, bucket(-time.Second))
}

func TestQuantiles(t *testing.T) {
	h, rest := make(histogram), make(histogram)
	for n := range 99 {
		h.add(time.Duration(n%2+1) * time.Millisecond)
	}
	rest.add(time.Second)
	h.merge(rest)
	require.InEpsilon(t, float64(time.Millisecond), float64(h.quantile(0.5)), 0.04)
	require.InEpsilon(t, float64(2*time.Millisecond), float64(h.quantile(0.99)), 0.04)
	require.InEpsilon(t, float64(time.Second), float64(h.quantile(1)), 0.04)
	require.Zero(t, make(histogram).quantile(0.5))
}
