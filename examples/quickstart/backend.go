package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/sqlstore"
	_ "modernc.org/sqlite"
)

// backend holds everything that ends with its process. The next process needs the
// database and the salt alone.
type backend struct {
	db     *sql.DB
	store  *sqlstore.Store
	svc    *transfertoken.TokenService
	server *server
}

func openBackend(ctx context.Context, database, content string, salt transfertoken.Salt,
	now func() time.Time) (_ *backend, err error) {
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

// close closes the backend. A nil backend is closed already.
func (b *backend) close(ctx context.Context) error {
	if b == nil {
		return nil
	}
	return errors.Join(b.server.shutdown(ctx), b.db.Close())
}

func (s *story) database() string { return filepath.Join(s.keep, "tokens.db") }

// open starts the backend with the database and the salt that are kept.
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

const maxPush = 64 << 20

// newHandler returns the two endpoints of the backend: POST /push replaces the file
// content, GET /pull sends it. The client has no say in where it is kept. A transfer
// that outlives its token is broken off at the next recheck.
func newHandler(svc *transfertoken.TokenService, content string, recheckEvery time.Duration) http.Handler {
	opts := &httpauth.Options{
		Logger:       slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		RecheckEvery: recheckEvery,
	}
	mux := http.NewServeMux()
	mux.Handle("POST /push", httpauth.Require(svc, transfertoken.Push, opts)(receive(content)))
	mux.Handle("GET /pull", httpauth.Require(svc, transfertoken.Pull, opts)(send(content)))
	return mux
}

func receive(content string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		grant, _ := httpauth.GrantFrom(ctx) // without one it is the zero Grant, which is refused
		body := http.MaxBytesReader(w, r.Body, maxPush)
		err := save(content, io.MultiReader(body, afterBody(func() error { return grant.Recheck(ctx) })))
		var tooLarge *http.MaxBytesError
		switch {
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case errors.Is(err, transfertoken.ErrUnauthorized), errors.Is(err, transfertoken.ErrForbidden):
			httpauth.Refuse(w, r, transfertoken.Push, err)
		case errors.As(err, &tooLarge):
			httpauth.WriteEnvelope(w, r, http.StatusRequestEntityTooLarge, err)
		default:
			log.Print(err)
			httpauth.WriteEnvelope(w, r, http.StatusInternalServerError, err)
		}
	})
}

func send(content string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, err := os.Open(content)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			httpauth.WriteEnvelope(w, r, http.StatusNotFound, err)
			return
		case err != nil:
			log.Print(err)
			httpauth.WriteEnvelope(w, r, http.StatusInternalServerError, err)
			return
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil {
			w.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		if _, err := io.Copy(w, file); err != nil {
			panic(http.ErrAbortHandler) // the status is out: break off, so that the client notices
		}
	})
}

// afterBody is an empty io.Reader that calls a function when it is read. As the last
// part of a MultiReader it runs once the whole body has been read.
type afterBody func() error

func (do afterBody) Read([]byte) (int, error) {
	if err := do(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

type server struct {
	url    string
	http   *http.Server
	served chan error
}

// startServer serves on a free port of the loopback interface. A real backend uses
// TLS, because secrets travel in a header.
func startServer(handler http.Handler) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{
		url: "http://" + listener.Addr().String(),
		http: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       10 * time.Minute, // of a whole push
			WriteTimeout:      10 * time.Minute, // of a whole pull
			IdleTimeout:       time.Minute,
		},
		served: make(chan error, 1),
	}
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

// shutdown lets transfers that are under way finish, for a few seconds.
func (s *server) shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
