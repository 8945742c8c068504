package backend

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// ErrShutdown is the cause of the context of a transfer that is broken off at the end.
var ErrShutdown = errors.New("the server shuts down")

// Serve serves until ctx ends or serving fails, and purges svc from time to time. It
// returns when nothing that it started is left running. It closes listener.
func Serve(
	ctx context.Context, cfg Config, listener net.Listener, svc *transfertoken.TokenService, handler http.Handler,
	logger *slog.Logger,
) (err error) {
	defer listener.Close()
	var background sync.WaitGroup
	defer background.Wait()
	stopPurge, cancel := context.WithCancel(ctx)
	defer cancel()
	if svc.Enabled() {
		background.Go(func() { purge(stopPurge, svc, cfg.Limits.PurgeEvery, logger) })
	}

	transfers, breakOff := context.WithCancelCause(context.WithoutCancel(ctx))
	defer breakOff(nil)
	requests := &requests{next: handler}
	server := &http.Server{
		Handler:           requests,
		BaseContext:       func(net.Listener) context.Context { return transfers },
		ReadHeaderTimeout: min(5*time.Second, cfg.Limits.Request),
		ReadTimeout:       cfg.Limits.Request, // the deadlines of a transfer are moved as it goes on
		WriteTimeout:      cfg.Limits.Request,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() {
		if cfg.Cert != "" {
			served <- server.ServeTLS(listener, cfg.Cert, cfg.Key)
		} else {
			served <- server.Serve(listener)
		}
	}()
	logger.Info("listening", "addr", listener.Addr().String(), "tls", cfg.Cert != "")

	select {
	case err = <-served:
	case <-ctx.Done():
		defer func() { <-served }()
	}
	logger.Info("shutting down")
	defer logger.Info("shut down")
	return errors.Join(err, shutdown(server, requests, cfg.Limits.Grace, func() { breakOff(ErrShutdown) }))
}

// shutdown waits for requests under way until grace is over. Then it breaks off the
// transfers among them, and waits until their handlers have returned.
func shutdown(server *http.Server, requests *requests, grace time.Duration, breakOff func()) error {
	end := func(limit time.Duration) error {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		return errors.Join(server.Shutdown(ctx), requests.wait(ctx))
	}
	if end(grace) == nil {
		return nil
	}
	breakOff()
	if err := end(5 * time.Second); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

// requests counts the requests under way. Server.Shutdown does not wait for those that
// have become a WebSocket.
type requests struct {
	next     http.Handler
	underWay sync.WaitGroup
}

func (q *requests) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q.underWay.Add(1)
	defer q.underWay.Done()
	q.next.ServeHTTP(w, r)
}

func (q *requests) wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		q.underWay.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
