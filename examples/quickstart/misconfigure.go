package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

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

	s.text("Without any salt, transfer tokens are off. Even a client with a good one gets:")
	disabled, err := transfertoken.New(s.store, "", nil)
	if err != nil {
		return err
	}
	server, err := startServer(newHandler(disabled, filepath.Join(s.temp, "backend-content"), time.Minute))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.shutdown(ctx)) }()
	pullErr := newClient(server.url, s.reports.Secret.Reveal()).pullFile(ctx, filepath.Join(s.temp, "pulled.jsonl"))
	if err := s.showRefusal("disabled: pull with the pull-only token", http.StatusNotImplemented, pullErr); err != nil {
		return err
	}
	s.text("What to do about it is told to administrators, for instance when they list the tokens:")
	_, err = disabled.List(ctx, transfertoken.ListOptions{})
	if !errors.Is(err, transfertoken.ErrDisabled) {
		return fmt.Errorf("listed without a salt: %w", err)
	}
	fmt.Fprintln(s.out, wrap(err.Error(), indent+indent))
	return nil
}
