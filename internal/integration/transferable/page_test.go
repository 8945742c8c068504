package transferable_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"flag"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
)

const page = "../../../docs/transferable.md"

var update = flag.Bool("update", false, "write what the commands print into the page")

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	return string(text)
}

func TestThePageShowsTheWholeProgram(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readPage(t), -1)
	require.Len(t, blocks, 2)
	for i, name := range []string{"transfer.go", "main.go"} {
		code, err := os.ReadFile(filepath.Join("blog", name))
		require.NoError(t, err)
		require.Equal(t, string(code), blocks[i][1], name)
	}
}

// commandAndOutput matches a block of commands and the block with their output.
var commandAndOutput = regexp.MustCompile("(?ms)^```sh\n(.*?)^```\n\n```\n(.*?)^```$")

// changing matches the parts of the output that differ from run to run.
var changing = regexp.MustCompile(`in [0-9.]+(µs|ms|s)\b|on 20\d\d-\d\d-\d\d \d\d:\d\d UTC`)

// The commands run in one shell. -update writes their output into the page.
func TestTheCommandsPrintWhatThePageSays(t *testing.T) {
	dsn := os.Getenv("TRANSFERTOKEN_TEST_POSTGRES")
	if dsn == "" {
		t.Skip("TRANSFERTOKEN_TEST_POSTGRES is not set")
	}
	text := readPage(t)
	blocks := commandAndOutput.FindAllStringSubmatch(text, -1)
	require.Len(t, blocks, strings.Count(text, "```sh\n"), "a block of commands without its output")

	dir := t.TempDir()
	runGo(t, "build", "-o", filepath.Join(dir, "blog"), "./blog")
	address := freeAddress(t)
	script := "set -m\nexec 2>&1\nexport TRANSFER_TOKEN_SALT=" + rand.Text() + rand.Text() + " ADDR=" + address + "\n"
	for _, instance := range []string{"production", "staging"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, instance), 0o700))
		function := instance + `() { DATABASE_URL=postgres://localhost/` + instance + ` UPLOADS=` + instance + ` ./blog "$@"; }`
		require.Contains(t, text, "    "+function+"\n")
		database := "'" + newDatabase(t, dsn) + "'"
		script += strings.Replace(function, "postgres://localhost/"+instance, database, 1) + "\n"
	}

	const serve = "production serve &\n"
	require.Contains(t, text, "    "+serve)
	script += "trap 'kill %1' EXIT\n" + serve +
		"until (: </dev/tcp/" + strings.Replace(address, ":", "/", 1) + ") 2>/dev/null; do kill -0 %1 || exit; done\n"
	const end = "--- end of the block ---\n"
	for _, block := range blocks {
		script += "echo '" + strings.TrimSpace(end) + "'\n" + strings.ReplaceAll(block[1], "127.0.0.1:8080", address)
	}
	shell := exec.CommandContext(t.Context(), "bash", "-u", "-c", script)
	shell.Dir = dir
	printed, err := shell.Output()
	require.NoError(t, err, string(printed))
	outputs := strings.Split(strings.ReplaceAll(string(printed), address, "127.0.0.1:8080"), end)[1:]
	require.Len(t, outputs, len(blocks), string(printed))

	if *update {
		i := 0
		changed := commandAndOutput.ReplaceAllStringFunc(text, func(string) string {
			block := "```sh\n" + blocks[i][1] + "```\n\n```\n" + outputs[i] + "```"
			i++
			return block
		})
		require.NoError(t, os.WriteFile(page, []byte(changed), 0o666))
		return
	}
	for i, block := range blocks {
		require.Equal(t, changing.ReplaceAllString(block[2], "CHANGING"), changing.ReplaceAllString(outputs[i], "CHANGING"), block[1])
	}
}

func runGo(t *testing.T, args ...string) {
	t.Helper()
	printed, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	require.NoError(t, err, string(printed))
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

// newDatabase returns the data source name of a schema of its own, which stands for a database.
func newDatabase(t *testing.T, dsn string) string {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	schema := "transferable_" + strings.ToLower(rand.Text()[:8])
	_, err = db.ExecContext(t.Context(), "CREATE SCHEMA "+schema)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.ExecContext(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
		require.NoError(t, err)
		require.NoError(t, db.Close())
	})
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return u.String()
}
