package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"

	"github.com/seed-39e76d91/transfertoken"
)

func (s *story) restart(ctx context.Context) error {
	s.chapter("A restart")
	s.text("The backend stops and closes its database. Then it starts again, on the same file and with the same salt.")
	var before, after bytes.Buffer
	if err := list(ctx, &before, s.svc); err != nil {
		return err
	}
	stopped := s.backend
	s.backend = nil
	if err := stopped.close(ctx); err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	if err := s.checkSalts(ctx); err != nil {
		return err
	}
	if err := list(ctx, &after, s.svc); err != nil {
		return err
	}
	if !bytes.Equal(before.Bytes(), after.Bytes()) {
		return errors.New("the list of tokens is another one after the restart")
	}
	s.text("Administrators see the same as before. Times are in UTC, by the demo's clock.")
	if _, err := after.WriteTo(s.out); err != nil {
		return err
	}
	s.text("Clients notice nothing either: a good token is still good, and one that was revoked is still refused.")
	if err := newClient(s.server.url, s.site.Secret.Reveal()).pullFile(ctx, filepath.Join(s.temp, "pulled.jsonl")); err != nil {
		return err
	}
	s.line("issued before: pull with the full-access token: accepted")
	return s.refused(ctx, attempt{"deleted before: push with the contractor's token", s.contractor.Secret.Reveal(), transfertoken.Push, http.StatusUnauthorized})
}
