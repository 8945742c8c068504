package httpauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// maxFailedRechecks is for how long, in rechecks, a transfer goes on while the
// store does not tell whether its token is still good.
const maxFailedRechecks = 10

// watch returns a context that ends when grant does. stop ends it as well, and
// returns when nothing is left running.
//
// A recheck runs code of the host: its store, clock, OnEvent and Logger. If that
// panics, the transfer ends, and stop returns what to panic with in the goroutine of
// the handler, where the server and the host's middleware expect panics.
func (g *guard) watch(parent context.Context, r *http.Request, grant transfertoken.Grant) (ctx context.Context, stop func() (panicked any)) {
	ctx, cancel := context.WithCancelCause(parent)
	done := make(chan any, 1)
	go func() {
		returned := false
		defer func() {
			panicked := recover()
			if !returned { // a panic, or runtime.Goexit
				cancel(errRecheckPanicked)
			}
			done <- panicked
		}()
		if err := g.recheck(ctx, r, grant); err != nil {
			g.log(r, slog.LevelInfo, "transfer ended by recheck", err, slog.String("token", grant.Token.ID.String()))
			cancel(err)
		}
		returned = true
	}()
	return ctx, sync.OnceValue(func() any {
		cancel(nil)
		return <-done
	})
}

var errRecheckPanicked = errors.New("httpauth: the recheck of a transfer panicked")

// recheck returns why the transfer has to end, or nil when ctx has ended.
//
// The service has a clock of its own, so that reaching ExpiresAt is an occasion
// to ask it. Only if the store prevents an answer then, or later, is the time of
// this process good enough.
func (g *guard) recheck(ctx context.Context, r *http.Request, grant transfertoken.Grant) error {
	ticker := time.NewTicker(g.recheckEvery)
	defer ticker.Stop()
	var expiry <-chan time.Time
	expiresAt := grant.Token.ExpiresAt
	if !expiresAt.IsZero() {
		timer := time.NewTimer(time.Until(expiresAt))
		defer timer.Stop()
		expiry = timer.C
	}
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-expiry:
		}
		err := g.ask(ctx, grant)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			failed = 0
			continue
		case errors.Is(err, transfertoken.ErrUnauthorized), errors.Is(err, transfertoken.ErrForbidden):
			return err
		}
		failed++
		g.log(r, slog.LevelWarn, "recheck failed", err, slog.Int("failed", failed))
		if grant.Token.Expired(time.Now()) {
			return transfertoken.ErrExpired
		}
		if failed == maxFailedRechecks {
			return fmt.Errorf("httpauth: %d rechecks in a row failed, the last: %w", failed, err)
		}
	}
}

// ask rechecks once. A store that hangs has failed when the next recheck is due.
func (g *guard) ask(ctx context.Context, grant transfertoken.Grant) error {
	ctx, cancel := context.WithTimeout(ctx, g.recheckEvery)
	defer cancel()
	return grant.Recheck(ctx)
}
