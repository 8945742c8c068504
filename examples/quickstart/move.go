package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/examples/internal/blog"
)

// move pushes the articles and pictures of one instance to another, as
// `strapi transfer`, xfer and examples/instance do.
func (s *story) move(ctx context.Context) (err error) {
	s.chapter("Articles and pictures, from one instance to another")
	s.text(`Two instances of a blog, each with a SQLite file and a folder of pictures. The live one serves
		transfers: package sqldata reads and replaces its tables, package remote speaks the protocol of Strapi.`)
	staging, err := blog.Open(ctx, filepath.Join(s.temp, "staging"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, staging.Close()) }()
	if err := staging.Seed(ctx); err != nil {
		return err
	}
	live, err := blog.Open(ctx, filepath.Join(s.temp, "live"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, live.Close()) }()
	handler, err := remote.NewHandler(s.svc, &remote.HandlerOptions{
		Source:      live.Data.Source,
		Destination: live.Data.Destination,
	})
	if err != nil {
		return err
	}
	server, err := startServer(http.StripPrefix("/admin", handler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.shutdown(ctx)) }()
	address := server.url + "/admin"

	if _, err := s.showContents(ctx, "staging", staging); err != nil {
		return err
	}
	if _, err := s.showContents(ctx, "live", live); err != nil {
		return err
	}
	s.text("The live one issues a token for a push:")
	token, err := s.create(ctx, transfertoken.NewToken{
		Name:        "from staging",
		Permissions: transfertoken.Push,
		Lifespan:    transfertoken.Days7,
		CreatedBy:   "alice",
	})
	if err != nil {
		return err
	}
	s.text("Staging pushes with it. All of it becomes visible at once:")
	report, err := push(ctx, staging, address, token.Secret.Reveal())
	if err != nil {
		return err
	}
	for _, stage := range report.Stages {
		s.line("%-13s  %3d sent, %d bytes", stage.Stage, stage.Records, stage.Bytes)
	}
	if err := s.compare(ctx, staging, live); err != nil {
		return err
	}

	s.text("The token is deleted. The next push is refused, and changes nothing:")
	if err := s.svc.Delete(ctx, token.Token.ID, token.Token.Revision); err != nil {
		return err
	}
	_, err = push(ctx, staging, address, token.Secret.Reveal())
	if !errors.Is(err, remote.ErrUnauthorized) {
		return fmt.Errorf("a push with a deleted token: %w", err)
	}
	s.line("%v", err)
	return s.compare(ctx, staging, live)
}

// push replaces all data of the instance at address by that of from.
func push(ctx context.Context, from *blog.Blog, address, secret string) (_ datatransfer.Report, err error) {
	src, err := from.Data.Source(ctx)
	if err != nil {
		return datatransfer.Report{}, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	dst, err := remote.Push(ctx, address, secret, nil)
	if err != nil {
		return datatransfer.Report{}, err
	}
	return datatransfer.Run(ctx, src, dst, nil)
}

// compare prints what both have. The story ends if it is not the same.
func (s *story) compare(ctx context.Context, staging, live *blog.Blog) error {
	sent, err := s.showContents(ctx, "staging", staging)
	if err != nil {
		return err
	}
	received, err := s.showContents(ctx, "live", live)
	if err != nil {
		return err
	}
	if sent != received {
		return errors.New("the instances differ after the push")
	}
	s.line("the same")
	return nil
}

func (s *story) showContents(ctx context.Context, name string, b *blog.Blog) (blog.Contents, error) {
	c, err := b.Contents(ctx)
	if err != nil {
		return blog.Contents{}, err
	}
	s.line("%-8s %3d articles, %2d pictures  SHA-256 %.16s...", name, c.Articles, c.Pictures, c.SHA256)
	return c, nil
}
