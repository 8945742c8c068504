package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/examples/internal/backend"
	"github.com/seed-39e76d91/transfertoken/examples/internal/login"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

// serve serves until ctx ends or serving fails. It returns when nothing that it
// started is left running.
func serve(ctx context.Context, cfg config, listener net.Listener, logger *slog.Logger) (err error) {
	defer listener.Close()
	tokens, err := backend.OpenTokens(ctx, cfg.Config, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tokens.Close()) }()
	files, err := openFiles(cfg, backend.AuditLog(logger))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.close()) }()
	handler, err := routes(cfg, tokens.Service, files, logger)
	if err != nil {
		return err
	}
	return backend.Serve(ctx, cfg.Config, listener, tokens.Service, handler, logger)
}

// commands are shown on the page beside a new secret. Its {url} ends in /admin.
var commands = []admin.Command{{
	Name: "curl",
	Push: `curl -H "Authorization: Bearer {secret}" --data-binary @FILE {url}/../push`,
	Pull: `curl -H "Authorization: Bearer {secret}" {url}/../pull`,
}}

func routes(cfg config, svc *transfertoken.TokenService, files *files, logger *slog.Logger) (http.Handler, error) {
	mux := http.NewServeMux()
	door, err := backend.Manage(mux, cfg.Config, svc, logger, commands)
	if err != nil {
		return nil, err
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { login.Redirect(w, "login") })

	guard := &httpauth.Options{Logger: logger, RecheckEvery: cfg.Limits.Recheck}
	push := httpauth.Require(svc, transfertoken.Push, guard)
	pull := httpauth.Require(svc, transfertoken.Pull, guard)
	mux.Handle("POST /push", backend.WithRemote(push(http.HandlerFunc(files.receive))))
	mux.Handle("GET /pull", backend.WithRemote(pull(http.HandlerFunc(files.sendList))))
	mux.Handle("GET /pull/{id}", backend.WithRemote(pull(http.HandlerFunc(files.send))))
	return door.Guide(mux), nil
}
