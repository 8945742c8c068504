package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

var dialects = []sqlstore.Dialect{sqlstore.PostgreSQL, sqlstore.MySQL, sqlstore.SQLite}

func sample() transfertoken.Record {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	return transfertoken.Record{
		Token: transfertoken.Token{
			ID:          uuid.UUID{1, 2, 3},
			Name:        "nightly",
			Description: "for the nightly push",
			Permissions: transfertoken.Push,
			Lifespan:    transfertoken.Days30,
			CreatedBy:   "ops",
			Hint:        "a1b2c3",
			CreatedAt:   at,
			UpdatedAt:   at,
			ExpiresAt:   at.Add(30 * 24 * time.Hour),
			Revision:    2,
		},
		Digest: transfertoken.Digest{4, 5, 6},
		SaltID: "9f3a01bc",
	}
}

// call is a call of one method of a store, with the record that sample returns.
type call struct {
	name string
	make func(context.Context, *sqlstore.Store) error
}

var calls = []call{
	{"Create", func(ctx context.Context, s *sqlstore.Store) error { return s.Create(ctx, sample()) }},
	{"Get", func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.Get(ctx, sample().ID)
		return err
	}},
	{"FindByDigest", func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.FindByDigest(ctx, []transfertoken.Digest{sample().Digest})
		return err
	}},
	{"List", func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.List(ctx, transfertoken.ListOptions{Limit: 10})
		return err
	}},
	{"Update", func(ctx context.Context, s *sqlstore.Store) error { return s.Update(ctx, sample()) }},
	{"Rekey", func(ctx context.Context, s *sqlstore.Store) error {
		return s.Rekey(ctx, sample().ID, transfertoken.Digest{1}, sample().Digest, "9f3a01bc")
	}},
	{"Touch", func(ctx context.Context, s *sqlstore.Store) error { return s.Touch(ctx, sample().ID, time.Unix(1, 0)) }},
	{"Delete", func(ctx context.Context, s *sqlstore.Store) error { return s.Delete(ctx, sample().ID, 2) }},
	{"PurgeExpired", func(ctx context.Context, s *sqlstore.Store) error {
		_, err := s.PurgeExpired(ctx, sample().ExpiresAt, 10)
		return err
	}},
	{"Migrate", func(ctx context.Context, s *sqlstore.Store) error { return s.Migrate(ctx) }},
}

func callNamed(name string) call {
	return calls[slices.IndexFunc(calls, func(c call) bool { return c.name == name })]
}

func TestNewRefusesBadArguments(t *testing.T) {
	db := sql.OpenDB(new(fake))
	defer db.Close()
	for _, test := range []struct {
		name    string
		db      *sql.DB
		dialect sqlstore.Dialect
		table   string
		fields  []string
	}{
		{"no database", nil, sqlstore.SQLite, "", []string{"db"}},
		{"no dialect", db, "", "", []string{"dialect"}},
		{"another dialect", db, "oracle", "", []string{"dialect"}},
		{"a dialect in capitals", db, "SQLITE", "", []string{"dialect"}},
		{"a quote", db, sqlstore.PostgreSQL, `t"; DROP TABLE users; --`, []string{"table"}},
		{"a backtick", db, sqlstore.MySQL, "t`", []string{"table"}},
		{"a schema", db, sqlstore.PostgreSQL, "public.tokens", []string{"table"}},
		{"a space", db, sqlstore.SQLite, "my tokens", []string{"table"}},
		{"a NUL", db, sqlstore.SQLite, "tokens\x00", []string{"table"}},
		{"a newline", db, sqlstore.SQLite, "tokens\n", []string{"table"}},
		{"a digit first", db, sqlstore.SQLite, "1tokens", []string{"table"}},
		{"a letter beyond ASCII", db, sqlstore.SQLite, "tökens", []string{"table"}},
		{"a placeholder", db, sqlstore.SQLite, "{table}?", []string{"table"}},
		{"too long", db, sqlstore.SQLite, strings.Repeat("t", 41), []string{"table"}},
		{"the table of the version", db, sqlstore.SQLite, "transfer_tokens_schema", []string{"table"}},
		{"a name of SQLite's", db, sqlstore.SQLite, "SQLite_tokens", []string{"table"}},
		{"all at once", nil, "", "-", []string{"db", "dialect", "table"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, err := sqlstore.New(test.db, test.dialect, &sqlstore.Options{Table: test.table})
			require.Nil(t, store)
			requireFields(t, err, test.fields...)
		})
	}
}

