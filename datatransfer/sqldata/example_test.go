package sqldata_test

import (
	"context"
	"database/sql"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

// A blog with articles, their authors, tags and covers can be pushed to and pulled from.
func Example() {
	blog := func(ctx context.Context, db *sql.DB) (*remote.HandlerOptions, error) {
		instance, err := sqldata.New(db, sqldata.PostgreSQL, sqldata.Config{
			Files:    &sqldata.Files{Dir: "/var/lib/blog"},
			Settings: "settings",
			Tables: []sqldata.Table{
				{Type: "api::article.article", Name: "articles", Columns: []sqldata.Column{
					{Attribute: "title", Type: "string", Required: true},
					{Attribute: "publishedAt", Name: "published_at", Type: "datetime"},
				}, Links: []sqldata.Link{
					{Attribute: "author", Target: "api::author.author", Column: "author_id", Required: true},
					{Attribute: "cover", Target: datatransfer.TypeFile, Column: "cover_id"},
				}},
				{Type: "api::author.author", Name: "authors", Columns: []sqldata.Column{{Attribute: "name", Type: "string"}}},
				{Type: datatransfer.TypeFile, Name: "files", Columns: []sqldata.Column{
					{Attribute: "name", Type: "string"}, {Attribute: "hash", Type: "string"}, {Attribute: "ext", Type: "string"},
					{Attribute: "mime", Type: "string"}, {Attribute: "size", Type: "decimal"}, {Attribute: "url", Type: "string"},
				}},
			},
		})
		if err != nil {
			return nil, err
		}
		return &remote.HandlerOptions{Source: instance.Source, Destination: instance.Destination}, instance.Migrate(ctx)
	}
	_ = blog // call it at start-up, and give the options to remote.NewHandler
}
