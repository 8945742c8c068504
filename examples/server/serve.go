package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

var errShutdown = errors.New("the server shuts down")

// serve returns when ctx has ended, or serving failed, and nothing that it
// started is left running.
func serve(ctx context.Context, cfg config, listener net.Listener, logger *slog.Logger) (err error) {
	defer listener.Close()
	tokens, err := openTokens(ctx, cfg, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tokens.close()) }()
	files, err := openFiles(cfg, auditLog(logger))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.close()) }()
	handler, err := routes(cfg, tokens.svc, files, logger)
	if err != nil {
		return err
	}

	var background sync.WaitGroup
	defer background.Wait()
	stopPurge, cancel := context.WithCancel(ctx)
	defer cancel()
	if tokens.svc.Enabled() {
		background.Go(func() { purge(stopPurge, tokens.svc, cfg.Limits.PurgeEvery, logger) })
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
	return errors.Join(err, shutdown(server, cfg.Limits.Grace, func() { breakOff(errShutdown) }))
}

// shutdown gives requests under way until grace is over, breaks off the transfers
// among them, and waits until their handlers have returned.
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
