package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// fillTable adds the tokens with the numbers from to to-1. It does not use the store,
// which would take longer.
func (tbl testTable) fillTable(t testing.TB, from, to int, digest func(number int) transfertoken.Digest) {
	t.Helper()
	if tbl.dialect == sqlstore.SQLite && mattn.ping() == nil {
		tbl.driver = mattn.driver // it is faster, and the file is the same
	}
	db := tbl.openDB(t)
	const batch = 1000
	insert := tbl.insertStatement(batch)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer tx.Rollback()
	stmt, err := tx.PrepareContext(t.Context(), insert)
	require.NoError(t, err)
	defer stmt.Close()
	require.Zero(t, (to-from)%batch)
	for from < to {
		args := make([]any, 0, 3*batch)
		for range batch {
			id, err := uuid.NewV7()
			require.NoError(t, err)
			digest := digest(from)
			key := any(id[:])
			if tbl.dialect == sqlstore.PostgreSQL {
				key = id.String()
			}
			args = append(args, key, fmt.Sprintf("token number %d", from), digest[:])
			from++
		}
		_, err := stmt.ExecContext(t.Context(), args...)
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit())
}

// insertStatement returns a statement that adds n tokens. Its arguments are their
// IDs, names and digests.
func (tbl testTable) insertStatement(n int) string {
	var text strings.Builder
	text.WriteString("INSERT INTO " + tbl.table + " (id, name, digest, description, permissions, suspended, " +
		"lifespan, created_by, hint, created_at, updated_at, expires_at, last_used_at, revision, salt_id) VALUES ")
	for i := range n {
		if i > 0 {
			text.WriteString(", ")
		}
		params := "?, ?, ?"
		if tbl.dialect == sqlstore.PostgreSQL {
			params = fmt.Sprintf("$%d, $%d, $%d", 3*i+1, 3*i+2, 3*i+3)
		}
		text.WriteString("(" + params + ", 'made to fill the table', 3, FALSE, '30 days', 'fill', 'a1b2c3', " +
			"1767225600000, 1767225600000, 4102444800000, NULL, 1, '9f3a01bc')")
	}
	return text.String()
}
