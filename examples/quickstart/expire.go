package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

func (s *story) expire(ctx context.Context) error {
	s.chapter("The end of a lifespan, and a new start")
	const days = 8
	s.clock.skip(days * 24 * time.Hour)
	s.text(fmt.Sprintf(`The demo moves its clock (Options.Now) %d days ahead. The push-only token was for 7 days.`, days))
	old := s.upload.Secret.Reveal()
	if err := s.refused(ctx, attempt{"expired: push with the push-only token", old, transfertoken.Push, http.StatusUnauthorized}); err != nil {
		return err
	}
	s.text("Regenerate keeps the token, starts its lifespan again and replaces its secret. The new one:")
	var err error
	if s.upload, err = s.svc.Regenerate(ctx, s.upload.Token.ID, s.upload.Token.Revision); err != nil {
		return err
	}
	s.showOnce(s.upload)
	if err := newClient(s.server.url, s.upload.Secret.Reveal()).pushFile(ctx, s.original); err != nil {
		return err
	}
	s.line("push with the new secret: accepted")
	return s.refused(ctx, attempt{"regenerated: push with the secret from before", old, transfertoken.Push, http.StatusUnauthorized})
}
