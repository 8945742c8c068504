package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
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

// auditLog returns a logger whose lines can be kept apart: they say who did what.
func auditLog(logger *slog.Logger) *slog.Logger { return logger.With("log", "audit") }

// audit returns an Options.OnEvent that writes every event and its caller to logger.
// Events hold no secrets.
func audit(logger *slog.Logger) func(context.Context, transfertoken.Event) {
	return func(ctx context.Context, e transfertoken.Event) {
		level := slog.LevelInfo
		var attrs []slog.Attr
		if e.Token.Name != "" {
			attrs = append(attrs,
				slog.String("token", e.Token.ID.String()),
				slog.String("name", e.Token.Name),
				slog.String("grants", e.Token.Permissions.String()))
		}
		if e.Need != 0 {
			attrs = append(attrs, slog.String("need", e.Need.String()))
		}
		if e.Err != nil {
			level = slog.LevelWarn
			attrs = append(attrs, slog.Any("error", e.Err))
		}
		logger.LogAttrs(ctx, level, "token "+string(e.Kind), append(attrs, callerFrom(ctx).attrs()...)...)
	}
}

// caller is the sender of a request. The context of an event is derived from that of
// the request that caused it.
type caller struct{ admin, remote string }

type callerKey struct{}

func callerFrom(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

func (c caller) attrs() []slog.Attr {
	var attrs []slog.Attr
	if c.admin != "" {
		attrs = append(attrs, slog.String("by", c.admin))
	}
	if c.remote != "" {
		attrs = append(attrs, slog.String("remote", c.remote))
	}
	return attrs
}

// withCaller puts the caller into the context. admin returns the name that is logged
// in. It is nil where only transfer tokens count.
func withCaller(next http.Handler, admin func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := caller{remote: r.RemoteAddr}
		if admin != nil {
			c.admin = admin(r)
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}

// keepExpired is the time in which an expired token can still be regenerated.
const keepExpired = 30 * 24 * time.Hour

// purge deletes tokens that expired long ago, from time to time until ctx ends. Each
// deletion is an event and therefore in the log.
func purge(ctx context.Context, svc *transfertoken.TokenService, every time.Duration, logger *slog.Logger) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if _, err := svc.PurgeExpired(ctx, keepExpired); err != nil && ctx.Err() == nil {
			logger.Error("purge failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
