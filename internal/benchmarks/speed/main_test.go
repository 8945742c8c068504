package main

import (
	"context"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/benchmarks/report"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

func TestEverything(t *testing.T) {
	out := t.TempDir()
	var stdout strings.Builder
	require.NoError(t, run(t.Context(), []string{"-quick", "-out", out}, &stdout, t.Output()))
	tables := stdout.String()
	for _, want := range []string{
		"| Authorize on a MemoryStore, in floors, 1,000 tokens | ≤ 1.30 |",
		"| heap of a MemoryStore, bytes per token, 2,000 tokens | ≤ 700 |",
		"| SQLite, modernc: a page of 100, 2,000 tokens | ≤ 5.00 ms |",
		"| fosite, HMACStrategy.Validate, SHA-512/256 |",
		"| golang-jwt, ParseWithClaims, HS512 |",
		"| empty handler behind httpauth.Require | 1,000 |",
	} {
		require.Contains(t, tables, want)
	}
	if os.Getenv("TRANSFERTOKEN_TEST_POSTGRES") != "" && os.Getenv("TRANSFERTOKEN_TEST_MYSQL") != "" {
		require.NotContains(t, tables, "not run")
	}
	page, err := os.ReadFile(filepath.Join(out, "speed.md"))
	require.NoError(t, err)
	require.Contains(t, string(page), tables)
	chart, err := os.ReadFile(filepath.Join(out, "images", "speed.svg"))
	require.NoError(t, err)
	for _, text := range []string{"A check in memory", "A check with a database",
		"SQLite, modernc: SELECT, 1,000 tokens", "golang-jwt"} {
		require.Contains(t, string(chart), text)
	}
}

// The document in the repository has a place for every block.
func TestDocumentHasAllBlocks(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", report.Folder, "speed.md"))
	require.NoError(t, err)
	s, err := parseSettings(nil, io.Discard)
	require.NoError(t, err)
	_, err = (&bench{settings: s}).document().Replace(string(text))
	require.NoError(t, err)
}

func TestServersThatDoNotAnswer(t *testing.T) {
	t.Setenv("TRANSFERTOKEN_TEST_POSTGRES", "postgres://root@127.0.0.1:1/test?sslmode=disable")
	t.Setenv("TRANSFERTOKEN_TEST_MYSQL", "")
	var stdout strings.Builder
	require.NoError(t, run(t.Context(), []string{"-quick", "-only", "postgres|mysql"}, &stdout, io.Discard))
	for title, reason := range map[string]string{postgresTitle: "failed to connect",
		mysqlTitle: "TRANSFERTOKEN_TEST_MYSQL is not set"} {
		require.Contains(t, stdout.String(), "| "+title+" |  | not run |  |  |\n")
		require.Contains(t, stdout.String(), "## "+title+"\n\nnot run: "+reason)
	}
}

// interrupter ends a context when it is told of the first round.
type interrupter struct{ cancel context.CancelFunc }

func (i interrupter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "round 1") {
		i.cancel()
	}
	return len(p), nil
}

func TestInterrupt(t *testing.T) {
	for _, d := range databases() {
		t.Run(d.name, func(t *testing.T) {
			before := leftBehind(t, d)
			ctx, cancel := context.WithCancel(t.Context())
			var stdout strings.Builder
			err := run(ctx, []string{"-quick", "-only", "^" + d.name + "$"}, &stdout, interrupter{cancel})
			if ctx.Err() == nil {
				require.Contains(t, stdout.String(), "not run")
				return
			}
			require.ErrorIs(t, err, context.Canceled)
			require.Empty(t, stdout.String())
			require.Equal(t, before, leftBehind(t, d))
		})
	}
}

// leftBehind counts the tables or folders of runs.
func leftBehind(t *testing.T, d database) (n int) {
	t.Helper()
	if _, err := d.probe(t.Context()); err != nil {
		return 0
	}
	if d.dialect == sqlstore.SQLite {
		folders, err := filepath.Glob(filepath.Join(os.TempDir(), folderPattern))
		require.NoError(t, err)
		return len(folders)
	}
	db, err := sql.Open(d.driver, os.Getenv(d.variable))
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.QueryRowContext(t.Context(),
		"SELECT COUNT(*) FROM information_schema.tables WHERE table_name LIKE '"+tablePrefix+"%'").Scan(&n))
	return n
}

func TestOnlyChoosesGroupsAndSeries(t *testing.T) {
	s, err := parseSettings(nil, io.Discard)
	require.NoError(t, err)
	require.Equal(t, report.Folder, s.Out)
	require.True(t, s.group.MatchString("memory"))
	s, err = parseSettings([]string{"-only", "^memory$/fosite"}, io.Discard)
	require.NoError(t, err)
	require.Empty(t, s.Out)
	require.True(t, s.group.MatchString("memory"))
	require.False(t, s.group.MatchString("cores"))
	require.True(t, s.series.MatchString(fositeKey.String()))
	require.False(t, s.series.MatchString(jwtKey.String()))
	for _, args := range [][]string{{"-tokens", "1000"}, {"-only", "("}, {"-only", "a/("}} {
		_, err := parseSettings(args, io.Discard)
		require.Error(t, err, args)
	}
}
