package sqlstore_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

func TestMigrationsOfAnUnknownDialect(t *testing.T) {
	for _, dialect := range []sqlstore.Dialect{"", "..", "postgres"} {
		files, err := sqlstore.Migrations(dialect)
		require.Nil(t, files)
		require.ErrorIs(t, err, transfertoken.ErrInvalid)
	}
}

func TestMigrationsAreInOrder(t *testing.T) {
	for _, dialect := range dialects {
		names := migrationNames(t, dialect)
		require.Equal(t, []string{"0001_create.up.sql"}, names, dialect)
	}
}

func migrationNames(t *testing.T, dialect sqlstore.Dialect) []string {
	t.Helper()
	files, err := sqlstore.Migrations(dialect)
	require.NoError(t, err)
	entries, err := fs.ReadDir(files, ".")
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// Migrate and the tools of others take the files apart at the ends of the
// statements and put in the name of the table.
func TestMigrationsCanBeTakenApart(t *testing.T) {
	identifier := regexp.MustCompile("[\"`](\\w+)[\"`]")
	longest := strings.Repeat("t", 40)
	for _, dialect := range dialects {
		files, err := sqlstore.Migrations(dialect)
		require.NoError(t, err)
		for _, name := range migrationNames(t, dialect) {
			text, err := fs.ReadFile(files, name)
			require.NoError(t, err)
			require.True(t, strings.HasSuffix(string(text), ";\n"))
			require.Equal(t, 0, strings.Index(string(text), "-- +goose Up\n"))
			require.Equal(t, 1, strings.Count(string(text), "--"))
			require.Equal(t, strings.Count(string(text), ";"), strings.Count(string(text), ";\n"))
			require.Contains(t, string(text), "_schema")
			for _, found := range identifier.FindAllStringSubmatch(string(text), -1) {
				if found[1] == "C" {
					continue // a collation
				}
				require.True(t, strings.HasPrefix(found[1], "transfer_tokens"), found[1])
				named := strings.Replace(found[1], "transfer_tokens", longest, 1)
				require.LessOrEqual(t, len(named), 63, "PostgreSQL cuts names off, MySQL refuses those of more than 64")
			}
		}
	}
}
