package integration

import (
	"context"
	"crypto/sha512"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// With many tokens the databases must use the indexes.
func TestPlans(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		known := transfertoken.Record{
			Token: transfertoken.Token{
				ID: uuid.Must(uuid.NewV7()), Name: "known", Revision: 1, CreatedBy: "ann", ExpiresAt: time.UnixMilli(1e12).UTC(),
			},
			Digest: transfertoken.Digest{1},
		}
		require.NoError(t, tbl.store(t).Create(t.Context(), known))
		db := tbl.openDB(t)
		tbl.fillTable(t, 0, 100_000, func(number int) transfertoken.Digest {
			return transfertoken.Digest(sha512.Sum512([]byte(fmt.Sprint(number))))
		})
		recorded, recorder := tbl.openRecorded(t)
		store := tbl.storeOver(t, recorded)
		_, err := store.Get(t.Context(), uuid.Nil)
		require.ErrorIs(t, err, transfertoken.ErrNotFound)
		recorder.take() // drop the look at the settings of the session

		_, err = store.FindByDigest(t.Context(), []transfertoken.Digest{{1}})
		require.NoError(t, err)
		_, err = store.FindByDigest(t.Context(), []transfertoken.Digest{{2}, {1}, {3}})
		require.NoError(t, err)
		page, err := store.List(t.Context(), transfertoken.ListOptions{After: known.ID, Limit: 100})
		require.NoError(t, err)
		require.Len(t, page, 100)
		_, err = store.PurgeExpired(t.Context(), time.UnixMilli(1), 100)
		require.NoError(t, err)
		for _, filter := range []transfertoken.ListOptions{
			{CreatedBy: &known.CreatedBy}, {ExpiresBefore: time.UnixMilli(2e12)},
		} {
			filter.Limit = 100
			page, err := store.ListFiltered(t.Context(), filter)
			require.NoError(t, err)
			require.Equal(t, []transfertoken.Record{known}, page)
		}
		statements := recorder.take()
		require.Len(t, statements, 6)

		digest := func(first byte) []byte { return append([]byte{first}, make([]byte, 63)...) }
		id := any(known.ID[:])
		if tbl.dialect == sqlstore.PostgreSQL {
			id = known.ID.String()
		}
		for range 2 {
			tbl.requireIndex(t, db, statements[0], "digest", []any{digest(1)})
			tbl.requireIndex(t, db, statements[1], "digest", []any{digest(2), digest(1), digest(3)})
			tbl.requireIndex(t, db, statements[2], "primary", []any{id, 100})
			tbl.requireIndexOfExpiry(t, db, statements[3], []any{int64(1), 100})
			tbl.analyze(t, db) // the second round has statistics
		}
		tbl.requireFilterIndex(t, db, statements[4], "_created_by_idx", []any{id, known.CreatedBy, 100})
		tbl.requireFilterIndex(t, db, statements[5], "_expires_at_idx", []any{id, 100})
	})
}

func (tbl testTable) analyze(t testing.TB, db *sql.DB) {
	t.Helper()
	statement := "ANALYZE " + tbl.table
	if tbl.dialect == sqlstore.MySQL {
		statement = "ANALYZE TABLE " + tbl.table
	}
	_, err := db.ExecContext(t.Context(), statement)
	require.NoError(t, err)
}

// requireIndex fails the test unless a statement uses the unique index on the
// digests, or the primary key, and nothing else.
func (tbl testTable) requireIndex(t *testing.T, db *sql.DB, statement, index string, args []any) {
	t.Helper()
	switch tbl.dialect {
	case sqlstore.PostgreSQL:
		name := tbl.table + map[string]string{"digest": "_digest_key", "primary": "_pkey"}[index]
		custom := joinPlan(t, queryRows(t, db, "EXPLAIN "+statement, args...))
		generic := tbl.genericPlan(t, db, statement, index, len(args))
		for _, plan := range []string{custom, generic} {
			require.Regexp(t, `Index Scan (using|on) `+name+` `, plan+" ")
			require.NotContains(t, plan, "Seq Scan")
			require.NotContains(t, plan, "Sort")
		}
	case sqlstore.MySQL:
		plan := queryRows(t, db, "EXPLAIN "+statement, args...)
		require.Len(t, plan, 1)
		name := map[string]string{"digest": tbl.table + "_digest_key", "primary": "PRIMARY"}[index]
		require.Equal(t, name, plan[0]["key"])
		require.Contains(t, []string{"const", "range"}, plan[0]["type"])
		require.NotContains(t, plan[0]["Extra"], "filesort")
	default:
		plan := queryRows(t, db, "EXPLAIN QUERY PLAN "+statement, args...)
		require.Len(t, plan, 1)
		want := fmt.Sprintf("SEARCH %s USING INDEX %s_digest_key (digest=?)", tbl.table, tbl.table)
		if index == "primary" {
			want = fmt.Sprintf("SEARCH %s USING INDEX sqlite_autoindex_%s_1 (id>?)", tbl.table, tbl.table)
		}
		require.Equal(t, want, plan[0]["detail"])
	}
}

