package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/examples/internal/backend"
	"github.com/seed-39e76d91/transfertoken/examples/internal/blog"
	"github.com/seed-39e76d91/transfertoken/examples/internal/login"
)

// serve serves until ctx ends or serving fails. It returns when nothing that it
// started is left running.
func serve(ctx context.Context, cfg backend.Config, listener net.Listener, logger *slog.Logger) (err error) {
	defer listener.Close()
	tokens, err := backend.OpenTokens(ctx, cfg, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tokens.Close()) }()
	content, err := blog.Open(ctx, cfg.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	handler, err := routes(cfg, tokens.Service, content, logger)
	if err != nil {
		return err
	}
	return backend.Serve(ctx, cfg, listener, tokens.Service, handler, logger)
}

func routes(
	cfg backend.Config, svc *transfertoken.TokenService, content *blog.Blog, logger *slog.Logger,
) (http.Handler, error) {
	mux := http.NewServeMux()
	content.Mount(mux, logger)
	door, err := backend.Manage(mux, cfg, svc, logger, nil, login.Page{Address: "transfers", Title: "Last transfers"})
	if err != nil {
		return nil, err
	}
	past := &history{audit: backend.AuditLog(logger)}
	mux.Handle("GET /transfers", past.page(door, logger))
	mux.HandleFunc("GET /transfers.css", serveTransfersCSS)

	// Clients are told the address up to /admin, as those of Strapi are.
	runner, err := remote.NewHandler(svc, &remote.HandlerOptions{
		Source:       content.Data.Source,
		Destination:  content.Data.Destination,
		RecheckEvery: cfg.Limits.Recheck,
		OnEvent:      past.onEvent,
		OnProgress:   past.onProgress,
	})
	if err != nil {
		return nil, err
	}
	mux.Handle("/admin/transfer/runner/", backend.WithRemote(http.StripPrefix("/admin", runner)))
	return door.Guide(mux), nil
}
