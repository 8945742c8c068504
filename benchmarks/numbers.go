package main

import (
	"fmt"
	"math"
	"strconv"
)

// count is n with commas.
func count(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + one + "s"
}

// span is a time in nanoseconds, with three digits.
func span(ns float64) string {
	for _, unit := range []struct {
		name string
		ns   float64
	}{{"ns", 1}, {"µs", 1e3}, {"ms", 1e6}} {
		if ns < 999.5*unit.ns {
			return threeDigits(ns/unit.ns) + " " + unit.name
		}
	}
	return threeDigits(ns/1e9) + " s"
}

func threeDigits(v float64) string {
	digits := 2
	for limit := 9.995; digits > 0 && v >= limit; limit *= 10 {
		digits--
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// plain is a number without superfluous zeros, and with none behind the point if
// it is large.
func plain(v float64) string {
	if v >= 100 {
		return count(int(math.Round(v)))
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

func ratio(v float64) string { return fmt.Sprintf("%.2f", v) }