// requireIndexOfExpiry fails the test unless a statement uses the index on expires_at
// and does not sort.
func (tbl testTable) requireIndexOfExpiry(t *testing.T, db *sql.DB, statement string, args []any) {
	t.Helper()
	name := tbl.table + "_expires_at_idx"
	switch tbl.dialect {
	case sqlstore.PostgreSQL:
		plan := joinPlan(t, queryRows(t, db, "EXPLAIN "+statement, args...))
		require.Contains(t, plan, "Index Scan using "+name+" ")
		require.NotContains(t, plan, "Seq Scan")
		require.NotContains(t, plan, "Sort")
	case sqlstore.MySQL:
		plan := queryRows(t, db, "EXPLAIN "+statement, args...)
		require.Len(t, plan, 1)
		require.Equal(t, name, plan[0]["key"])
		require.NotContains(t, plan[0]["Extra"], "filesort")
	default:
		var details []string
		for _, row := range queryRows(t, db, "EXPLAIN QUERY PLAN "+statement, args...) {
			details = append(details, row["detail"])
		}
		require.Contains(t, details, fmt.Sprintf("SEARCH %s USING INDEX %s (expires_at<?)", tbl.table, name))
		for _, detail := range details {
			require.NotContains(t, detail, "SCAN")
			require.NotContains(t, detail, "TEMP B-TREE")
		}
	}
}

// requireFilterIndex fails the test unless a statement that few records match uses
// the index. It may sort those that it finds.
func (tbl testTable) requireFilterIndex(t *testing.T, db *sql.DB, statement, index string, args []any) {
	t.Helper()
	name := tbl.table + index
	switch tbl.dialect {
	case sqlstore.PostgreSQL:
		plan := joinPlan(t, queryRows(t, db, "EXPLAIN "+statement, args...))
		require.Regexp(t, `Index Scan (using|on) `+name+` `, plan)
		require.NotContains(t, plan, "Seq Scan")
	case sqlstore.MySQL:
		plan := queryRows(t, db, "EXPLAIN "+statement, args...)
		require.Len(t, plan, 1)
		require.Equal(t, name, plan[0]["key"])
	default:
		plan := queryRows(t, db, "EXPLAIN QUERY PLAN "+statement, args...)
		require.Contains(t, plan[0]["detail"], "SEARCH "+tbl.table+" USING INDEX "+name+" ")
	}
}

// genericPlan returns the plan that PostgreSQL may use for a prepared statement,
// whatever its arguments.
func (tbl testTable) genericPlan(t *testing.T, db *sql.DB, statement, index string, params int) string {
	t.Helper()
	ctx := t.Context()
	tx, err := db.BeginTx(ctx, nil)
	require.NoError(t, err)
	defer tx.Rollback()
	types, values := "bytea", "'\\x01'"
	types += strings.Repeat(", bytea", params-1)
	values += strings.Repeat(", '\\x01'", params-1)
	if index == "primary" {
		types, values = "uuid, bigint", "'"+uuid.Nil.String()+"', 100"
	}
	for _, text := range []string{
		"SET LOCAL plan_cache_mode = force_generic_plan",
		"PREPARE generic (" + types + ") AS " + statement,
	} {
		_, err := tx.ExecContext(ctx, text)
		require.NoError(t, err)
	}
	plan := joinPlan(t, queryRows(t, tx, "EXPLAIN EXECUTE generic ("+values+")"))
	_, err = tx.ExecContext(ctx, "DEALLOCATE generic")
	require.NoError(t, err)
	return plan
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// queryRows returns rows as texts, by the names of their columns.
func queryRows(t *testing.T, db queryer, text string, args ...any) []map[string]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), text, args...)
	require.NoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var all []map[string]string
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		dests := make([]any, len(columns))
		for i := range values {
			dests[i] = &values[i]
		}
		require.NoError(t, rows.Scan(dests...))
		row := make(map[string]string)
		for i, name := range columns {
			row[name] = values[i].String
		}
		all = append(all, row)
	}
	require.NoError(t, rows.Err())
	return all
}

// joinPlan joins the rows of a plan of PostgreSQL.
func joinPlan(t *testing.T, rows []map[string]string) string {
	t.Helper()
	var text strings.Builder
	for _, row := range rows {
		text.WriteString(row["QUERY PLAN"] + "\n")
	}
	return text.String()
}

func TestAuthorizeIsOneSelectAndAtMostOneUpdate(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		var salts []transfertoken.Salt
		for range 3 {
			salts = append(salts, transfertoken.GenerateSalt())
		}
		issued, err := tbl.service(t, salts[0], nil).Create(t.Context(), newPushToken("nightly"))
		require.NoError(t, err)
		db, recorder := tbl.openRecorded(t)
		svc := newService(t, tbl.storeOver(t, db), salts[0], &transfertoken.Options{OtherSalts: salts[1:]})
		_, err = svc.Get(t.Context(), uuid.Nil)
		require.ErrorIs(t, err, transfertoken.ErrNotFound)
		recorder.take() // drop the look at the settings of the session
		authorize := func(secret string, need transfertoken.Permissions) []string {
			_, _ = svc.Authorize(t.Context(), secret, need)
			return recorder.take()
		}
		first := authorize(issued.Secret.Reveal(), transfertoken.Push)
		require.Len(t, first, 2)
		require.True(t, strings.HasPrefix(first[0], "SELECT "))
		require.True(t, strings.HasPrefix(first[1], "UPDATE "))
		for range 3 {
			require.Equal(t, first[:1], authorize(issued.Secret.Reveal(), transfertoken.Push), "within the interval")
			require.Equal(t, first[:1], authorize(issued.Secret.Reveal(), transfertoken.Pull), "refused")
		}
		require.NoError(t, svc.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision))
		recorder.take()
		require.Equal(t, first[:1], authorize(issued.Secret.Reveal(), transfertoken.Push), "unknown")
		require.Empty(t, authorize("malformed", transfertoken.Push))
	})
}
