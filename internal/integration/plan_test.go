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

// What the databases do for the statements of the store when there are many
// tokens.
func TestPlans(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		known := transfertoken.Record{
			Token:  transfertoken.Token{ID: uuid.Must(uuid.NewV7()), Name: "known", Revision: 1},
			Digest: transfertoken.Digest{1},
		}
		require.NoError(t, p.store(t).Create(t.Context(), known))
		db := p.open(t)
		p.fill(t, 0, 100_000, func(number int) transfertoken.Digest {
			return transfertoken.Digest(sha512.Sum512([]byte(fmt.Sprint(number))))
		})
		recorded, recorder := p.record(t)
		store := p.over(t, recorded)
		_, err := store.Get(t.Context(), uuid.Nil)
		require.ErrorIs(t, err, transfertoken.ErrNotFound)
		recorder.take() // the settings of the session, which the first call looks at

		_, err = store.FindByDigest(t.Context(), []transfertoken.Digest{{1}})
		require.NoError(t, err)
		_, err = store.FindByDigest(t.Context(), []transfertoken.Digest{{2}, {1}, {3}})
		require.NoError(t, err)
		page, err := store.List(t.Context(), transfertoken.ListOptions{After: known.ID, Limit: 100})
		require.NoError(t, err)
		require.Len(t, page, 100)
		_, err = store.PurgeExpired(t.Context(), time.UnixMilli(1), 100)
		require.NoError(t, err)
		statements := recorder.take()
		require.Len(t, statements, 4)

		digest := func(first byte) []byte { return append([]byte{first}, make([]byte, 63)...) }
		id := any(known.ID[:])
		if p.dialect == sqlstore.PostgreSQL {
			id = known.ID.String()
		}
		for range 2 {
			p.requireIndex(t, db, statements[0], "digest", []any{digest(1)})
			p.requireIndex(t, db, statements[1], "digest", []any{digest(2), digest(1), digest(3)})
			p.requireIndex(t, db, statements[2], "primary", []any{id, 100})
			p.requireIndexOfExpiry(t, db, statements[3], []any{int64(1), 100})
			p.analyze(t, db) // and again with statistics
		}
	})
}

func (p place) analyze(t testing.TB, db *sql.DB) {
	t.Helper()
	statement := "ANALYZE " + p.table
	if p.dialect == sqlstore.MySQL {
		statement = "ANALYZE TABLE " + p.table
	}
	_, err := db.ExecContext(t.Context(), statement)
	require.NoError(t, err)
}

// requireIndex fails the test unless a statement goes through the unique index
// on the digests or through the primary key, and through nothing else.
func (p place) requireIndex(t *testing.T, db *sql.DB, statement, index string, args []any) {
	t.Helper()
	ctx := t.Context()
	switch p.dialect {
	case sqlstore.PostgreSQL:
		name := p.table + map[string]string{"digest": "_digest_key", "primary": "_pkey"}[index]
		custom := lines(t, query(t, db, "EXPLAIN "+statement, args...))
		generic := p.genericPlan(ctx, t, db, statement, index, len(args))
		for _, plan := range []string{custom, generic} {
			require.Regexp(t, `Index Scan (using|on) `+name+` `, plan+" ")
			require.NotContains(t, plan, "Seq Scan")
			require.NotContains(t, plan, "Sort")
		}
	case sqlstore.MySQL:
		plan := query(t, db, "EXPLAIN "+statement, args...)
		require.Len(t, plan, 1)
		name := map[string]string{"digest": p.table + "_digest_key", "primary": "PRIMARY"}[index]
		require.Equal(t, name, plan[0]["key"])
		require.Contains(t, []string{"const", "range"}, plan[0]["type"])
		require.NotContains(t, plan[0]["Extra"], "filesort")
	default:
		plan := query(t, db, "EXPLAIN QUERY PLAN "+statement, args...)
		require.Len(t, plan, 1)
		want := fmt.Sprintf("SEARCH %s USING INDEX %s_digest_key (digest=?)", p.table, p.table)
		if index == "primary" {
			want = fmt.Sprintf("SEARCH %s USING INDEX sqlite_autoindex_%s_1 (id>?)", p.table, p.table)
		}
		require.Equal(t, want, plan[0]["detail"])
	}
}

// requireIndexOfExpiry fails the test unless a statement goes through the index on
// expires_at and sorts nothing.
func (p place) requireIndexOfExpiry(t *testing.T, db *sql.DB, statement string, args []any) {
	t.Helper()
	name := p.table + "_expires_at_idx"
	switch p.dialect {
	case sqlstore.PostgreSQL:
		plan := lines(t, query(t, db, "EXPLAIN "+statement, args...))
		require.Contains(t, plan, "Index Scan using "+name+" ")
		require.NotContains(t, plan, "Seq Scan")
		require.NotContains(t, plan, "Sort")
	case sqlstore.MySQL:
		plan := query(t, db, "EXPLAIN "+statement, args...)
		require.Len(t, plan, 1)
		require.Equal(t, name, plan[0]["key"])
		require.NotContains(t, plan[0]["Extra"], "filesort")
	default:
		var details []string
		for _, row := range query(t, db, "EXPLAIN QUERY PLAN "+statement, args...) {
			details = append(details, row["detail"])
		}
		require.Contains(t, details, fmt.Sprintf("SEARCH %s USING INDEX %s (expires_at<?)", p.table, name))
		for _, detail := range details {
			require.NotContains(t, detail, "SCAN")
			require.NotContains(t, detail, "TEMP B-TREE")
		}
	}
}

// genericPlan is what PostgreSQL settles on for a prepared statement, if it does
// not plan for the values every time.
func (p place) genericPlan(ctx context.Context, t *testing.T, db *sql.DB, statement, index string, params int) string {
	t.Helper()
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
	plan := lines(t, query(t, tx, "EXPLAIN EXECUTE generic ("+values+")"))
	_, err = tx.ExecContext(ctx, "DEALLOCATE generic")
	require.NoError(t, err)
	return plan
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// query returns rows as texts by the names of their columns.
func query(t *testing.T, db queryer, text string, args ...any) []map[string]string {
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

// lines joins the rows of a plan of PostgreSQL.
func lines(t *testing.T, rows []map[string]string) string {
	t.Helper()
	var text strings.Builder
	for _, row := range rows {
		text.WriteString(row["QUERY PLAN"] + "\n")
	}
	return text.String()
}

func TestAuthorizeIsOneSelectAndAtMostOneUpdate(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		salts := []transfertoken.Salt{transfertoken.GenerateSalt(), transfertoken.GenerateSalt(), transfertoken.GenerateSalt()}
		issued, err := p.service(t, salts[0], nil).Create(t.Context(), push("nightly"))
		require.NoError(t, err)
		db, recorder := p.record(t)
		svc := newService(t, p.over(t, db), salts[0], &transfertoken.Options{OtherSalts: salts[1:]})
		_, err = svc.Get(t.Context(), uuid.Nil)
		require.ErrorIs(t, err, transfertoken.ErrNotFound)
		recorder.take() // the settings of the session, which the first call looks at
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
