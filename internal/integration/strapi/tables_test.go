package strapi_test

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

// A backend with tables for articles, categories and files takes these from a Strapi, and gives
// them to another one. It has no table for the rest, and none for components. With SQLite the
// command line asks, also whether the rest may be lost; with PostgreSQL it does not.
func TestCLIAndABackendWithTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		driver  string
		dialect sqldata.Dialect
		source  func(t *testing.T) string
		asks    bool
	}{
		{"sqlite", sqldata.SQLite, func(t *testing.T) string {
			return "file:" + filepath.Join(t.TempDir(), "blog.db") +
				"?_pragma=busy_timeout(60000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)"
		}, true},
		{"pgx", sqldata.PostgreSQL, func(t *testing.T) string {
			source := os.Getenv("TRANSFERTOKEN_TEST_POSTGRES")
			if source == "" {
				t.Skip("TRANSFERTOKEN_TEST_POSTGRES is not set")
			}
			return source
		}, false},
	} {
		t.Run(string(c.dialect), func(t *testing.T) {
			data := seededData(t)
			from, to := strapi.Seeded(t), strapi.New(t)
			db, err := sql.Open(c.driver, c.source(t))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			tables := blogTables(t, db, c.dialect)
			b := &backend{}
			b.serve(t, remote.HandlerOptions{Source: tables.Source, Destination: tables.Destination})

			var result strapi.Result
			if c.asks {
				result = from.RunAsked(t, []strapi.Answer{{whichToken, b.token.Secret.Reveal()}, {replaceRemote, "y"}, {loseTypes, "y"}},
					b.toFlagsThatAsk()...)
			} else {
				result = from.RunShared(t, b.toFlags()...)
			}
			require.Zero(t, result.Code, result.Output)
			source, err := tables.Source(t.Context())
			require.NoError(t, err)
			got, err := transfertest.ReadSnapshot(t.Context(), source)
			require.NoError(t, err)
			require.NoError(t, source.Close())
			is, was := parts(t, got), parts(t, data)
			for _, part := range []string{articles, categories, fileRows, files} {
				require.NotEmpty(t, was[part], part)
				require.Equal(t, was[part], is[part], part)
			}
			require.Len(t, is, 4)
			require.Equal(t, linksOfTables(data), linksOfTables(got))

			if c.asks {
				result = to.RunAsked(t, []strapi.Answer{{whichToken, b.token.Secret.Reveal()}, {replaceLocal, "y"}, {loseTypes, "y"}},
					b.fromFlagsThatAsk("--only", "content,files")...)
			} else {
				result = to.RunShared(t, b.fromFlags("--only", "content,files")...)
			}
			require.Zero(t, result.Code, result.Output)
			want, content := strapi.SeededContent(t), to.Content(t)
			require.Equal(t, want.Uploads, content.Uploads)
			require.Equal(t, rowsOfTables(want), rowsOfTables(content))

			if c.asks {
				result = from.RunAsked(t, []strapi.Answer{{replaceRemote, "y"}, {loseTypes, "n"}},
					b.toFlagsThatAsk("--to-token", b.token.Secret.Reveal())...)
				require.Equal(t, 1, result.Code, result.Output)
				source, err = tables.Source(t.Context())
				require.NoError(t, err)
				transfertest.RequireEqual(t, got.Source(), source)
				require.NoError(t, source.Close())
			}
		})
	}
}

