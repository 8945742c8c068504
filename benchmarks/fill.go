package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// secret is that of a token that fill has made, in a format that
// Options.AcceptForeign lets through.
func secret(number int) string { return fmt.Sprintf("secret-%032d", number) }

// fill adds so many tokens, a multiple of fillBatch. It is fast, because it goes
// past the store.
func (p *place) fill(ctx context.Context, size int) error {
	db, err := open(p.filler())
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.PrepareContext(ctx, p.insert(fillBatch))
	if err != nil {
		return err
	}
	defer stmt.Close()
	for p.size < size {
		args := make([]any, 0, 3*fillBatch)
		for range fillBatch {
			id, err := uuid.NewV7()
			if err != nil {
				return err
			}
			if p.size == 0 {
				p.first = id
			}
			if p.size < size-pageSize {
				p.last = id
			}
			digest := salt.Digest(secret(p.size))
			key := any(id[:])
			if p.dialect == sqlstore.PostgreSQL {
				key = id.String()
			}
			args = append(args, key, fmt.Sprintf("token number %d", p.size), digest[:])
			p.size++
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return p.settle(ctx)
}

// filler returns the faster driver for the same file, if it works.
func (p *place) filler() (driver, dsn string) {
	if p.dialect == sqlstore.SQLite {
		for _, b := range backends() {
			if b.title != mattnTitle {
				continue
			}
			if _, err := b.probe(context.Background()); err == nil {
				return b.driver, p.file(b)
			}
		}
	}
	return p.driver, p.dsn
}

// insert is a statement that adds n tokens by their IDs, names and digests.
func (p *place) insert(n int) string {
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
		fmt.Fprintf(&text, "(%s, 'made to fill the table', %d, '%s', 'fill', 'a1b2c3', "+
			"1767225600000, 1767225600000, 4102444800000, NULL, 1, '9f3a01bc')", params, transfertoken.FullAccess, transfertoken.Days30)
	}
	return text.String()
}
