package transferable_test

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/hostcmd"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// A shop is a backend on SQLite with its commands and its remote end.
type shop struct {
	t    *testing.T
	db   *sql.DB
	data *sqldata.Instance
	host hostcmd.Host
	url  string
}

// newShop returns a shop whose articles have the given titles, each with a picture that has the title as its bytes.
// titleRule is the rule of the column title.
func newShop(t *testing.T, titleRule string, titles ...string) *shop {
	t.Helper()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "shop.db")+
		"?_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s := &shop{t: t, db: db}
	s.exec(`CREATE TABLE files (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, hash TEXT, mime TEXT, size REAL, url TEXT)`)
	s.exec(`CREATE TABLE articles (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT ` + titleRule + `,
		picture_id INTEGER NOT NULL REFERENCES files)`)
	s.exec(`CREATE TABLE sessions (id INTEGER PRIMARY KEY, name TEXT)`)
	s.exec(`INSERT INTO sessions VALUES (1, ?)`, strings.Join(titles, " and "))

	s.data, err = sqldata.New(db, sqldata.SQLite, sqldata.Config{
		Files: &sqldata.Files{Dir: dir},
		Tables: []sqldata.Table{
			{Type: "api::article.article", Name: "articles", Columns: []sqldata.Column{
				{Attribute: "title", Type: "string"},
			}, Links: []sqldata.Link{
				{Attribute: "picture", Target: datatransfer.TypeFile, Column: "picture_id", Required: true},
			}},
			{Type: datatransfer.TypeFile, Name: "files", Columns: []sqldata.Column{
				{Attribute: "name", Type: "string"}, {Attribute: "hash", Type: "string"}, {Attribute: "mime", Type: "string"},
				{Attribute: "size", Type: "float"}, {Attribute: "url", Type: "string"},
			}},
		},
	})
	require.NoError(t, err)
	require.NoError(t, s.data.Migrate(t.Context()))
	folder, err := s.data.Folder(t.Context(), db)
	require.NoError(t, err)
	for i, title := range titles {
		hash := strings.Repeat("x", i+1)
		s.exec(`INSERT INTO files (name, hash, mime, size, url) VALUES ('p', ?, 'text/plain', 0.01, '/p')`, hash)
		s.exec(`INSERT INTO articles (title, picture_id) VALUES (?, (SELECT max(id) FROM files))`, title)
		require.NoError(t, os.WriteFile(filepath.Join(folder, hash), []byte(title), 0o600))
	}

	store, err := sqlstore.New(db, sqlstore.SQLite, nil)
	require.NoError(t, err)
	require.NoError(t, store.Migrate(t.Context()))
	tokens, err := transfertoken.New(store, transfertoken.GenerateSalt(), nil)
	require.NoError(t, err)
	handler, err := remote.NewHandler(tokens, &remote.HandlerOptions{Source: s.data.Source, Destination: s.data.Destination})
	require.NoError(t, err)
	server := httptest.NewServer(http.StripPrefix("/admin", handler))
	t.Cleanup(server.Close)
	s.url = server.URL + "/admin"
	s.host = hostcmd.Host{
		Source: s.data.Source, Destination: s.data.Destination,
		Tokens: func(context.Context) (*transfertoken.TokenService, error) { return tokens, nil },
	}
	return s
}

func (s *shop) exec(query string, args ...any) {
	s.t.Helper()
	_, err := s.db.ExecContext(s.t.Context(), query, args...)
	require.NoError(s.t, err)
}

// run runs a command line of the shop and returns its exit code, stdout and stderr.
func (s *shop) run(args ...string) (int, string, string) {
	s.t.Helper()
	root := &cobra.Command{Use: "shop"}
	root.AddCommand(hostcmd.New(s.host)...)
	root.SetArgs(args)
	var stdout, stderr bytes.Buffer
	root.SetIn(strings.NewReader(""))
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	return hostcmd.Run(s.t.Context(), root), stdout.String(), stderr.String()
}

