package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const unknown = "–"

func round(v float64) string { return digits(v, 3) }

// digits shows n digits, and groups those before the point.
func digits(v float64, n int) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	decimals := n - 1 - int(math.Floor(math.Log10(math.Abs(v))))
	factor := math.Pow(10, float64(decimals))
	v = math.Round(v*factor) / factor
	return group(strconv.FormatFloat(v, 'f', max(0, min(decimals, 6)), 64))
}

// group puts commas between the thousands.
func group(number string) string {
	whole, fraction, point := strings.Cut(number, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + fraction
	}
	return sign + whole
}

func count(n int) string { return group(strconv.Itoa(n)) }

// size shows bytes in powers of 1000.
func size(bytes float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	i := 0
	for bytes >= 1000 && i < len(units)-1 {
		bytes /= 1000
		i++
	}
	return round(bytes) + " " + units[i]
}

func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return round(float64(d)/1e6) + " ms"
	case d < 2*time.Minute:
		return round(d.Seconds()) + " s"
	}
	return round(d.Minutes()) + " min"
}

func micros(seconds float64) string { return round(seconds*1e6) + " µs" }

func percent(share float64) string { return fmt.Sprintf("%.0f %%", share*100) }

// table is a table in Markdown.
func table(head []string, rows [][]string) string {
	var text strings.Builder
	line := func(cells []string) { text.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head)
	text.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return text.String()
}
