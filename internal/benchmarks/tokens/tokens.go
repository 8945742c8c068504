// Package tokens makes tokens by number, and fills databases with them faster than the library could.
package tokens

import (
	"context"
	"database/sql"
	"fmt"
	"hash/crc32"
	"runtime"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// PageSize is the number of tokens in the pages that are measured.
const PageSize = 100

// Name returns the name of a token by its number.
func Name(number int) string { return fmt.Sprintf("token number %d", number) }

// Secret returns the secret of a token by its number, with the checksum that secrets have.
func Secret(number int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	text := fmt.Appendf(make([]byte, 0, 54), "xfer_%043d", number)
	sum := crc32.ChecksumIEEE(text)
	text = append(text, "000000"...)
	for i := len(text) - 1; sum > 0; i-- {
		text[i] = alphabet[sum%62]
		sum /= 62
	}
	return string(text)
}

const (
	columns = "id, name, digest, description, permissions, suspended, lifespan, created_by, hint, " +
		"created_at, updated_at, expires_at, last_used_at, revision, salt_id"
	constants = "'made to fill the table', 3, FALSE, '30 days', 'fill', 'a1b2c3', " +
		"1767225600000, 1767225600000, 4102444800000, NULL, 1, '9f3a01bc'"
	batch = 1000
)

// Fill adds n tokens, a multiple of 1,000, to a table and returns their IDs. It goes past the store.
func Fill(ctx context.Context, db *sql.DB, dialect sqlstore.Dialect, table string, salt transfertoken.Salt,
	n int) ([]uuid.UUID, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareContext(ctx, insert(dialect, table))
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	var ids []uuid.UUID
	for len(ids) < n {
		args := make([]any, 0, 3*batch)
		for range batch {
			id, err := uuid.NewV7()
			if err != nil {
				return nil, err
			}
			key := any(id[:])
			if dialect == sqlstore.PostgreSQL {
				key = id.String()
			}
			digest := salt.Digest(Secret(len(ids)))
			args = append(args, key, Name(len(ids)), digest[:])
			ids = append(ids, id)
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return nil, err
		}
	}
	return ids, tx.Commit()
}

// insert returns a statement that adds a batch of tokens by their IDs, names and digests.
func insert(dialect sqlstore.Dialect, table string) string {
	rows := make([]string, batch)
	for i := range rows {
		params := "?, ?, ?"
		if dialect == sqlstore.PostgreSQL {
			params = fmt.Sprintf("$%d, $%d, $%d", 3*i+1, 3*i+2, 3*i+3)
		}
		rows[i] = "(" + params + ", " + constants + ")"
	}
	return "INSERT INTO " + table + " (" + columns + ") VALUES " + strings.Join(rows, ", ")
}

// Select prepares the raw SELECT that Authorize is compared with. The function that it returns reads a token by its
// digest, into what a program would scan the columns into.
func Select(ctx context.Context, db *sql.DB, dialect sqlstore.Dialect,
	table string) (func(context.Context, transfertoken.Digest) error, error) {
	param := "?"
	if dialect == sqlstore.PostgreSQL {
		param = "$1"
	}
	stmt, err := db.PrepareContext(ctx, "SELECT "+columns+" FROM "+table+" WHERE digest = "+param)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, digest transfertoken.Digest) error {
		var (
			id, read                                             []byte
			name, description, lifespan, createdBy, hint, saltID string
			permissions, revision                                int64
			suspended                                            bool
			createdAt, updatedAt, expiresAt, lastUsedAt          sql.NullInt64
		)
		return stmt.QueryRowContext(ctx, digest[:]).Scan(&id, &name, &read, &description, &permissions, &suspended, &lifespan,
			&createdBy, &hint,
			&createdAt, &updatedAt, &expiresAt, &lastUsedAt, &revision, &saltID)
	}, nil
}

// Heap returns the bytes that live on the heap.
func Heap() float64 {
	runtime.GC()
	runtime.GC() // frees what the first one found to be finalized
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}
