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

// fill adds the tokens from number from to number to-1 with their digests. It is
// fast, because it goes past the store.
func (p place) fill(t testing.TB, from, to int, digest func(number int) transfertoken.Digest) {
	t.Helper()
	if p.dialect == sqlstore.SQLite && mattn.answers() == nil {
		p.driver = mattn.driver // the faster one, into the same file
	}
	db := p.open(t)
	const batch = 1000
	insert := p.insert(batch)
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
			if p.dialect == sqlstore.PostgreSQL {
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

// insert is a statement that adds n tokens by their IDs, names and digests.
func (p place) insert(n int) string {
	var text strings.Builder
	text.WriteString("INSERT INTO " + p.table + " (id, name, digest, description, permissions, lifespan, created_by, hint, " +
		"created_at, updated_at, expires_at, last_used_at, revision, salt_id) VALUES ")
	for i := range n {
		if i > 0 {
			text.WriteString(", ")
		}
		params := "?, ?, ?"
		if p.dialect == sqlstore.PostgreSQL {
			params = fmt.Sprintf("$%d, $%d, $%d", 3*i+1, 3*i+2, 3*i+3)
		}
		text.WriteString("(" + params + ", 'made to fill the table', 3, '30 days', 'fill', 'a1b2c3', " +
			"1767225600000, 1767225600000, 4102444800000, NULL, 1, '9f3a01bc')")
	}
	return text.String()
}
