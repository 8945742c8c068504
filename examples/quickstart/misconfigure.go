package main

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"

	"github.com/seed-39e76d91/transfertoken"
)

func (s *story) misconfigure(ctx context.Context) (err error) {
	s.chapter("A backend with the wrong salt, and one with none")
	s.text("The same tokens, but the salt was changed by accident. The check at the start says so:")
	changed, err := transfertoken.New(s.store, transfertoken.GenerateSalt(), &transfertoken.Options{Now: s.clock.now})
	if err != nil {
		return err
	}
	warnings, err := saltWarnings(ctx, changed)
	if err != nil {
		return err
	}
	for _, warning := range warnings {
		s.line("%s", warning)
	}

	s.text("Without any salt, transfer tokens are off. Even a good one gets:")
	disabled, err := transfertoken.New(s.store, "", nil)
	if err != nil {
		return err
	}
	server, err := startServer(newHandler(disabled, s.dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.shutdown(ctx)) }()
	pullErr := newClient(server.url, s.reports.Secret.Reveal()).pullFile(ctx, filepath.Join(s.dir, "pulled.jsonl"))
	return s.showRefusal("disabled: pull with the pull-only token", http.StatusNotImplemented, pullErr)
}
