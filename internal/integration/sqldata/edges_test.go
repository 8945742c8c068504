package sqldata_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// The commit checks a constraint that is deferred. SQLite would leave the transaction open then.
func TestCommitThatTheDatabaseRefusesLeavesNoTransaction(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		if b.dialect == sqldata.MySQL {
			return // it checks constraints at once, so that it refuses no commit
		}
		d := b.open(t)
		x := d.instance(t, d.shopConfig(t.TempDir()))
		old := sampleOf(t, x, 1)
		push(t, x, old)
		d.mustExec(t, "CREATE TABLE {orders} (tag_id BIGINT REFERENCES {tags} (id) DEFERRABLE INITIALLY DEFERRED)")
		t.Cleanup(func() { d.mustExec(t, "DROP TABLE {orders}") })
		d.mustExec(t, "INSERT INTO {orders} (tag_id) SELECT MIN(id) FROM {tags}")

		withoutTags := sampleOf(t, x, 2)
		withoutTags.Entities = slices.DeleteFunc(withoutTags.Entities, func(e datatransfer.Entity) bool {
			return e.Type == typeTag
		})
		withoutTags.Links = slices.DeleteFunc(withoutTags.Links, func(l datatransfer.Link) bool {
			return l.Left.Type == typeTag || l.Right.Type == typeTag
		})
		d.SetMaxOpenConns(1)
		err := tryPush(t, x, withoutTags, datatransfer.Scope{})
		require.ErrorContains(t, err, "the database refuses it")
		require.NotErrorIs(t, err, datatransfer.ErrCommitUnknown)
		requireHolds(t, x, old)
		d.mustExec(t, "DELETE FROM {orders}")
		push(t, x, withoutTags)
		requireHolds(t, x, withoutTags)
	})
}

// oddTable makes a table with columns that are unusual, and returns an Instance over it.
func (d *database) oddTable(t testing.TB, definition string, columns ...sqldata.Column) *sqldata.Instance {
	t.Helper()
	d.mustExec(t, "CREATE TABLE {odd} (id BIGINT PRIMARY KEY, "+columnTypes[d.dialect].Replace(definition)+")"+d.tableOptions())
	t.Cleanup(func() { d.mustExec(t, "DROP TABLE {odd}") })
	return d.instance(t, sqldata.Config{State: d.prefix + "state", Tables: []sqldata.Table{
		{Type: "api::odd.odd", Name: d.prefix + "odd", Columns: columns},
	}})
}

// requireReplaceable reads all data, replaces it by itself, and returns it.
func requireReplaceable(t testing.TB, x *sqldata.Instance) *transfertest.Snapshot {
	t.Helper()
	data := read(t, x)
	push(t, x, data)
	requireHolds(t, x, data)
	return data
}

func TestNullOfJSONStaysInAColumnThatIsNotNull(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.oddTable(t, "meta JSONTYPE NOT NULL", sqldata.Column{Attribute: "meta", Type: "json", Required: true})
		d.mustExec(t, "INSERT INTO {odd} (id, meta) VALUES (1, 'null')")
		requireReplaceable(t, x)
		require.Equal(t, 1, d.count(t, "SELECT COUNT(*) FROM {odd} WHERE meta IS NOT NULL"))
	})
}

// MySQL shows six digits of a FLOAT, which has up to nine.
func TestFloatOfSinglePrecisionKeepsItsValue(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		kind := map[sqldata.Dialect]string{sqldata.MySQL: "FLOAT", sqldata.PostgreSQL: "REAL", sqldata.SQLite: "REAL"}[b.dialect]
		x := d.oddTable(t, "weight "+kind+", kept "+kind, sqldata.Column{Attribute: "weight", Type: "float"},
			sqldata.Column{Attribute: "kept", Type: "float"})
		d.mustExec(t, "INSERT INTO {odd} (id, weight) VALUES (1, 16777215), (2, 1.2345678), (3, 3e38), (4, -1e-30), (5, 0)")
		before := read(t, x)
		d.mustExec(t, "CREATE TABLE {same} (id BIGINT, weight "+kind+")")
		t.Cleanup(func() { d.mustExec(t, "DROP TABLE {same}") })
		d.mustExec(t, "INSERT INTO {same} SELECT id, weight FROM {odd}")
		push(t, x, before)
		require.Equal(t, 5, d.count(t, "SELECT COUNT(*) FROM {odd} o JOIN {same} s ON s.id = o.id AND s.weight = o.weight"))
	})
}

func TestDateThatIsNoneIsRefusedWhenItIsRead(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		for _, day := range map[sqldata.Dialect][]string{
			sqldata.PostgreSQL: {"infinity", "-infinity", "0044-03-15 BC", "12026-01-01"},
			sqldata.SQLite:     {"tomorrow", "2026-2-3", "0000-00-00"},
		}[b.dialect] {
			t.Run(day, func(t *testing.T) {
				d := b.open(t)
				x := d.oddTable(t, "day DATE", sqldata.Column{Attribute: "day", Type: "date"})
				d.mustExec(t, "INSERT INTO {odd} (id, day) VALUES (7, ?)", day)
				_, err := transfertest.ReadSnapshot(t.Context(), open(t, x))
				require.ErrorContains(t, err, "api::odd.odd 7: column day")
			})
		}
	})
}

// SQLite keeps any value in any column.
func TestValueThatDoesNotFitItsColumnIsNamedAndNotShown(t *testing.T) {
	for _, b := range backends[:2] {
		t.Run(b.name, func(t *testing.T) {
			b.need(t)
			d := b.open(t)
			x := d.oddTable(t, "stars TEXT", sqldata.Column{Attribute: "stars", Type: "integer"})
			d.mustExec(t, "INSERT INTO {odd} (id, stars) VALUES (7, 'secret')")
			_, err := transfertest.ReadSnapshot(t.Context(), open(t, x))
			require.ErrorContains(t, err, "api::odd.odd 7: column stars")
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

// Go's drivers of SQLite write a time.Time with its clock, also into a DATE.
func TestDateMayHaveAClock(t *testing.T) {
	for _, b := range backends[:2] {
		t.Run(b.name, func(t *testing.T) {
			b.need(t)
			d := b.open(t)
			x := d.oddTable(t, "day DATE", sqldata.Column{Attribute: "day", Type: "date"})
			d.mustExec(t, "INSERT INTO {odd} (id, day) VALUES (1, ?)", time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC))
			data := requireReplaceable(t, x)
			require.JSONEq(t, `{"day":"2026-02-28"}`, string(data.Entities[0].Data))
		})
	}
}

func TestFileThatTwoRowsNameTravelsOnce(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.shopConfig(t.TempDir()))
		data := sampleOf(t, x, 1)
		push(t, x, data)
		d.mustExec(t, "INSERT INTO {files} (name, hash, ext, mime, size, url, formats) "+
			"SELECT name, hash, ext, mime, size, url, formats FROM {files} WHERE id = (SELECT MIN(id) FROM {files})")
		got := requireReplaceable(t, x)
		require.Len(t, got.Files, len(data.Files))
		require.Len(t, got.Entities, len(data.Entities)+1)
	})
}
