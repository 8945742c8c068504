package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
	_ "modernc.org/sqlite"
)

// backend is all that ends with its process. What the next one needs is in the
// database and in the salt.
type backend struct {
	db     *sql.DB
	store  *sqlstore.Store
	svc    *transfertoken.TokenService
	server *server
}

func openBackend(ctx context.Context, database, content string, salt transfertoken.Salt, now func() time.Time) (_ *backend, err error) {
	db, err := sql.Open("sqlite", "file:"+url.PathEscape(database)+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	db.SetMaxOpenConns(4) // SQLite does not queue those who wait to write
	store, err := sqlstore.New(db, sqlstore.SQLite, nil)
	if err != nil {
		return nil, err
	}
	svc, err := transfertoken.New(store, salt, &transfertoken.Options{
		OtherSalts:    []transfertoken.Salt{strapiSalt},
		AcceptForeign: true,
		Now:           now,
	})
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", database, err)
	}
	server, err := startServer(newHandler(svc, content, time.Minute))
	if err != nil {
		return nil, err
	}
	return &backend{db, store, svc, server}, nil
}

// close does nothing with a nil backend.
func (b *backend) close(ctx context.Context) error {
	if b == nil {
		return nil
	}
	return errors.Join(b.server.shutdown(ctx), b.db.Close())
}

func (s *story) database() string { return filepath.Join(s.keep, "tokens.db") }

// open starts the backend from what is kept.
func (s *story) open(ctx context.Context) error {
	salt, place, err := s.configuredSalt()
	if err != nil {
		return err
	}
	s.backend, err = openBackend(ctx, s.database(), filepath.Join(s.temp, "backend-content"), salt, s.clock.now)
	if errors.Is(err, transfertoken.ErrWeakSalt) {
		return fmt.Errorf("%s: %w", place, err)
	}
	return err
}

func (s *story) start(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	s.chapter("The backend")
	s.text(`It runs on this machine only, keeps its tokens in a SQLite file, and has two endpoints: POST /push
		needs a token that grants push, GET /pull one that grants pull.`)
	s.line("tokens in    %s", s.database())
	s.line("listening on %s", s.server.url)
	if s.keep == s.temp {
		s.text("This folder is removed when the demo ends. With -dir FOLDER the tokens and the salt stay, in FOLDER.")
	}
	if err := s.checkSalts(ctx); err != nil {
		return err
	}
	return s.clearEarlierRun(ctx)
}
