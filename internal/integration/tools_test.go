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

// renamedMigrations returns the migrations with the name of the table in them.
func (tbl testTable) renamedMigrations(t *testing.T) fs.FS {
	t.Helper()
	files, err := sqlstore.Migrations(tbl.dialect)
	require.NoError(t, err)
	names, err := fs.Glob(files, "*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	renamed := fstest.MapFS{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		require.NoError(t, err)
		renamed[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(text), "transfer_tokens", tbl.table))}
	}
	return renamed
}

// requireMigrated fails the test unless the store works before Migrate and after.
func (tbl testTable) requireMigrated(t *testing.T, db *sql.DB) {
	t.Helper()
	store := tbl.storeOver(t, db)
	require.NoError(t, store.Create(t.Context(), newRecord("before", 1)))
	require.NoError(t, store.Migrate(t.Context()))
	require.NoError(t, store.Create(t.Context(), newRecord("after", 2)))
}

func TestMigrationsStatementByStatement(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		db := tbl.openDB(t)
		files := tbl.renamedMigrations(t)
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
		tbl.requireMigrated(t, db)
	})
}

func TestMigrationsByGoose(t *testing.T) {
	dialects := map[sqlstore.Dialect]goosedatabase.Dialect{
		sqlstore.PostgreSQL: goosedatabase.DialectPostgres,
		sqlstore.MySQL:      goosedatabase.DialectMySQL,
		sqlstore.SQLite:     goosedatabase.DialectSQLite3,
	}
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		db := tbl.openDB(t)
		versions := tbl.table + "_goose"
		t.Cleanup(func() { tbl.execute(t, "DROP TABLE IF EXISTS "+versions) })
		store, err := goosedatabase.NewStore(dialects[tbl.dialect], versions)
		require.NoError(t, err)
		provider, err := goose.NewProvider("", db, tbl.renamedMigrations(t), goose.WithStore(store))
		require.NoError(t, err)
		for range 2 {
			_, err = provider.Up(t.Context())
			require.NoError(t, err)
		}
		tbl.requireMigrated(t, db)
	})
}

func TestMigrationsByGolangMigrate(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		tbl := b.newTable(t)
		versions := tbl.table + "_migrate"
		if b.dialect != sqlstore.SQLite {
			t.Cleanup(func() { tbl.execute(t, "DROP TABLE IF EXISTS "+versions) })
		}
		tool := tbl
		if tbl.dialect == sqlstore.MySQL {
			tool = tbl.withParam(t, "multiStatements", "true")
		}
		db, err := sql.Open(tool.driver, tool.dsn) // which the tool closes
		require.NoError(t, err)
		var driver database.Driver
		switch tbl.dialect {
		case sqlstore.PostgreSQL:
			driver, err = migratepgx.WithInstance(db, &migratepgx.Config{MigrationsTable: versions})
		case sqlstore.MySQL:
			driver, err = migratemysql.WithInstance(db, &migratemysql.Config{MigrationsTable: versions})
		default:
			driver, err = migratesqlite.WithInstance(db, &migratesqlite.Config{MigrationsTable: versions})
		}
		require.NoError(t, err)
		files, err := iofs.New(tbl.renamedMigrations(t), ".")
		require.NoError(t, err)
		m, err := migrate.NewWithInstance("files", files, tbl.table, driver)
		require.NoError(t, err)
		require.NoError(t, m.Up())
		require.ErrorIs(t, m.Up(), migrate.ErrNoChange)
		fromSource, fromDatabase := m.Close()
		require.NoError(t, errors.Join(fromSource, fromDatabase))
		tbl.requireMigrated(t, tbl.openDB(t))
	}, postgres, mysqlDB, modernc)
}
