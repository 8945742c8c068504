package report_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

func TestNumbersHaveThreeDigits(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.0425: "0.0425", 1.5: "1.50", 9.996: "10.0", 16.66: "16.7", 999.6: "1,000", 12_345: "12,300",
		1_234_567: "1,230,000",
		-1234:     "-1,230", math.Inf(1): "0",
	} {
		require.Equal(t, want, report.Round(v), v)
	}
	require.Equal(t, "0.043", report.Digits(0.0425, 2))
}

func TestNumbers(t *testing.T) {
	require.Equal(t, "300", report.Count(300))
	require.Equal(t, "1,000", report.Count(1000))
	require.Equal(t, "1,000,000", report.Count(1_000_000))
	require.Equal(t, "0", report.Plain(0))
	require.Equal(t, "0.02", report.Plain(0.021))
	require.Equal(t, "1,955", report.Plain(1955.05))
	require.Equal(t, "1 core", report.Plural(1, "core"))
	require.Equal(t, "4 cores", report.Plural(4, "core"))
	require.Equal(t, "1.35", report.Ratio(1.351))
	require.Equal(t, "96 %", report.Percent(0.958))
}

func TestUnits(t *testing.T) {
	for ns, want := range map[float64]string{
		0.5: "0.500 ns", 9.994: "9.99 ns", 99.96: "100 ns", 612.3: "612 ns", 999.6: "1.00 µs", 12_345: "12.3 µs",
		250e3: "250 µs",
		5e6:   "5.00 ms", 2.5e9: "2.50 s", 18e9: "18.0 s", 180e9: "3.00 min",
	} {
		require.Equal(t, want, report.Span(ns), ns)
	}
	require.Equal(t, "195 B", report.Size(195))
	require.Equal(t, "7.04 kB", report.Size(7040))
	require.Equal(t, "4.64 GB", report.Size(4.64e9))
}

func TestMedianAndQuantile(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{5, 1, 3}, 3},
		{[]float64{4, 1, 3, 2}, 2.5},
	} {
		require.Equal(t, test.want, report.Median(test.values), test.values)
	}
	require.True(t, math.IsNaN(report.Median(nil)))
	values := []float64{10, 0, 20, 30, 40}
	for q, want := range map[float64]float64{0: 0, 0.25: 10, 0.35: 14, 1: 40} {
		require.Equal(t, want, report.Quantile(values, q))
	}
	require.Equal(t, []float64{10, 0, 20, 30, 40}, values, "the values keep their order")
}

func TestTable(t *testing.T) {
	require.Equal(t, "| a | b | c |\n|---|---:|---:|\n| 1 | 2 | 3 |\n",
		report.Table([]string{"a", "b", "c"}, [][]string{{"1", "2", "3"}}))
}

func TestSettings(t *testing.T) {
	parse := func(args ...string) (report.Settings, error) {
		s := report.Settings{Tokens: 1_000_000, Rounds: 10, Time: time.Second}
		flags := flag.NewFlagSet("test", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		return s, s.Parse(flags, args, report.Settings{Tokens: 2000, Rounds: 1, Time: time.Millisecond})
	}
	s, err := parse()
	require.NoError(t, err)
	require.Equal(t, report.Settings{Out: report.Folder, Tokens: 1_000_000, Rounds: 10, Time: time.Second}, s)
	s, err = parse("-quick")
	require.NoError(t, err)
	require.Equal(t, report.Settings{Quick: true, Tokens: 2000, Rounds: 1, Time: time.Millisecond}, s,
		"it writes nothing")
	s, err = parse("-quick", "-tokens", "5000", "-time", "2s", "-out", "here")
	require.NoError(t, err)
	require.Equal(t, report.Settings{Quick: true, Out: "here", Tokens: 5000, Rounds: 1, Time: 2 * time.Second}, s)
	for _, args := range [][]string{{"-rounds", "0"}, {"-time", "0s"}, {"-tokens", "1500"}, {"-tokens", "0"},
		{"more"}, {"-what"}} {
		_, err := parse(args...)
		require.Error(t, err, args)
	}
}

func TestChart(t *testing.T) {
	svg := report.Chart([]report.Panel{
		{Title: "Bars <&>", Bars: []report.Bar{{Label: "one", Value: 612, Color: "#000"},
			{Label: "two", Value: 1234, Color: "#000"}}},
		{Title: "Nothing"},
		{Title: "Lines", X: []string{"a", "b"}, Lines: []report.Line{{Label: "up", Values: []float64{95, 7}}}},
		{Title: "Decades", X: []string{"a", "b"}, Log: true,
			Lines: []report.Line{{Label: "down", Values: []float64{0.5, 1200}}}},
		{Title: "Flat", X: []string{"a"}, Log: true, Lines: []report.Line{{Label: "flat", Values: []float64{1}}}},
	})
	requireXML(t, svg)
	for _, text := range []string{"Bars &lt;&amp;&gt;", "612", "1,230", "Decades", "0.1", "10,000", ">100<", ">80<"} {
		require.Contains(t, svg, text)
	}
	require.NotContains(t, svg, "Nothing")
	require.NotContains(t, svg, "NaN")
	require.NotContains(t, svg, "Inf")
}

func requireXML(t *testing.T, document string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(document))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
	}
}

func document(blocks ...report.Block) report.Document {
	return report.Document{Name: "test", Blocks: blocks}
}

func TestBlocksAreReplaced(t *testing.T) {
	one, two := report.Block{Name: "one", Text: "1\n"}, report.Block{Name: "two", Text: "2\n"}
	text := func(first, second report.Block) string {
		return "# Title\n\n" + document(first).String() + "\nprose\n\n" + document(second).String() + "\nthe end\n"
	}
	eins, zwei := report.Block{Name: "one", Text: "eins\n"}, report.Block{Name: "two", Text: "zwei\n"}
	replaced, err := document(zwei, eins).Replace(text(one, two))
	require.NoError(t, err)
	require.Equal(t, text(eins, zwei), replaced)
	replaced, err = document(one, two).Replace(replaced)
	require.NoError(t, err)
	require.Equal(t, text(one, two), replaced)
}

func TestDocumentWithoutAPlaceIsRefused(t *testing.T) {
	d := document(report.Block{Name: "one", Text: "1\n"})
	begin, end, _ := strings.Cut(d.String(), "1\n")
	for _, text := range []string{"", "# Title\n", begin, end} {
		_, err := d.Replace(text)
		require.ErrorContains(t, err, `"one"`)
	}
}

func TestSaveMakesADocumentThatIsRefreshed(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "docs")
	require.NoError(t, document(report.Block{Name: "one", Text: "first\n"}).Save(folder))
	file := filepath.Join(folder, "test.md")
	first, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append([]byte("# Title\n\n"), first...), 0o600))
	require.NoError(t, document(report.Block{Name: "one", Text: "second\n"}).Save(folder))
	second, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "# Title\n\n"+strings.Replace(string(first), "first", "second", 1), string(second))
	chart, err := os.ReadFile(filepath.Join(folder, "images", "test.svg"))
	require.NoError(t, err)
	requireXML(t, string(chart))
}
