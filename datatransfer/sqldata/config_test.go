package sqldata_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

// A noDatabase fails every connection.
type noDatabase struct{}

func (noDatabase) Connect(context.Context) (driver.Conn, error) {
	return nil, errors.New("refused at the address 10.0.0.1")
}
func (noDatabase) Driver() driver.Driver { return nil }

func noDB(t *testing.T) *sql.DB {
	db := sql.OpenDB(noDatabase{})
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestNewRefusesAConfigThatDoesNotFit(t *testing.T) {
	note := func(change func(*sqldata.Table)) sqldata.Config {
		table := sqldata.Table{
			Type: "api::note.note", Name: "notes", Columns: []sqldata.Column{{Attribute: "text", Type: "text"}},
		}
		if change != nil {
			change(&table)
		}
		return sqldata.Config{Tables: []sqldata.Table{table}}
	}
	named := func(name string) sqldata.Config { return note(func(t *sqldata.Table) { t.Name = name }) }
	column := func(c sqldata.Column) sqldata.Config {
		return note(func(t *sqldata.Table) { t.Columns = append(t.Columns, c) })
	}
	link := func(l sqldata.Link) sqldata.Config {
		return note(func(t *sqldata.Table) { t.Links = append(t.Links, l) })
	}
	twice := note(nil)
	twice.Tables = append(twice.Tables, twice.Tables[0])
	sameTable := note(nil)
	sameTable.Tables = append(sameTable.Tables, sqldata.Table{Type: "api::memo.memo", Name: "Notes"})
	state, settings, files := note(nil), note(nil), note(nil)
	state.State, settings.Settings, files.Files = `a"b`, "a;b", &sqldata.Files{Dir: t.TempDir()}
	for _, tt := range []struct {
		name   string
		config sqldata.Config
		text   string
	}{
		{"no tables", sqldata.Config{}, "no tables"},
		{"a quote in a table", named(`no"tes`), "cannot be the name of a table"},
		{"a backtick in a table", named("no`tes"), "cannot be the name of a table"},
		{"three parts", named("a.b.c"), "cannot be the name of a table"},
		{"an empty table", named(""), "cannot be the name of a table"},
		{"a quote in the state table", state, "cannot be the name of a table"},
		{"a semicolon in the settings table", settings, "cannot be the name of a table"},
		{"no type", note(func(t *sqldata.Table) { t.Type = "" }), "no Type"},
		{"a type twice", twice, "two tables"},
		{"a table twice", sameTable, "is there twice"},
		{"a protected type", note(func(t *sqldata.Table) { t.Type = "admin::role" }), "protected"},
		{"a table of users", named("app_users"), "Sensitive"},
		{"a table of sessions", named("Sessions"), "Sensitive"},
		{"a table of tokens", named("transfer_tokens"), "Sensitive"},
		{"a type of users", note(func(t *sqldata.Table) { t.Type = "plugin::users-permissions.user" }), "Sensitive"},
		{"a quote in the key", note(func(t *sqldata.Table) { t.Key = `i"d` }), "name of a column"},
		{"a quote in a column", column(sqldata.Column{Attribute: "a", Name: `a"`, Type: "text"}), "name of a column"},
		{"an attribute twice", column(sqldata.Column{Attribute: "text", Name: "more", Type: "text"}), "twice"},
		{"an attribute id", column(sqldata.Column{Attribute: "id", Name: "more", Type: "text"}), "is id"},
		{"an unknown type", column(sqldata.Column{Attribute: "a", Type: "money"}), "unknown"},
		{"milliseconds in a text", column(sqldata.Column{Attribute: "a", Type: "text", Millis: true}), "no datetime"},
		{"a schema that is none", column(sqldata.Column{
			Attribute: "a", Type: "text", Schema: json.RawMessage("[]"),
		}), "Schema"},
		{"a link to nothing", link(sqldata.Link{Attribute: "a", Target: "api::x.x", Column: "a"}), "no table has the type"},
		{"a link without a column", link(sqldata.Link{
			Attribute: "a", Target: "api::note.note",
		}), "must have a Column or a Join"},
		{"a link with a quote", link(sqldata.Link{
			Attribute: "a", Target: "api::note.note", Column: `a"`,
		}), "name of a column"},
		{"a join with a quote", link(sqldata.Link{
			Attribute: "a", Target: "api::note.note", Join: &sqldata.Join{Table: "j", Owner: "a", Target: `b"`},
		}), "name of a column"},
		{"a required join", link(sqldata.Link{
			Attribute: "a", Target: "api::note.note", Required: true, Join: &sqldata.Join{Table: "j", Owner: "a", Target: "b"},
		}), "cannot be Required"},
		{"a circle of required links", link(sqldata.Link{
			Attribute: "a", Target: "api::note.note", Column: "a", Required: true,
		}), "circle"},
		{"files without a table", files, "needs a table"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := sqldata.New(noDB(t), sqldata.PostgreSQL, tt.config)
			require.ErrorContains(t, err, tt.text)
		})
	}
	_, err := sqldata.New(noDB(t), "oracle", note(nil))
	require.ErrorContains(t, err, "dialect")
	_, err = sqldata.New(nil, sqldata.SQLite, note(nil))
	require.ErrorContains(t, err, "nil")
	_, err = sqldata.New(noDB(t), sqldata.SQLite, named("app.notes"))
	require.NoError(t, err)
}

