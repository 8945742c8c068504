// Package blog is the content of an example backend: articles with authors, categories
// and covers, and the name of the blog, in a SQLite file and a folder of pictures.
//
// Files: blog.go opens it and tells sqldata of the tables of schema.sql, pages.go and
// uploads.go show it, seed.go fills it, contents.go sums it up.
package blog

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

// A Blog is open until Close. Its methods may be called from several goroutines, and
// several processes may have the same blog open.
type Blog struct {
	Data *sqldata.Instance // what transfers read and replace

	db *sql.DB
}

// FileName is the name of the SQLite file in the folder of a blog.
const FileName = "blog.db"

//go:embed schema.sql
var schema string

// Open opens the blog in the folder dir, and makes an empty one if there is none.
func Open(ctx context.Context, dir string) (_ *Blog, err error) {
	uploads := filepath.Join(dir, "uploads")
	if err := os.MkdirAll(uploads, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, FileName)
	db, err := sql.Open("sqlite", "file:"+url.PathEscape(path)+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
		}
	}()
	data, err := sqldata.New(db, sqldata.SQLite, transferable(uploads))
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, err
	}
	return &Blog{data, db}, data.Migrate(ctx)
}

// Close closes the database.
func (b *Blog) Close() error { return b.db.Close() }

const (
	typeArticle  = "api::article.article"
	typeAuthor   = "api::author.author"
	typeCategory = "api::category.category"
)

// transferable names the tables and files that transfers read and replace.
func transferable(uploads string) sqldata.Config {
	return sqldata.Config{
		Files:    &sqldata.Files{Dir: uploads},
		Settings: "settings",
		Tables: []sqldata.Table{
			{Type: typeArticle, Name: "articles", Columns: []sqldata.Column{
				{Attribute: "title", Type: "string", Required: true},
				{Attribute: "slug", Type: "uid", Required: true},
				{Attribute: "body", Type: "text"},
				{Attribute: "publishedAt", Name: "published_at", Type: "datetime"},
			}, Links: []sqldata.Link{
				{Attribute: "author", Target: typeAuthor, Inverse: "articles", Column: "author_id", Required: true},
				{Attribute: "cover", Target: datatransfer.TypeFile, Column: "cover_id"},
				{Attribute: "categories", Target: typeCategory, Inverse: "articles", Join: &sqldata.Join{
					Table: "article_categories", Owner: "article_id", Target: "category_id", Order: "position",
				}},
			}},
			{Type: typeAuthor, Name: "authors", Columns: []sqldata.Column{
				{Attribute: "name", Type: "string", Required: true},
			}},
			{Type: typeCategory, Name: "categories", Columns: []sqldata.Column{
				{Attribute: "name", Type: "string", Required: true},
				{Attribute: "slug", Type: "uid", Required: true},
			}},
			{Type: datatransfer.TypeFile, Name: "files", Columns: []sqldata.Column{
				{Attribute: "name", Type: "string", Required: true},
				{Attribute: "alternativeText", Name: "alternative_text", Type: "text"},
				{Attribute: "hash", Type: "string", Required: true},
				{Attribute: "ext", Type: "string"},
				{Attribute: "mime", Type: "string"},
				{Attribute: "size", Type: "decimal"},
				{Attribute: "width", Type: "integer"},
				{Attribute: "height", Type: "integer"},
				{Attribute: "url", Type: "text"},
				{Attribute: "provider", Type: "string"},
			}},
		},
	}
}
