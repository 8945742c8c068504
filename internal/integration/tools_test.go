package integration

import (
	"database/sql"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	migratemysql "github.com/golang-migrate/migrate/v4/database/mysql"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	migratesqlite "github.com/golang-migrate/migrate/v4/database/sqlite"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/pressly/goose/v3"
	goosedatabase "github.com/pressly/goose/v3/database"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// renamed returns the migrations for the table of a place.
func (p place) renamed(t *testing.T) fs.FS {
	t.Helper()
	files, err := sqlstore.Migrations(p.dialect)
	require.NoError(t, err)
	names, err := fs.Glob(files, "*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	renamed := fstest.MapFS{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		require.NoError(t, err)
		renamed[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(text), "transfer_tokens", p.table))}
	}
	return renamed
}

// requireMigrated fails the test unless the store works, before Migrate and after.
func (p place) requireMigrated(t *testing.T, db *sql.DB) {
	t.Helper()
	store := p.over(t, db)
	require.NoError(t, store.Create(t.Context(), record("before", 1)))
	require.NoError(t, store.Migrate(t.Context()))
	require.NoError(t, store.Create(t.Context(), record("after", 2)))
}

func TestMigrationsStatementByStatement(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		db := p.open(t)
		files := p.renamed(t)
		names, err := fs.Glob(files, "*.sql")
		require.NoError(t, err)
		for _, name := range names {
			text, err := fs.ReadFile(files, name)
			require.NoError(t, err)
			for statement := range strings.SplitSeq(string(text), ";\n") {
				if strings.TrimSpace(statement) == "" {
					continue
				}
				_, err := db.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
		}
		p.requireMigrated(t, db)
	})
}

func TestMigrationsByGoose(t *testing.T) {
	dialects := map[sqlstore.Dialect]goosedatabase.Dialect{
		sqlstore.PostgreSQL: goosedatabase.DialectPostgres,
		sqlstore.MySQL:      goosedatabase.DialectMySQL,
		sqlstore.SQLite:     goosedatabase.DialectSQLite3,
	}
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		db := p.open(t)
		versions := p.table + "_goose"
		t.Cleanup(func() { p.execute(t, "DROP TABLE IF EXISTS "+versions) })
		store, err := goosedatabase.NewStore(dialects[p.dialect], versions)
		require.NoError(t, err)
		provider, err := goose.NewProvider("", db, p.renamed(t), goose.WithStore(store))
		require.NoError(t, err)
		for range 2 {
			_, err = provider.Up(t.Context())
			require.NoError(t, err)
		}
		p.requireMigrated(t, db)
	})
}

func TestMigrationsByGolangMigrate(t *testing.T) {
	each(t, func(t *testing.T, b backend) {
		p := b.place(t)
		versions := p.table + "_migrate"
		if b.dialect != sqlstore.SQLite {
			t.Cleanup(func() { p.execute(t, "DROP TABLE IF EXISTS "+versions) })
		}
		tool := p
		if p.dialect == sqlstore.MySQL {
			tool = p.with(t, "multiStatements", "true")
		}
		db, err := sql.Open(tool.driver, tool.dsn) // which the tool closes
		require.NoError(t, err)
		var driver database.Driver
		switch p.dialect {
		case sqlstore.PostgreSQL:
			driver, err = migratepgx.WithInstance(db, &migratepgx.Config{MigrationsTable: versions})
		case sqlstore.MySQL:
			driver, err = migratemysql.WithInstance(db, &migratemysql.Config{MigrationsTable: versions})
		default:
			driver, err = migratesqlite.WithInstance(db, &migratesqlite.Config{MigrationsTable: versions})
		}
		require.NoError(t, err)
		files, err := iofs.New(p.renamed(t), ".")
		require.NoError(t, err)
		m, err := migrate.NewWithInstance("files", files, p.table, driver)
		require.NoError(t, err)
		require.NoError(t, m.Up())
		require.ErrorIs(t, m.Up(), migrate.ErrNoChange)
		fromSource, fromDatabase := m.Close()
		require.NoError(t, errors.Join(fromSource, fromDatabase))
		p.requireMigrated(t, p.open(t))
	}, postgres, mysqlDB, modernc)
}
