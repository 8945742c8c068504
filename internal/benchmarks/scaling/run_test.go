package main

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
)

func TestMain(m *testing.M) {
	if text := os.Getenv(jobVariable); text != "" {
		runInstance(text)
		return
	}
	os.Exit(m.Run())
}

func quick(t *testing.T, args ...string) settings {
	t.Helper()
	if os.Getenv(postgresVariable) == "" {
		t.Skip(postgresVariable + " is not set")
	}
	s, err := parseSettings(append([]string{"-quick"}, args...), t.Output())
	require.NoError(t, err)
	return s
}

// progress passes on what the program says of its progress, and keeps the name
// of the table.
type progress struct {
	table  string
	onLine func(string)
}

func (w *progress) Write(text []byte) (int, error) {
	if rest, found := strings.CutPrefix(string(text), "filling "); found {
		w.table, _, _ = strings.Cut(rest, " ")
	}
	w.onLine(string(text))
	return len(text), nil
}

func requireNoTable(t *testing.T, s settings, table string) {
	t.Helper()
	require.NotEmpty(t, table)
	db, err := sql.Open("pgx", s.dsn)
	require.NoError(t, err)
	defer db.Close()
	var n int
	query := "SELECT count(*) FROM pg_tables WHERE starts_with(tablename, $1)"
	require.NoError(t, db.QueryRowContext(t.Context(), query, table).Scan(&n))
	require.Zero(t, n)
	require.NoError(t, db.QueryRowContext(t.Context(),
		"SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", table).Scan(&n))
	require.Zero(t, n, "connections of instances are left")
}

func TestQuickRunMeasuresEverything(t *testing.T) {
	s := quick(t)
	require.Empty(t, s.Out, "it must not write into the repository")
	w := progress{onLine: func(string) {}}
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), s, &out, &w))
	for _, workload := range workloads {
		require.Contains(t, out.String(), "| "+workload.name+" |")
	}
	require.NotContains(t, out.String(), "NaN")
	requireNoTable(t, s, w.table)
}

func TestInterruptedRunDropsItsTable(t *testing.T) {
	for _, at := range []string{"filling", "round 1"} {
		t.Run(at, func(t *testing.T) {
			s := quick(t)
			ctx, cancel := context.WithCancel(t.Context())
			w := progress{onLine: func(line string) {
				if strings.HasPrefix(line, at) {
					cancel()
				}
			}}
			require.Error(t, run(ctx, s, io.Discard, &w))
			require.ErrorIs(t, ctx.Err(), context.Canceled)
			requireNoTable(t, s, w.table)
		})
	}
}

// The document in the repository has a place for every block.
func TestDocumentHasAllBlocks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", report.Folder, "scaling.md"))
	require.NoError(t, err)
	_, err = sample().document().Replace(string(text))
	require.NoError(t, err)
}
