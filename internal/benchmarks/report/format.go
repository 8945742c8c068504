package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Unknown stands in a table for a number that was not measured.
const Unknown = "–"

// Count returns n with commas between the thousands.
func Count(n int) string { return group(strconv.Itoa(n)) }

// Plural returns n and a noun.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Round returns v with three significant digits.
func Round(v float64) string { return Digits(v, 3) }

// Digits returns v with n significant digits. Infinity and NaN are 0.
func Digits(v float64, n int) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	decimals := n - 1 - int(math.Floor(math.Log10(math.Abs(v))))
	factor := math.Pow(10, float64(decimals))
	v = math.Round(v*factor) / factor
	decimals = n - 1 - int(math.Floor(math.Log10(math.Abs(v)))) // 9.996 has become 10.0
	return group(strconv.FormatFloat(v, 'f', max(0, min(decimals, 6)), 64))
}

// Plain returns v without trailing zeros: with at most two decimals, and with none from 100 on.
func Plain(v float64) string {
	if v >= 100 {
		return Count(int(math.Round(v)))
	}
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// Ratio returns v with two decimals.
func Ratio(v float64) string { return fmt.Sprintf("%.2f", v) }

// Percent returns a share of 1 in percent.
func Percent(share float64) string { return fmt.Sprintf("%.0f %%", share*100) }

// Span returns a time in nanoseconds with a unit.
func Span(ns float64) string {
	if ns >= 120e9 {
		return Round(ns/60e9) + " min"
	}
	return withUnit(ns, "ns", "µs", "ms", "s")
}

// Size returns bytes with a unit, in powers of 1000.
func Size(bytes float64) string { return withUnit(bytes, "B", "kB", "MB", "GB", "TB") }

// withUnit divides v by 1000 as often as there is a larger unit for it.
func withUnit(v float64, units ...string) string {
	for v >= 999.5 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	return Round(v) + " " + units[0]
}

// group puts commas between the thousands.
func group(number string) string {
	whole, fraction, point := strings.Cut(number, ".")
	digits := strings.TrimPrefix(whole, "-")
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if strings.HasPrefix(whole, "-") {
		digits = "-" + digits
	}
	if point {
		digits += "." + fraction
	}
	return digits
}

// Table returns a table in Markdown. All columns but the first are aligned to the right.
func Table(head []string, rows [][]string) string {
	var text strings.Builder
	line := func(cells []string) { text.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head)
	text.WriteString("|---|" + strings.Repeat("---:|", len(head)-1) + "\n")
	for _, row := range rows {
		line(row)
	}
	return text.String()
}
