package main

import (
	"context"
	"log/slog"

	"github.com/seed-39e76d91/transfertoken"
)

// warnOfSalts says at the start what would otherwise show only as clients that
// are refused, one by one.
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
			logger.Warn("transfer tokens can never be authorized: their salt is not configured", "tokens", s.Tokens, "salt", s.SaltID)
		case !s.Current && s.Configured:
			logger.Info("transfer tokens under the other salt", "tokens", s.Tokens, "salt", s.SaltID)
		}
	}
	return nil
}
