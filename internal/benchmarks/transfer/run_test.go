package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(jobVariable); text != "" {
		runJob(text)
		return
	}
	os.Exit(m.Run())
}

func TestQuickRunMeasuresEverything(t *testing.T) {
	s, err := parseSettings([]string{"-quick"}, t.Output())
	require.NoError(t, err)
	require.Empty(t, s.out, "it must not write into the repository")
	t.Setenv("TMPDIR", t.TempDir())
	r, err := measure(t.Context(), s, t.Logf)
	require.NoError(t, err)
	require.Len(t, r.copies, 1)
	require.Positive(t, r.copies[0])
	for _, v := range append(r.push, r.pull...) {
		require.Positive(t, min(v.files, v.entities, v.links))
	}
	require.Len(t, r.archives, 1)
	v := r.archives[0]
	require.Positive(t, min(v.write, v.tar, v.compress, v.gzip, v.read, v.records, v.recovered))
	require.Len(t, r.memory, 4)
	for _, m := range r.memory {
		require.Positive(t, m.perSecond)
		if runtime.GOOS == "linux" {
			require.Positive(t, min(m.client, m.server))
		}
	}
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestFailureOfAProcessIsReported lets a client find no server, and a server no folder.
func TestFailureOfAProcessIsReported(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	_, _, err := runPair(t.Context(), job{Role: serve, Folder: missing}, job{Role: push})
	require.ErrorContains(t, err, "a process failed")
	_, _, err = runPair(t.Context(), job{Role: receiveCopy, Folder: missing}, job{Role: push})
	require.ErrorContains(t, err, "a process failed")
}

func TestSettings(t *testing.T) {
	s, err := parseSettings([]string{"-large", "3MiB", "-out", "x"}, t.Output())
	require.NoError(t, err)
	require.Equal(t, int64(3<<20), s.large)
	for _, args := range [][]string{{"-large", "3"}, {"-large", "-1GiB"}, {"-rounds", "0"}, {"-files", "0"}, {"more"}} {
		_, err := parseSettings(args, t.Output())
		require.Error(t, err, args)
	}
}

// known are results with numbers that are easy to tell apart.
func known(strapi *rates) *results {
	return &results{
		settings: settings{rounds: 3, records: 5000, files: 32, large: 1 << 30, many: 1_000_000},
		copies:   []float64{100, 200, 400},
		push:     []rates{{50, 1000, 2000}, {60, 1100, 2100}, {80, 1200, 2200}},
		pull:     []rates{{10, 300, 400}, {20, 310, 410}, {40, 320, 420}},
		strapi:   strapi,
		archives: []archiveRates{{60, 100, 9, 10, 80, 90_000, 91_000}},
		memory:   []memoryUse{{push, false, 70, 10 << 20, 70 << 20}, {pull, true, 80, 20 << 20, -1}},
	}
}

func TestReportComparesWithinARun(t *testing.T) {
	text := known(&rates{20, 50, 110}).document().String()
	for _, row := range []string{
		"| files of a push, in plain copies | ≥ 0.25 | 0.30 | yes |",
		"| files of a pull, in plain copies | ≥ 0.25 | 0.10 | **no** |",
		"| files of a push, in pushes of Strapi | ≥ 5 | 3.00 | **no** |",
		"| records of a push, entities and as many links, in pushes of Strapi | ≥ 20 | 21.00 | yes |",
		"| entities alone | – | 22.00 | – |",
		"| links alone | – | 19.09 | – |",
		"| files into an archive, in `tar -c` into a pipe | ≥ 0.5 | 0.60 | yes |",
		"| files into a compressed archive, in `tar -c \\| gzip -6` into a pipe | ≥ 0.8 | 0.90 | yes |",
		"| memory of the client above its start, a push of 1.07 GB of files, MiB | ≤ 64 | 10.00 | yes |",
		"| memory of the server above its start, a push of 1.07 GB of files, MiB | ≤ 64 | 70.00 | **no** |",
		"| memory of the client above its start, a pull of 1,000,000 records, MiB | ≤ 64 | 20.00 | yes |",
		"| plain copy | 200 | – | – |",
		"| push, Go to Go | 60.0 | 1,100 | 2,100 |",
		"| archive, checked and read | 80.0 |",
		"| archive, checked and read | 91,000 |",
		"| a pull of 1,000,000 records | 80.0 records/s | 20.0 MiB | – |",
	} {
		require.Contains(t, text, row+"\n")
	}
	require.NotContains(t, text, "left out")
	text = known(nil).document().String()
	require.Contains(t, text, "The pair of Strapi instances was left out")
	require.NotContains(t, text, "pushes of Strapi")
}

func TestMetricsOfStrapiAreRead(t *testing.T) {
	r, err := parseStrapi("goos: linux\nBenchmarkStrapiToStrapi-2  1  9 ns/op  21.5 files-MB/s  746 entities/s  4750 links/s\nok")
	require.NoError(t, err)
	require.Equal(t, rates{21.5, 746, 4750}, r)
	_, err = parseStrapi("PASS\nok")
	require.Error(t, err)
}

// The document in the repository has a place for the block.
func TestDocumentHasAllBlocks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", report.Folder, "speed.md"))
	require.NoError(t, err)
	replaced, err := known(nil).document().Replace(string(text))
	require.NoError(t, err)
	require.True(t, bytes.Contains([]byte(replaced), []byte("| plain copy | 200 | – | – |")))
}
