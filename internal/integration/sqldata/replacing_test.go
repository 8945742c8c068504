package sqldata_test

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

func TestKeysAreKeptAndSequencesFollow(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.shopConfig(t.TempDir()))
		for n := range 3 {
			data := sampleOf(t, x, n+1)
			push(t, x, data)
			highest := int64(0)
			for _, e := range data.Entities {
				if e.Type == typeTag {
					id, _ := e.ID.Int()
					require.Equal(t, 1, d.count(t, "SELECT COUNT(*) FROM {tags} WHERE id = ?", id), "the key %d", id)
					highest = max(highest, id)
				}
			}
			d.mustExec(t, "INSERT INTO {tags} (label) VALUES ('of the host')")
			require.Greater(t, d.count(t, "SELECT id FROM {tags} WHERE label = 'of the host'"), int(highest))
		}
	})
}

// TestSameResultInEachDatabase pushes the data of one database to the next, with the IDs.
func TestSameResultInEachDatabase(t *testing.T) {
	var first *transfertest.Snapshot
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.withReviews(d.shopConfig(t.TempDir())))
		if first == nil {
			data := sampleOf(t, x, 1)
			push(t, x, data)
			transfertest.RequireEquivalent(t, data.Source(), read(t, x).Source())
			first = read(t, x)
			return
		}
		push(t, x, first)
		transfertest.RequireEqual(t, first.Source(), read(t, x).Source())
	})
}

func TestLinksWithoutTheirEndsAreLeftOutAndCounted(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		var told []sqldata.LeftOut
		config := d.withReviews(d.shopConfig(t.TempDir()))
		config.OnLeftOut = func(list []sqldata.LeftOut) { told = append(told, list...) }
		x := d.instance(t, config)
		data := sampleOf(t, x, 1)
		push(t, x, data)
		require.Empty(t, told)

		links := len(data.Links)
		for _, l := range data.Links[:links:links] {
			if l.Left.Type != typeArticle || l.Left.Field != "category" && l.Left.Field != "tags" {
				continue
			}
			l.Right.Ref = datatransfer.IntRef(999_999)
			data.Links = append(data.Links, l)
			l.Right.Ref = datatransfer.StringRef("a document")
			data.Links = append(data.Links, l)
		}
		push(t, x, data)
		require.Len(t, told, 2)
		require.Equal(t, sqldata.LeftOut{Type: typeArticle, Attribute: "category", Count: 6}, told[0])
		require.Equal(t, sqldata.LeftOut{Type: typeArticle, Attribute: "tags", Count: 12}, told[1])
		data.Links = data.Links[:links]
		requireHolds(t, x, data)
	})
}

func TestRowWithoutItsRequiredLinkFails(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.withReviews(d.shopConfig(t.TempDir())))
		old, data := sampleOf(t, x, 1), sampleOf(t, x, 2)
		push(t, x, old)
		for i, l := range data.Links {
			if l.Left.Type == typeReview && l.Left.Field == "article" {
				data.Links[i].Right.Ref = datatransfer.IntRef(999_999)
			}
		}
		err := tryPush(t, x, data, datatransfer.Scope{})
		require.ErrorIs(t, err, datatransfer.ErrInvalid)
		require.ErrorContains(t, err, typeReview)
		requireHolds(t, x, old)

		err = tryPush(t, x, sampleOf(t, x, 2), datatransfer.Scope{OnlyTypes: []string{typeArticle}, NoFiles: true})
		require.ErrorIs(t, err, datatransfer.ErrInvalid, "the reviews that stay need the articles that go")
		requireHolds(t, x, old)
	})
}

// TestOthersCannotWriteDuringATransfer would find mixed data otherwise.
func TestOthersCannotWriteDuringATransfer(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.shopConfig(t.TempDir()))
		dst := begin(t, x)
		require.NoError(t, dst.Begin(t.Context(), datatransfer.Start{Schemas: sampleOf(t, x, 1).Schemas}))
		conn, err := d.Conn(t.Context())
		require.NoError(t, err)
		_, err = conn.ExecContext(t.Context(), map[sqldata.Dialect]string{
			sqldata.PostgreSQL: "SET lock_timeout = 1",
			sqldata.MySQL:      "SET innodb_lock_wait_timeout = 1",
			sqldata.SQLite:     "PRAGMA busy_timeout = 1",
		}[b.dialect])
		require.NoError(t, err)
		for _, statement := range []string{
			"INSERT INTO {tags} (label) VALUES ('new')", "INSERT INTO {categories} (name) VALUES ('new')",
		} {
			_, err = conn.ExecContext(t.Context(), d.sql(statement))
			require.Error(t, err, statement)
		}
		require.Zero(t, d.count(t, "SELECT COUNT(*) FROM {tags}"), "readers do not wait")
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // nobody else gets a connection with this setting
		require.NoError(t, dst.Rollback(t.Context()))
		d.mustExec(t, "INSERT INTO {tags} (label) VALUES ('new')")
	})
}