func requireFields(t *testing.T, err error, fields ...string) {
	t.Helper()
	var invalid *transfertoken.ValidationError
	require.ErrorAs(t, err, &invalid)
	var got []string
	for _, f := range invalid.Fields {
		got = append(got, f.Field)
	}
	require.Equal(t, fields, got)
}

func TestTableIsQuoted(t *testing.T) {
	for dialect, quoted := range map[sqlstore.Dialect]string{
		sqlstore.PostgreSQL: `"Order"`, sqlstore.MySQL: "`Order`", sqlstore.SQLite: `"Order"`,
	} {
		var f fake
		store := f.store(t, dialect, &sqlstore.Options{Table: "Order"})
		_ = store.Touch(t.Context(), sample().ID, time.Unix(1, 0))
		require.Equal(t, 1, f.asked("UPDATE "+quoted+" SET "), dialect)
	}
}

func TestZeroStoreFails(t *testing.T) {
	for _, store := range []*sqlstore.Store{nil, {}} {
		for _, c := range calls {
			require.ErrorContains(t, c.make(t.Context(), store), "not made with New", c.name)
		}
	}
}

func TestEndedContextAsksNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var f fake
	store := f.store(t, sqlstore.PostgreSQL, nil)
	for _, c := range calls {
		require.ErrorIs(t, c.make(ctx, store), context.Canceled, c.name)
	}
	require.Empty(t, f.executed)
}

func TestStatementsArePreparedOnce(t *testing.T) {
	var f fake
	store := f.store(t, sqlstore.MySQL, nil)
	for range 5 {
		for n := range 20 {
			digests := make([]transfertoken.Digest, n+1)
			for i := range digests {
				digests[i][0] = byte(i + 1)
			}
			_, err := store.FindByDigest(t.Context(), digests)
			require.ErrorIs(t, err, transfertoken.ErrNotFound)
		}
	}
	require.Len(t, f.executed, 100)
	require.Len(t, f.prepared, 16, "one for each number of digests that is likely")
}

func TestNoPrepare(t *testing.T) {
	f := fake{answer: func(text string, _ []driver.Value) ([][]driver.Value, error) { return nil, nil }}
	store := f.store(t, sqlstore.PostgreSQL, &sqlstore.Options{NoPrepare: true})
	for _, c := range calls[1:4] {
		_ = c.make(t.Context(), store)
	}
	require.Len(t, f.executed, 3)
	require.Empty(t, f.prepared)
}

func TestPagesAreReadByKey(t *testing.T) {
	for _, dialect := range dialects {
		var f fake
		_, err := f.store(t, dialect, nil).List(t.Context(), transfertoken.ListOptions{After: uuid.UUID{1}, Limit: 10})
		require.NoError(t, err)
		require.Len(t, f.executed, 1)
		require.NotContains(t, f.executed[0], "OFFSET")
		require.Contains(t, f.executed[0], "WHERE id > ")
	}
}

// MySQL before 8.0 and MariaDB before 10.6 do not know SKIP LOCKED.
func TestPurgeOverAnOldServer(t *testing.T) {
	f := &fake{answer: func(text string, _ []driver.Value) ([][]driver.Value, error) {
		if strings.Contains(text, "SKIP LOCKED") {
			return nil, errors.New("Error 1064 (42000): You have an error in your SQL syntax")
		}
		return [][]driver.Value{sampleRow()}, nil
	}}
	purged, err := f.store(t, sqlstore.MySQL, nil).PurgeExpired(t.Context(), sample().ExpiresAt, 10)
	require.NoError(t, err)
	require.Equal(t, []transfertoken.Record{sample()}, purged)
	require.Equal(t, 2, f.asked("SELECT "))
	require.Equal(t, 1, f.asked("DELETE FROM `transfer_tokens` WHERE id IN (?)"))
}
