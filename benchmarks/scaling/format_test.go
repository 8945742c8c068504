package main

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNumbersHaveThreeDigits(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.0425: "0.0425", 1.5: "1.50", 16.66: "16.7", 999.6: "1,000", 12_345: "12,300", 1_234_567: "1,230,000", -1234: "-1,230", math.Inf(1): "0",
	} {
		require.Equal(t, want, round(v), v)
	}
	require.Equal(t, "0.043", digits(0.0425, 2))
	require.Equal(t, "1,000,000", count(1_000_000))
	require.Equal(t, "100", count(100))
}

func TestUnits(t *testing.T) {
	require.Equal(t, "195 B", size(195))
	require.Equal(t, "7.04 kB", size(7040))
	require.Equal(t, "4.64 GB", size(4.64e9))
	require.Equal(t, "0.443 ms", duration(443*time.Microsecond))
	require.Equal(t, "18.0 s", duration(18*time.Second))
	require.Equal(t, "3.00 min", duration(3*time.Minute))
	require.Equal(t, "16.6 µs", micros(16.6e-6))
	require.Equal(t, "96 %", percent(0.958))
}
