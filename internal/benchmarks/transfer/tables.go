package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	_ "github.com/mattn/go-sqlite3"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

// tables is an end with tables in SQLite and a folder of files.
type tables struct {
	*sqldata.Instance
	db *sql.DB
}

// openTables opens the end in a folder, and makes it if the folder is empty.
func openTables(ctx context.Context, folder string) (*tables, error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, "data.db")+
		"?_busy_timeout=60000&_journal_mode=WAL&_foreign_keys=1")
	if err != nil {
		return nil, err
	}
	uploads := filepath.Join(folder, "uploads")
	t := &tables{db: db}
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS categories (id INTEGER PRIMARY KEY, name TEXT)",
		"CREATE TABLE IF NOT EXISTS articles (id INTEGER PRIMARY KEY, title TEXT, body TEXT, " +
			"category_id INTEGER REFERENCES categories (id))",
		"CREATE TABLE IF NOT EXISTS files (id INTEGER PRIMARY KEY, name TEXT, hash TEXT, ext TEXT, mime TEXT, " +
			"size REAL, url TEXT)",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(err, t.close())
		}
	}
	err = os.MkdirAll(uploads, 0o755)
	if err == nil {
		t.Instance, err = sqldata.New(db, sqldata.SQLite, sqldata.Config{
			Files: &sqldata.Files{Dir: uploads},
			Tables: []sqldata.Table{
				{Type: typeArticle, Name: "articles", Columns: []sqldata.Column{
					{Attribute: "title", Type: "string"}, {Attribute: "body", Type: "text"},
				}, Links: []sqldata.Link{
					{Attribute: "category", Target: typeCategory, Inverse: "articles", Column: "category_id"},
				}},
				{Type: typeCategory, Name: "categories", Columns: []sqldata.Column{{Attribute: "name", Type: "string"}}},
				{Type: datatransfer.TypeFile, Name: "files", Columns: []sqldata.Column{
					{Attribute: "name", Type: "string"}, {Attribute: "hash", Type: "string"},
					{Attribute: "ext", Type: "string"}, {Attribute: "mime", Type: "string"},
					{Attribute: "size", Type: "decimal"}, {Attribute: "url", Type: "string"},
				}},
			},
		})
	}
	if err == nil {
		err = t.Migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

func (t *tables) close() error { return t.db.Close() }

// fill replaces the data by generated data.
func (t *tables) fill(ctx context.Context, articles, files int) error {
	dst, err := t.Destination(ctx)
	if err != nil {
		return err
	}
	schemas, err := dst.Schemas(ctx)
	if err != nil {
		return err
	}
	_, err = datatransfer.Run(ctx, sample{schemas, articles, files}, dst, nil)
	return err
}