// blogTables makes the tables of a small blog and returns the instance over them.
func blogTables(t *testing.T, db *sql.DB, dialect sqldata.Dialect) *sqldata.Instance {
	t.Helper()
	prefix := "blog" + strings.ToLower(rand.Text()[:8]) + "_"
	kinds := strings.NewReplacer("KEY", "INTEGER PRIMARY KEY AUTOINCREMENT", "MOMENT", "DATETIME", "JSON", "TEXT")
	if dialect == sqldata.PostgreSQL {
		kinds = strings.NewReplacer("KEY", "BIGSERIAL PRIMARY KEY", "MOMENT", "TIMESTAMPTZ", "JSON", "JSONB")
	}
	const row = "id KEY, document_id TEXT, created_at MOMENT, updated_at MOMENT, published_at MOMENT, locale TEXT, "
	for _, table := range []struct{ name, columns string }{
		{"files", row + "name TEXT, hash TEXT NOT NULL, ext TEXT, mime TEXT, size DECIMAL(10,2), url TEXT, provider TEXT, " +
			"width INTEGER, height INTEGER, formats JSON, folder_path TEXT"},
		{"categories", row + "name TEXT, parent_id BIGINT"},
		{"articles", row + "title TEXT, body TEXT, category_id BIGINT, cover_id BIGINT"},
		{"articles_see_also", "article_id BIGINT NOT NULL, other_id BIGINT NOT NULL, place BIGINT"},
		{"articles_gallery", "article_id BIGINT NOT NULL, file_id BIGINT NOT NULL, place BIGINT"},
		{"state", ""},
	} {
		if table.columns != "" {
			_, err := db.Exec("CREATE TABLE " + prefix + table.name + " (" + kinds.Replace(table.columns) + ")")
			require.NoError(t, err, table.name)
		}
		t.Cleanup(func() { _, _ = db.Exec("DROP TABLE IF EXISTS " + prefix + table.name) })
	}
	columns := func(more ...sqldata.Column) []sqldata.Column {
		return append([]sqldata.Column{
			{Attribute: "documentId", Name: "document_id", Type: "string"},
			{Attribute: "createdAt", Name: "created_at", Type: "datetime"},
			{Attribute: "updatedAt", Name: "updated_at", Type: "datetime"},
			{Attribute: "publishedAt", Name: "published_at", Type: "datetime"},
			{Attribute: "locale", Type: "string"},
		}, more...)
	}
	instance, err := sqldata.New(db, dialect, sqldata.Config{
		State: prefix + "state",
		Files: &sqldata.Files{Dir: t.TempDir()},
		Tables: []sqldata.Table{
			{Type: articles, Name: prefix + "articles", Columns: columns(
				sqldata.Column{Attribute: "title", Type: "string"}, sqldata.Column{Attribute: "body", Type: "text"},
			), Links: []sqldata.Link{
				{Attribute: "category", Target: categories, Inverse: "articles", Column: "category_id"},
				{Attribute: "cover", Target: fileRows, Column: "cover_id"},
				{Attribute: "see_also", Target: articles, Inverse: "seen_from", Join: &sqldata.Join{
					Table: prefix + "articles_see_also", Owner: "article_id", Target: "other_id", Order: "place",
				}},
				{Attribute: "gallery", Target: fileRows, Join: &sqldata.Join{
					Table: prefix + "articles_gallery", Owner: "article_id", Target: "file_id", Order: "place",
				}},
			}},
			{Type: categories, Name: prefix + "categories", Columns: columns(sqldata.Column{Attribute: "name", Type: "string"}),
				Links: []sqldata.Link{{Attribute: "parent", Target: categories, Inverse: "children", Column: "parent_id"}}},
			{Type: fileRows, Name: prefix + "files", Columns: columns(
				sqldata.Column{Attribute: "name", Type: "string"},
				sqldata.Column{Attribute: "hash", Type: "string", Required: true},
				sqldata.Column{Attribute: "ext", Type: "string"},
				sqldata.Column{Attribute: "mime", Type: "string"},
				sqldata.Column{Attribute: "size", Type: "decimal"},
				sqldata.Column{Attribute: "url", Type: "text"},
				sqldata.Column{Attribute: "provider", Type: "string"},
				sqldata.Column{Attribute: "width", Type: "integer"},
				sqldata.Column{Attribute: "height", Type: "integer"},
				sqldata.Column{Attribute: "formats", Type: "json"},
				sqldata.Column{Attribute: "folderPath", Name: "folder_path", Type: "string"},
			)},
		},
	})
	require.NoError(t, err)
	require.NoError(t, instance.Migrate(t.Context()))
	return instance
}

// linksOfTables returns the links that blogTables has a place for, without their order.
func linksOfTables(data *transfertest.Snapshot) []string {
	var all []string
	for _, l := range data.Links {
		owner, attribute, target := l.Left, l.Left.Field, l.Right
		if l.Left.Type == fileRows { // a file names the row that uses it
			owner, attribute, target = l.Right, l.Right.Field, l.Left
		}
		if slices.Contains([]string{"category", "cover", "see_also", "gallery", "parent"}, attribute) &&
			(owner.Type == articles || owner.Type == categories) {
			all = append(all, fmt.Sprintf("%s %v %s %s %v", owner.Type, owner.Ref, attribute, target.Type, target.Ref))
		}
	}
	slices.Sort(all)
	return all
}

var (
	place        = regexp.MustCompile(`"pos":\w+,`)
	rowOfTables  = regexp.MustCompile(`"name":"((?:` + articles + `|` + categories + `|` + fileRows + `) [^"]*)"`)
	linkOfTables = regexp.MustCompile(`"field":"(?:category|cover|see_also|gallery|parent)"`)
)

// rowsOfTables returns the names of the rows that blogTables has a place for, and their links. The
// tables have no column for the place of a link among those of its target.
func rowsOfTables(c strapi.Content) []string {
	var all []string
	for _, e := range c.Entities {
		if name := rowOfTables.FindStringSubmatch(e); name != nil {
			all = append(all, name[1])
		}
	}
	for _, l := range c.Links {
		if !linkOfTables.MatchString(l) || strings.Contains(l, "default.") { // of a component
			continue
		}
		if left, right, found := strings.Cut(l, `"right":`); found && !strings.Contains(l, "relation.morph") {
			l = left + place.ReplaceAllString(right, "")
		}
		all = append(all, l)
	}
	slices.Sort(all)
	return all
}
