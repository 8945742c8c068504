package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpan(t *testing.T) {
	for ns, want := range map[float64]string{
		0.5: "0.50 ns", 9.994: "9.99 ns", 9.996: "10.0 ns", 99.96: "100 ns", 612.3: "612 ns",
		999.6: "1.00 µs", 12_345: "12.3 µs", 250e3: "250 µs", 5e6: "5.00 ms", 2.5e9: "2.50 s",
	} {
		require.Equal(t, want, span(ns), ns)
	}
}

func TestNumbers(t *testing.T) {
	require.Equal(t, "300", count(300))
	require.Equal(t, "1,000", count(1000))
	require.Equal(t, "1,000,000", count(1_000_000))
	require.Equal(t, "0", plain(0))
	require.Equal(t, "0.02", plain(0.021))
	require.Equal(t, "1,955", plain(1955.05))
	require.Equal(t, "1 core", plural(1, "core"))
	require.Equal(t, "4 cores", plural(4, "core"))
}

func TestRoundTicks(t *testing.T) {
	for limit, want := range map[float64][]string{
		8000: {"0", "1,000", "2,000", "3,000", "4,000", "5,000", "6,000", "7,000", "8,000"},
		95:   {"0", "20", "40", "60", "80"},
		1.5:  {"0", "0.2", "0.4", "0.6", "0.8", "1", "1.2", "1.4"},
	} {
		var labels []string
		for _, tick := range roundTicks(limit, 8) {
			labels = append(labels, tick.Label)
		}
		require.Equal(t, want, labels, limit)
	}
}

func TestSectionTable(t *testing.T) {
	r := results{
		floorKey(1000):            {rounds: []float64{500, 600, 700}},
		memoryKey(accepted, 1000): {rounds: []float64{600, 720, 910}, allocations: 2},
	}
	s := section{title: "In memory", relation: "× floor", relate: timesKey(floorKey(1000)), keys: []key{floorKey(1000), memoryKey(accepted, 1000)}}
	require.Equal(t, `|  | tokens | median | lowest – highest round | × floor | allocations |
|---|---:|---:|---:|---:|---:|
| floor | 1,000 | 600 ns | 500 ns – 700 ns | 1.00 | 0 |
| Authorize, accepted | 1,000 | 720 ns | 600 ns – 910 ns | 1.20 | 2 |
`, s.render(r))

	s = section{keys: []key{coresKey(floorName, 0, 4)}}
	require.Equal(t, `|  | tokens | cores | median | lowest – highest round | allocations |
|---|---:|---:|---:|---:|---:|
| floor |  | 4 | 150 ns | – | 0 |
`, s.render(results{coresKey(floorName, 0, 4): {rounds: []float64{150}}}))

	s = section{notRun: "no\n\tanswer"}
	require.Equal(t, "not run: no answer\n", s.render(nil))
}

func TestWithVersions(t *testing.T) {
	versions := map[string]string{"example.org/driver": "v1.2.3"}
	require.Equal(t, "Database 5 through example.org/driver v1.2.3", withVersions("Database 5 through example.org/driver", versions))
	require.Equal(t, "example.org/driver v1.2.3", withVersions("example.org/driver", versions))
	require.Equal(t, "example.org/other", withVersions("example.org/other", versions))
}