func TestErrorsHoldNoValues(t *testing.T) {
	const secret = "hunter2"
	tests := []struct {
		name   string
		data   string
		uid    string
		sqlite bool // SQLite takes it
	}{
		{"a duplicate", `{"name":"` + secret + `"}`, typeCategory, false},
		{"a text that is too long", `{"title":"t","slug":"` + strings.Repeat(secret, 100) + `"}`, typeArticle, true},
		{"a text for a number", `{"title":"t","stars":"` + secret + `"}`, typeArticle, false},
		{"a number that is too large", `{"title":"t","price":"7777777777777777777777777"}`, typeArticle, true},
		{"a text for a time", `{"title":"t","publishedAt":"` + secret + `"}`, typeArticle, false},
		{"a text for a day", `{"title":"t","day":"` + secret + `"}`, typeArticle, false},
		{"a number for a text", `{"title":7777777}`, typeArticle, false},
		{"a text with a NUL", `{"title":"` + secret + `\u0000"}`, typeArticle, false},
		{"JSON with a NUL", `{"title":"t","meta":{"` + secret + `":"\u0000"}}`, typeArticle, false},
		{"an infinite number", `{"title":"` + secret + `","score":1e400}`, typeArticle, false},
		{"a time before Christ", `{"title":"` + secret + `","createdAt":"0000-01-01T00:00:00Z"}`, typeArticle, false},
		{"a value that is missing", `{"body":"` + secret + `"}`, typeArticle, false},
	}
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.shopConfig(t.TempDir()))
		old := sampleOf(t, x, 1)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				push(t, x, old)
				data := sampleOf(t, x, 2)
				data.Links, data.Files = nil, nil
				data.Entities = []datatransfer.Entity{
					{Type: tt.uid, ID: datatransfer.IntRef(1), Data: json.RawMessage(tt.data)},
					{Type: tt.uid, ID: datatransfer.IntRef(2), Data: json.RawMessage(tt.data)},
				}
				err := tryPush(t, x, data, datatransfer.Scope{})
				if tt.sqlite && b.dialect == sqldata.SQLite {
					require.NoError(t, err)
					return
				}
				require.ErrorContains(t, err, tt.uid)
				require.NotContains(t, err.Error(), secret)
				require.NotContains(t, err.Error(), "7777777")
				requireHolds(t, x, old)
			})
		}
	})
}

func TestTextKeys(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		for _, name := range []string{"notes", "note_links"} {
			t.Cleanup(func() { _, _ = d.Exec(d.sql("DROP TABLE IF EXISTS {" + name + "}")) })
		}
		d.mustExec(t, "CREATE TABLE {notes} (code VARCHAR(60) PRIMARY KEY, label VARCHAR(200), up VARCHAR(60))"+d.tableOptions())
		d.mustExec(t, "CREATE TABLE {note_links} (a VARCHAR(60), b VARCHAR(60), PRIMARY KEY (a, b))"+d.tableOptions())
		const typeNote = "api::note.note"
		x := d.instance(t, sqldata.Config{State: d.prefix + "state", Tables: []sqldata.Table{{
			Type: typeNote, Name: d.prefix + "notes", Key: "code", TextKey: true,
			Columns: []sqldata.Column{{Attribute: "label", Type: "string"}},
			Links: []sqldata.Link{
				{Attribute: "up", Target: typeNote, Column: "up"},
				{Attribute: "see", Target: typeNote, Join: &sqldata.Join{Table: d.prefix + "note_links", Owner: "a", Target: "b"}},
			},
		}}})
		data, err := sampleOf(t, x, 1).MapIDs(func(_ string, old datatransfer.Ref) datatransfer.Ref {
			return datatransfer.StringRef("note-" + string(old))
		})
		require.NoError(t, err)
		data.Configuration = nil
		push(t, x, data)
		require.NotEmpty(t, data.Links)
		requireHolds(t, x, data)
	})
}

