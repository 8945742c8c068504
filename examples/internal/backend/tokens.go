package backend

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// Tokens are the tokens of a backend and the database that has them.
type Tokens struct {
	DB      *sql.DB
	Service *transfertoken.TokenService
}

// Close closes the database.
func (t *Tokens) Close() error { return t.DB.Close() }

// OpenTokens opens the SQLite file tokens.db, and makes it if it is missing.
func OpenTokens(ctx context.Context, cfg Config, logger *slog.Logger) (_ *Tokens, err error) {
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
		OnEvent:    audit(AuditLog(logger)),
	})
	if err != nil {
		return nil, fmt.Errorf("TRANSFER_TOKEN_SALT: %w", err)
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := ensureConfigured(ctx, svc, cfg.TokenFile); err != nil {
		return nil, fmt.Errorf("-token-file: %w", err)
	}
	return &Tokens{db, svc}, warnOfSalts(ctx, svc, logger)
}

// warnOfSalts logs salts that tokens need and that are not configured. Without that
// they show only in clients that are refused, one by one.
func warnOfSalts(ctx context.Context, svc *transfertoken.TokenService, logger *slog.Logger) error {
	if !svc.Enabled() {
		logger.Warn("transfer tokens are disabled: TRANSFER_TOKEN_SALT is not set")
		return nil
	}
	salts, err := svc.Salts(ctx)
	if err != nil {
		return err
	}
	for _, s := range salts {
		switch {
		case !s.Configured && s.Tokens > 0:
			logger.Warn("transfer tokens can never be authorized: their salt is not configured",
				"tokens", s.Tokens, "salt", s.SaltID)
		case !s.Current && s.Configured:
			logger.Info("transfer tokens under the other salt", "tokens", s.Tokens, "salt", s.SaltID)
		}
	}
	return nil
}

// KeepExpired is the time in which an expired token can still be regenerated.
const KeepExpired = 30 * 24 * time.Hour

// purge deletes tokens that expired long ago, from time to time until ctx ends. Each
// deletion is an event and therefore in the log.
func purge(ctx context.Context, svc *transfertoken.TokenService, every time.Duration, logger *slog.Logger) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if _, err := svc.PurgeExpired(ctx, KeepExpired); err != nil && ctx.Err() == nil {
			logger.Error("purge failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
