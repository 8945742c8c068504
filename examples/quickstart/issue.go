package main

import (
	"context"
	"fmt"

	"github.com/seed-39e76d91/transfertoken"
)

func (s *story) issue(ctx context.Context) error {
	s.chapter("Three tokens")
	s.text(`An administrator makes a token for each client, with no more rights than it needs. Its secret is
		shown now and never again: nobody can read it back out of the backend.`)
	var err error
	if s.site, err = s.create(ctx, transfertoken.NewToken{
		Name:        "site sync",
		Permissions: transfertoken.FullAccess,
		Lifespan:    transfertoken.Days90,
		CreatedBy:   "alice",
	}); err != nil {
		return err
	}
	if s.upload, err = s.create(ctx, transfertoken.NewToken{
		Name:        "nightly",
		Permissions: transfertoken.Push,
		Lifespan:    transfertoken.Days7,
		CreatedBy:   "alice",
	}); err != nil {
		return err
	}
	if s.reports, err = s.create(ctx, transfertoken.NewToken{
		Name:        "reports",
		Permissions: transfertoken.Pull,
		Lifespan:    transfertoken.Unlimited,
		CreatedBy:   "bob",
	}); err != nil {
		return err
	}
	s.text("What administrators see from now on; the hint, the end of the secret, tells tokens apart:")
	return list(ctx, s.out, s.svc)
}

func (s *story) create(ctx context.Context, t transfertoken.NewToken) (transfertoken.Issued, error) {
	t.Description = madeHere
	issued, err := s.svc.Create(ctx, t)
	if err != nil {
		return transfertoken.Issued{}, fmt.Errorf("token %q: %w", t.Name, err)
	}
	s.showOnce(issued)
	return issued, nil
}

// showOnce is the only place of the program that prints a secret.
func (s *story) showOnce(issued transfertoken.Issued) {
	s.line("%-14s  %-11s  %s", issued.Token.Name, issued.Token.Permissions, issued.Secret.Reveal())
}
