package integration

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// TestVersions logs what the tests run against. .ci/run prints these lines at its end.
func TestVersions(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		module := map[string]string{
			"pgx":     "github.com/jackc/pgx/v5",
			"mysql":   "github.com/go-sql-driver/mysql",
			"sqlite":  "modernc.org/sqlite",
			"sqlite3": "github.com/mattn/go-sqlite3",
		}[b.driver]
		server, query := "PostgreSQL", "SELECT current_setting('server_version')"
		switch b.dialect {
		case sqlstore.MySQL:
			server, query = "MySQL", "SELECT VERSION()"
		case sqlstore.SQLite:
			server, query = "SQLite", "SELECT sqlite_version()"
		}
		tbl := b.newTable(t)
		var version string
		require.NoError(t, tbl.openDB(t).QueryRowContext(t.Context(), query).Scan(&version))
		require.Regexp(t, `^\d+\.\d+`, version)
		if strings.Contains(version, "MariaDB") {
			server = "MariaDB"
		}
		t.Logf("ran against %s %s through %s", server, version, module)
	})
}
