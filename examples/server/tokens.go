package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
	_ "modernc.org/sqlite"
)

type tokens struct {
	db  *sql.DB
	svc *transfertoken.TokenService
}

func (t *tokens) close() error { return t.db.Close() }

func openTokens(ctx context.Context, cfg config, logger *slog.Logger) (_ *tokens, err error) {
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil { // SQLite makes its files readable for everyone
		return nil, err
	}
	path := filepath.Join(cfg.Data, "tokens.db")
	db, err := sql.Open("sqlite", "file:"+url.PathEscape(path)+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	// SQLite lets writers wait without a queue: among many, some would wait for
	// longer than busy_timeout. database/sql has a queue for its connections.
	db.SetMaxOpenConns(4)
	store, err := sqlstore.New(db, sqlstore.SQLite, nil)
	if err != nil {
		return nil, err
	}
	svc, err := transfertoken.New(store, cfg.Salt, &transfertoken.Options{
		OtherSalts: []transfertoken.Salt{cfg.OtherSalt},
		OnEvent:    audit(auditLog(logger)),
	})
	if err != nil {
		return nil, fmt.Errorf("TRANSFER_TOKEN_SALT: %w", err)
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &tokens{db, svc}, warnOfSalts(ctx, svc, logger)
}
