package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

var errShutdown = errors.New("the server shuts down")

// serve serves until ctx ends or serving fails. It returns when nothing that it
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

func routes(cfg config, svc *transfertoken.TokenService, files *files, logger *slog.Logger) (http.Handler, error) {
	sessions := newSessions(cfg.secureCookies())
	manage, err := admin.New(svc, &admin.Options{
		Authorize: func(r *http.Request, action string) (string, error) {
			// A backend with more than one kind of administrator looks at action.
			if c := callerFrom(r.Context()); c.admin != "" {
				return c.admin, nil
			}
			return "", transfertoken.ErrUnauthorized
		},
		TrustedOrigins: cfg.trustedOrigins(),
		// Relative to /admin/transfer/, so that a proxy may put a prefix before it.
		SignInURL: "../../login",
		Texts: map[string]string{
			"disabledHow": "Set TRANSFER_TOKEN_SALT to it where the server gets its other secrets, " +
				"and restart the server. Keep it: all tokens are lost with it.",
		},
		Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	guard := &httpauth.Options{Logger: logger, RecheckEvery: cfg.Limits.Recheck}
	push := httpauth.Require(svc, transfertoken.Push, guard)
	pull := httpauth.Require(svc, transfertoken.Pull, guard)
	sameOrigin := http.NewCrossOriginProtection()
	for _, origin := range cfg.trustedOrigins() {
		if err := sameOrigin.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { redirect(w, "login") })
	mux.Handle("GET /login", offerLogin(sessions))
	mux.Handle("POST /login", sameOrigin.Handler(login(cfg, sessions, auditLog(logger))))
	mux.Handle("POST /logout", sameOrigin.Handler(logout(sessions, auditLog(logger))))
	mux.Handle("/admin/", withCaller(http.StripPrefix("/admin", withTimeout(cfg.Limits.Request, manage)), sessions.admin))
	mux.Handle("POST /push", withCaller(push(http.HandlerFunc(files.receive)), nil))
	mux.Handle("GET /pull", withCaller(pull(http.HandlerFunc(files.sendList)), nil))
	mux.Handle("GET /pull/{id}", withCaller(pull(http.HandlerFunc(files.send)), nil))
	return mux, nil
}

// withTimeout gives the store half of limit, so that there is time left to answer.
func withTimeout(limit time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit/2)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
