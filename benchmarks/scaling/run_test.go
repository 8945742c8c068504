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
)

func quick(t *testing.T, args ...string) settings {
	t.Helper()
	if os.Getenv(postgresVariable) == "" {
		t.Skip(postgresVariable + " is not set")
	}
	s, err := parseSettings(append([]string{"-quick"}, args...), t.Output())
	require.NoError(t, err)
	return s
}

// watcher passes on what the program says of its progress, and keeps the name
// of the table.
type watcher struct {
	table  string
	onLine func(string)
}

func (w *watcher) Write(text []byte) (int, error) {
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
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", table).Scan(&n))
	require.Zero(t, n, "connections of instances are left")
}

func TestQuickRunMeasuresEverything(t *testing.T) {
	s := quick(t)
	require.Empty(t, s.out, "it must not write into the repository")
	w := watcher{onLine: func(string) {}}
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
			w := watcher{onLine: func(line string) {
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

func TestOutMakesADocumentThatIsRefreshed(t *testing.T) {
	folder := t.TempDir()
	r := sample()
	require.NoError(t, r.save(folder))
	file := filepath.Join(folder, "scaling.md")
	first, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append([]byte("# Title\n\n"), first...), 0o600))
	r.machine.postgres = "99.9"
	require.NoError(t, r.save(folder))
	second, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "# Title\n\n"+strings.Replace(string(first), "PostgreSQL 15.1", "PostgreSQL 99.9", 1), string(second))
	chart, err := os.ReadFile(filepath.Join(folder, "images", "scaling.svg"))
	require.NoError(t, err)
	for _, workload := range workloads {
		require.Contains(t, string(chart), ">"+workload.short+"<")
	}
}

// The document in the repository has a place for every block.
func TestDocumentHasAllBlocks(t *testing.T) {
	text, err := os.ReadFile("../../docs/scaling.md")
	require.NoError(t, err)
	_, err = replace(string(text), sample().blocks())
	require.NoError(t, err)
}
