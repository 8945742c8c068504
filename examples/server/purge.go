package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// keepExpired is for how long an expired token can still be regenerated.
const keepExpired = 30 * 24 * time.Hour

// purge deletes what expired long ago, now and then until ctx ends. Each deletion
// is an event, and so in the log.
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
