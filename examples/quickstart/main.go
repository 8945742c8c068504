// Quickstart shows the life of transfer tokens in the terminal: a backend that
// issues them, a client that pushes and pulls a file with them, and what both
// see when a token is no good.
//
//	go run ./examples/quickstart
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/seed-39e76d91/transfertoken"
)

func main() {
	// SIGPIPE, for whoever stops reading the output: it would leave files behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	err := run(ctx, os.Stdout, os.Getenv)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// story is what the chapters share.
type story struct {
	*printer
	store    transfertoken.Store
	svc      *transfertoken.TokenService
	clock    *clock
	dir      string // for everything that the program writes
	original string // the file that the client pushes
	url      string // of the backend

	site, upload, reports transfertoken.Issued
}

func run(ctx context.Context, out io.Writer, getenv func(string) string) (err error) {
	s := &story{printer: &printer{out: out}, store: transfertoken.NewMemoryStore(), clock: &clock{}}

	s.dir, err = os.MkdirTemp("", "transfertoken-quickstart-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.dir)) }()
	s.original = filepath.Join(s.dir, "articles.jsonl")
	if err := writeArticles(s.original); err != nil {
		return err
	}

	salt := s.loadSalt(getenv)
	s.svc, err = transfertoken.New(s.store, salt, &transfertoken.Options{
		OtherSalts:    []transfertoken.Salt{strapiSalt},
		AcceptForeign: true,
		Now:           s.clock.now,
	})
	if err != nil {
		return err
	}

	server, err := startServer(newHandler(s.svc, s.dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.shutdown(ctx)) }()
	s.url = server.url

	for _, chapter := range []func(context.Context) error{
		s.start,
		s.issue,
		s.transfer,
		s.comeFromStrapi,
		s.meetRefusals,
		s.takeBack,
		s.expire,
		s.review,
		s.misconfigure,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) start(ctx context.Context) error {
	s.chapter("The backend")
	s.text(`It runs on this machine only, keeps its tokens in memory, and has two endpoints: POST /push needs
		a token that grants push, GET /pull one that grants pull.`)
	s.line("listening on %s", s.url)
	warnings, err := saltWarnings(ctx, s.svc)
	if err != nil {
		return err
	}
	for _, warning := range warnings {
		s.text(warning)
	}
	if len(warnings) == 0 {
		s.text("Checked at every start: no token was made under a salt that is not configured.")
	}
	return nil
}
