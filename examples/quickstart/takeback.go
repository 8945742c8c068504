package main

import (
	"context"
	"io"
	"net/http"
	"os"

	"github.com/seed-39e76d91/transfertoken"
)

func (s *story) takeBack(ctx context.Context) error {
	s.chapter("Rights that are taken back")
	s.text(`A contractor gets full access. Then an administrator narrows the token to push, and at last deletes
		it while the contractor's push is under way. All of it counts at once.`)
	var err error
	s.contractor, err = s.create(ctx, transfertoken.NewToken{
		Name:        "contractor",
		Permissions: transfertoken.FullAccess,
		Lifespan:    transfertoken.Days30,
		CreatedBy:   "bob",
	})
	if err != nil {
		return err
	}
	id, secret := s.contractor.Token.ID, s.contractor.Secret.Reveal()

	push := transfertoken.Push
	if _, err := s.svc.Update(ctx, id, transfertoken.Changes{Permissions: &push}); err != nil {
		return err
	}
	if err := s.refused(ctx, attempt{"narrowed: pull after the change", secret, transfertoken.Pull, http.StatusForbidden}); err != nil {
		return err
	}

	file, err := os.Open(s.original)
	if err != nil {
		return err
	}
	defer file.Close()
	interrupted := io.MultiReader(io.LimitReader(file, 512<<10), then(func() error {
		return s.svc.Delete(ctx, id, transfertoken.AnyRevision)
	}), file)
	err = newClient(s.server.url, secret).push(ctx, interrupted)
	if err := s.showRefusal("deleted: in the middle of a push, which is discarded", http.StatusUnauthorized, err); err != nil {
		return err
	}
	return s.refused(ctx, attempt{"deleted: the next push", secret, transfertoken.Push, http.StatusUnauthorized})
}