func TestTextThatTheCharacterSetCannotHold(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		if b.dialect != sqldata.MySQL {
			return // a table has no character set of its own
		}
		d := b.open(t)
		t.Cleanup(func() { _, _ = d.Exec(d.sql("DROP TABLE IF EXISTS {notes}")) })
		d.mustExec(t, "CREATE TABLE {notes} (id BIGINT PRIMARY KEY, label VARCHAR(200)) DEFAULT CHARSET=latin1")
		x := d.instance(t, sqldata.Config{State: d.prefix + "state", Tables: []sqldata.Table{{
			Type: "api::note.note", Name: d.prefix + "notes", Columns: []sqldata.Column{{Attribute: "label", Type: "string"}},
		}}})
		data := &transfertest.Snapshot{Schemas: sampleOf(t, x, 1).Schemas, Entities: []datatransfer.Entity{
			{Type: "api::note.note", ID: datatransfer.IntRef(1), Data: json.RawMessage(`{"label":"日本"}`)},
		}}
		err := tryPush(t, x, data, datatransfer.Scope{})
		require.ErrorContains(t, err, "utf8mb4")
		require.NotContains(t, err.Error(), "日本")
	})
}

// manyRows returns articles, each with a category and a tag of its own, and as many settings.
func manyRows(schemas datatransfer.Schemas, rows int) *transfertest.Snapshot {
	data := &transfertest.Snapshot{Schemas: schemas}
	link := func(relation, field, target string, i, to int) datatransfer.Link {
		return datatransfer.Link{
			Kind: "relation.basic", Relation: relation,
			Left:  datatransfer.LinkEnd{Type: typeArticle, Ref: datatransfer.IntRef(int64(i)), Field: field},
			Right: datatransfer.LinkEnd{Type: target, Ref: datatransfer.IntRef(int64(to)), Field: "articles"},
		}
	}
	for uid, text := range map[string]string{typeArticle: "title", typeTag: "label", typeCategory: "name"} {
		for i := range rows {
			n := datatransfer.IntRef(int64(i + 1))
			data.Entities = append(data.Entities, datatransfer.Entity{
				Type: uid, ID: n, Data: json.RawMessage(`{"` + text + `":"row ` + string(n) + `"}`),
			})
		}
	}
	for i := range rows {
		n := strconv.Itoa(i)
		data.Links = append(data.Links, link("manyToOne", "category", typeCategory, i+1, rows-i),
			link("manyToMany", "tags", typeTag, i%3+1, i+1))
		data.Configuration = append(data.Configuration, datatransfer.Config{
			Type: datatransfer.ConfigCoreStore, Value: json.RawMessage(`{"key":"k` + n + `","value":` + n + `}`),
		})
	}
	return data
}

// TestManyRows needs several pages for each kind of record.
func TestManyRows(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.shopConfig(t.TempDir()))
		data := manyRows(sampleOf(t, x, 1).Schemas, 450)
		push(t, x, data)
		requireHolds(t, x, data)
	})
}

func TestCancelledBeginWaitsNoLonger(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.shopConfig(t.TempDir()))
		first := begin(t, x)
		start := datatransfer.Start{Schemas: sampleOf(t, x, 1).Schemas}
		require.NoError(t, first.Begin(t.Context(), start))
		ctx, cancel := context.WithCancel(t.Context())
		second, failed := begin(t, x), make(chan error)
		go func() { failed <- second.Begin(ctx, start) }()
		cancel()
		require.ErrorIs(t, <-failed, context.Canceled)
	})
}

func TestTablesOfASchema(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		schema := "main"
		if query, ok := map[sqldata.Dialect]string{
			sqldata.PostgreSQL: "SELECT current_schema()", sqldata.MySQL: "SELECT DATABASE()",
		}[b.dialect]; ok {
			require.NoError(t, d.QueryRow(query).Scan(&schema))
		}
		config := d.withReviews(d.shopConfig(t.TempDir()))
		config.State, config.Settings = schema+"."+config.State, schema+"."+config.Settings
		for i := range config.Tables {
			config.Tables[i].Name = schema + "." + config.Tables[i].Name
			for _, l := range config.Tables[i].Links {
				if l.Join != nil {
					l.Join.Table = schema + "." + l.Join.Table
				}
			}
		}
		x := d.instance(t, config)
		data := sampleOf(t, x, 1)
		push(t, x, data)
		requireHolds(t, x, data)
		d.mustExec(t, "INSERT INTO {tags} (label) VALUES ('of the host')")
	})
}