func TestSensitiveTableThatTheBackendAllows(t *testing.T) {
	_, err := sqldata.New(noDB(t), sqldata.MySQL, sqldata.Config{Tables: []sqldata.Table{
		{Type: "api::member.member", Name: "users", Sensitive: true},
	}})
	require.NoError(t, err)
}

// TestSchemas writes down what peers are told.
func TestSchemas(t *testing.T) {
	x, err := sqldata.New(noDB(t), sqldata.SQLite, sqldata.Config{Tables: []sqldata.Table{
		{Type: "api::note.note", Name: "notes", Columns: []sqldata.Column{
			{Attribute: "documentId", Type: "string"},
			{Attribute: "state", Type: "enumeration", Required: true, Unique: true, Schema: json.RawMessage(`{"enum":["a"]}`)},
		}, Links: []sqldata.Link{
			{Attribute: "author", Target: "api::author.author", Column: "author_id", Inverse: "notes", Required: true},
			{Attribute: "cover", Target: datatransfer.TypeFile, Column: "cover_id"},
		}},
		{Type: "api::author.author", Name: "authors"},
		{Type: datatransfer.TypeFile, Name: "files", Columns: []sqldata.Column{{Attribute: "hash", Type: "string"}}},
	}})
	require.NoError(t, err)
	dst, err := x.Destination(t.Context())
	require.NoError(t, err)
	schemas, err := dst.Schemas(t.Context())
	require.NoError(t, err)
	got, err := json.Marshal(schemas)
	require.NoError(t, err)
	require.JSONEq(t, `[
		{"uid":"api::note.note","modelType":"contentType","kind":"collectionType","attributes":{
			"state":{"type":"enumeration","enum":["a"],"required":true,"unique":true},
			"author":{"type":"relation","relation":"manyToOne","target":"api::author.author",
				"inversedBy":"notes","required":true},
			"cover":{"type":"media","multiple":false}}},
		{"uid":"api::author.author","modelType":"contentType","kind":"collectionType","attributes":{
			"notes":{"type":"relation","relation":"oneToMany","target":"api::note.note","mappedBy":"author"}}},
		{"uid":"plugin::upload.file","modelType":"contentType","kind":"collectionType","attributes":{
			"hash":{"type":"string"},"related":{"type":"relation","relation":"morphToMany"}}}]`, string(got))
}

func TestUnreachableDatabase(t *testing.T) {
	x, err := sqldata.New(noDB(t), sqldata.PostgreSQL, sqldata.Config{
		Tables: []sqldata.Table{{Type: "api::note.note", Name: "notes"}},
	})
	require.NoError(t, err)
	for name, call := range map[string]func() error{
		"Migrate": func() error { return x.Migrate(t.Context()) },
		"Source":  func() error { _, err := x.Source(t.Context()); return err },
		"Begin": func() error {
			dst, err := x.Destination(t.Context())
			require.NoError(t, err)
			defer func() { require.NoError(t, dst.Rollback(t.Context())) }()
			return dst.Begin(t.Context(), datatransfer.Start{})
		},
	} {
		err := call()
		require.ErrorContains(t, err, "the connection to the database failed", name)
		require.NotContains(t, err.Error(), "10.0.0.1", name)
	}
}
