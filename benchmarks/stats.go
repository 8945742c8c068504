package main

import (
	"math"
	"slices"
)

// median is NaN of nothing.
func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile interpolates between the two values that are nearest.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	low, part := math.Modf(at)
	i := int(low)
	if part == 0 {
		return sorted[i]
	}
	return sorted[i] + part*(sorted[i+1]-sorted[i])
}

// ratios divides round by round. There are none unless both were measured.
func (r results) ratios(of, over key) []float64 {
	a, b := r[of].rounds, r[over].rounds
	if len(a) != len(b) {
		return nil
	}
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = a[i] / b[i]
	}
	return ratios
}

// noise is by how much the ratio of two equal series strays from 1 in three
// rounds out of four.
func noise(ratios []float64) float64 {
	strays := make([]float64, len(ratios))
	for i, ratio := range ratios {
		strays[i] = math.Abs(ratio - 1)
	}
	return quantile(strays, 0.75)
}
