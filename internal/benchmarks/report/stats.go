package report

import (
	"math"
	"slices"
)

// Median returns the median of values, or NaN if there are none.
func Median(values []float64) float64 { return Quantile(values, 0.5) }

// Quantile returns the value that a share q of all do not exceed. It interpolates between the two nearest values, and
// returns NaN if there are none.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	low, part := math.Modf(q * float64(len(sorted)-1))
	i := int(low)
	if part == 0 {
		return sorted[i]
	}
	return sorted[i] + part*(sorted[i+1]-sorted[i])
}
