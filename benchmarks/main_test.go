package main

import (
	"context"
	"database/sql"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
	if os.Getenv(postgresVariable) != "" && os.Getenv(mysqlVariable) != "" {
		require.NotContains(t, tables, "not run")
	}
	page, err := os.ReadFile(filepath.Join(out, "speed.md"))
	require.NoError(t, err)
	require.Contains(t, string(page), tables)
	chart, err := os.ReadFile(filepath.Join(out, "images", "speed.svg"))
	require.NoError(t, err)
	requireXML(t, chart)
	require.Equal(t, strings.Count(string(chart), "<text "), strings.Count(string(chart), "<text textLength="))
}

func requireXML(t *testing.T, document []byte) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(string(document)))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
	}
}

func TestServersThatDoNotAnswer(t *testing.T) {
	t.Setenv(postgresVariable, "postgres://root@127.0.0.1:1/test?sslmode=disable")
	t.Setenv(mysqlVariable, "")
	var stdout strings.Builder
	require.NoError(t, run(t.Context(), []string{"-quick", "-only", "postgres|mysql"}, &stdout, io.Discard))
	for title, reason := range map[string]string{postgresTitle: "failed to connect", mysqlTitle: mysqlVariable + " is not set"} {
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
	for _, b := range backends() {
		t.Run(b.name, func(t *testing.T) {
			before := leftBehind(t, b)
			ctx, cancel := context.WithCancel(t.Context())
			var stdout strings.Builder
			err := run(ctx, []string{"-quick", "-only", "^" + b.name + "$"}, &stdout, interrupter{cancel})
			if ctx.Err() == nil {
				require.Contains(t, stdout.String(), "not run")
				return
			}
			require.ErrorIs(t, err, context.Canceled)
			require.Empty(t, stdout.String())
			require.Equal(t, before, leftBehind(t, b))
		})
	}
}

// leftBehind counts the tables or folders of runs.
func leftBehind(t *testing.T, b backend) (n int) {
	t.Helper()
	if _, err := b.probe(t.Context()); err != nil {
		return 0
	}
	if b.dialect == sqlstore.SQLite {
		folders, err := filepath.Glob(filepath.Join(os.TempDir(), folderPattern))
		require.NoError(t, err)
		return len(folders)
	}
	db, err := sql.Open(b.driver, b.dsn)
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.tables WHERE table_name LIKE '"+tablePrefix+"%'").Scan(&n))
	return n
}

func TestSettings(t *testing.T) {
	parse := func(args ...string) (*settings, error) { return parseSettings(args, io.Discard) }

	s, err := parse()
	require.NoError(t, err)
	require.Equal(t, 10, s.rounds)
	require.Equal(t, time.Second, s.time)
	require.Equal(t, 1_000_000, s.big)
	require.Equal(t, defaultOut, s.out)
	require.True(t, s.wants("memory"))

	s, err = parse("-only", "^memory$/fosite")
	require.NoError(t, err)
	require.Empty(t, s.out)
	require.True(t, s.wants("memory"))
	require.False(t, s.wants("cores"))
	require.True(t, s.series.MatchString(fositeKey.String()))
	require.False(t, s.series.MatchString(jwtKey.String()))

	for _, args := range [][]string{{"-rounds", "0"}, {"-time", "0s"}, {"-tokens", "1500"}, {"-tokens", "1000"}, {"-only", "("}, {"-only", "a/("}, {"more"}} {
		_, err := parse(args...)
		require.Error(t, err, args)
	}
}
