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
	server := &http.Server{
		Handler:           handler,
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
	return errors.Join(err, shutdown(server, cfg.Limits.Grace, func() { breakOff(ErrShutdown) }))
}

// shutdown waits for requests under way until grace is over. Then it breaks off the
// transfers among them, and waits until their handlers have returned.
func shutdown(server *http.Server, grace time.Duration, breakOff func()) error {
	patient, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if server.Shutdown(patient) == nil {
		return nil
	}
	breakOff()
	last, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
