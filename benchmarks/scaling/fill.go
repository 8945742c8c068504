package main

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

var columns = []string{
	"id", "name", "description", "permissions", "lifespan", "created_by", "hint",
	"created_at", "updated_at", "expires_at", "revision", "digest", "salt_id",
}

// fill adds n tokens, past the store, and returns their IDs.
func (db *database) fill(ctx context.Context, n int) ([]uuid.UUID, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	now := time.Now()
	ids := make([]uuid.UUID, 0, n)
	next := func() ([]any, error) {
		number := len(ids)
		if number == n {
			return nil, nil
		}
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
		text := secret(number)
		digest := db.salt.Digest(text)
		return []any{
			[16]byte(id), name(number), "made to fill the table", int16(3), "30 days", "fill", text[len(text)-6:],
			now.UnixMilli(), now.UnixMilli(), now.AddDate(0, 0, 30).UnixMilli(), int64(1), digest[:], "9f3a01bc",
		}, nil
	}
	err = conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{db.table}, columns, pgx.CopyFromFunc(next))
		return err
	})
	return ids, err
}