func (s *shop) succeed(args ...string) string {
	s.t.Helper()
	code, stdout, stderr := s.run(args...)
	require.Zero(s.t, code, stderr)
	return stdout
}

// newToken makes a token and returns a file with its secret.
func (s *shop) newToken(permissions string) string {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "token")
	secret := s.succeed("tokens", "create", permissions, "--permissions", permissions, "--lifespan", "7d")
	require.NoError(s.t, os.WriteFile(file, []byte(secret), 0o600))
	return file
}

// requireArticles requires that the shop has these articles and pictures, and still its own session.
func (s *shop) requireArticles(session string, titles ...string) {
	s.t.Helper()
	rows, err := s.db.QueryContext(s.t.Context(),
		`SELECT title, hash FROM articles JOIN files ON files.id = picture_id ORDER BY articles.id`)
	require.NoError(s.t, err)
	defer rows.Close()
	var got []string
	for rows.Next() {
		var title, hash string
		require.NoError(s.t, rows.Scan(&title, &hash))
		got = append(got, title)
		picture, err := s.data.OpenFile(s.t.Context(), hash)
		require.NoError(s.t, err)
		content, err := io.ReadAll(picture)
		require.NoError(s.t, err)
		require.NoError(s.t, picture.Close())
		require.Equal(s.t, title, string(content), "the picture of the article")
	}
	require.NoError(s.t, rows.Err())
	require.Equal(s.t, titles, got)
	var name string
	require.NoError(s.t, s.db.QueryRowContext(s.t.Context(), `SELECT name FROM sessions`).Scan(&name))
	require.Equal(s.t, session, name)
}

func TestTwoBackendsTransferTheirTablesByCommand(t *testing.T) {
	from, to := newShop(t, "", "tea", "cups"), newShop(t, "", "coffee")
	push := to.newToken("push")
	from.succeed("transfer", "--to", to.url, "--to-token-file", push, "--force")
	to.requireArticles("coffee", "tea", "cups")

	third := newShop(t, "", "water")
	third.succeed("transfer", "--from", to.url, "--from-token-file", to.newToken("pull"), "--force")
	third.requireArticles("water", "tea", "cups")

	to.succeed("tokens", "delete", "push", "--force")
	other := newShop(t, "", "wine")
	code, _, stderr := other.run("transfer", "--to", to.url, "--to-token-file", push, "--force")
	require.Equal(t, 4, code)
	require.Contains(t, stderr, "the remote does not accept the token")
	to.requireArticles("coffee", "tea", "cups")
}

func TestAnArchiveMovesTablesBetweenBackends(t *testing.T) {
	from, to := newShop(t, "", "tea", "cups"), newShop(t, "", "coffee")
	base := filepath.Join(t.TempDir(), "backup")
	from.succeed("export", "--no-encrypt", "--file", base)
	to.succeed("import", "--file", base+".tar.gz", "--force")
	to.requireArticles("coffee", "tea", "cups")
	from.requireArticles("tea and cups", "tea", "cups")
}

func TestDataThatTheTablesRefuseChangesNothing(t *testing.T) {
	from, to := newShop(t, "", "tea", "tea"), newShop(t, "UNIQUE", "coffee")
	base := filepath.Join(t.TempDir(), "backup")
	from.succeed("export", "--no-encrypt", "--file", base)
	code, stdout, stderr := to.run("import", "--file", base+".tar.gz", "--force")
	require.Equal(t, 1, code, stderr)
	require.Empty(t, stdout)
	require.NotContains(t, stderr, "tea")
	to.requireArticles("coffee", "coffee")

	code, _, stderr = from.run("transfer", "--to", to.url, "--to-token-file", to.newToken("push"), "--force")
	require.Equal(t, 4, code, stderr)
	to.requireArticles("coffee", "coffee")

	code, _, stderr = to.run("transfer", "--from", from.url, "--from-token-file", from.newToken("pull"), "--force")
	require.Equal(t, 1, code, stderr)
	require.NotContains(t, stderr, "127.0.0.1:", "it is not the fault of the remote")
	to.requireArticles("coffee", "coffee")
}
