package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/hostcmd"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// tables are the tables that travel, with the types that they have in an archive.
var tables = []sqldata.Table{
	{Type: "api::article.article", Name: "articles", Columns: []sqldata.Column{
		{Attribute: "title", Type: "string", Required: true},
		{Attribute: "publishedAt", Name: "published_at", Type: "datetime"},
	}, Links: []sqldata.Link{
		{Attribute: "author", Target: "api::author.author", Column: "author_id", Required: true},
		{Attribute: "cover", Target: datatransfer.TypeFile, Column: "cover_id"},
	}},
	{Type: "api::author.author", Name: "authors", Columns: []sqldata.Column{
		{Attribute: "name", Type: "string", Required: true},
	}},
	{Type: datatransfer.TypeFile, Name: "files", Columns: []sqldata.Column{
		{Attribute: "name", Type: "string", Required: true}, {Attribute: "hash", Type: "string", Required: true},
		{Attribute: "ext", Type: "string", Required: true}, {Attribute: "mime", Type: "string", Required: true},
		{Attribute: "size", Type: "decimal", Required: true}, {Attribute: "url", Type: "string", Required: true},
	}},
}

// makeTransferable adds the remote end of transfers to mux, and the commands to root.
func makeTransferable(db *sql.DB, mux *http.ServeMux, root *cobra.Command) (*sqldata.Instance, error) {
	data, err := sqldata.New(db, sqldata.PostgreSQL, sqldata.Config{
		Tables: tables, Files: &sqldata.Files{Dir: os.Getenv("UPLOADS")},
	})
	if err != nil {
		return nil, err
	}
	store, err := sqlstore.New(db, sqlstore.PostgreSQL, nil)
	if err != nil {
		return nil, err
	}
	tokens, err := transfertoken.New(store, transfertoken.Salt(os.Getenv("TRANSFER_TOKEN_SALT")), nil)
	if err != nil {
		return nil, err
	}
	handler, err := remote.NewHandler(tokens, &remote.HandlerOptions{Source: data.Source, Destination: data.Destination})
	if err != nil {
		return nil, err
	}
	mux.Handle("/admin/", http.StripPrefix("/admin", handler))
	root.AddCommand(hostcmd.New(hostcmd.Host{
		Source: data.Source, Destination: data.Destination,
		Tokens: func(context.Context) (*transfertoken.TokenService, error) { return tokens, nil },
	})...)
	return data, errors.Join(data.Migrate(context.Background()), store.Migrate(context.Background()))
}
