package main

import (
	"context"
	"database/sql"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// caller returns what an instance calls with the number of a token.
func (w workload) caller(db *sql.DB, j job) (func(context.Context, int) error, error) {
	salt := transfertoken.Salt(j.Salt)
	if w.raw {
		stmt, err := db.Prepare("SELECT id, name, description, permissions, lifespan, created_by, hint, created_at, updated_at, " +
			"expires_at, last_used_at, revision, digest, salt_id FROM " + j.Table + " WHERE digest = $1")
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, number int) error {
			digest := salt.Digest(secret(number))
			var r plainRow
			return stmt.QueryRowContext(ctx, digest[:]).Scan(r.dests()...)
		}, nil
	}
	store, err := sqlstore.New(db, sqlstore.PostgreSQL, &sqlstore.Options{Table: j.Table, NoPrepare: w.unprepared})
	if err != nil {
		return nil, err
	}
	svc, err := transfertoken.New(store, salt, &transfertoken.Options{TouchInterval: w.interval})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, number int) error {
		_, err := svc.Authorize(ctx, secret(number), transfertoken.Push)
		return err
	}, nil
}

// plainRow is what a program would scan the columns into.
type plainRow struct {
	id, digest                                           []byte
	name, description, lifespan, createdBy, hint, saltID string
	permissions, revision                                int64
	createdAt, updatedAt, expiresAt, lastUsedAt          sql.NullInt64
}

func (r *plainRow) dests() []any {
	return []any{
		&r.id, &r.name, &r.description, &r.permissions, &r.lifespan, &r.createdBy, &r.hint,
		&r.createdAt, &r.updatedAt, &r.expiresAt, &r.lastUsedAt, &r.revision, &r.digest, &r.saltID,
	}
}
