package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

const (
	maxPush      = 64 << 20
	recheckEvery = 256 << 10
)

// newHandler returns the two endpoints of the backend: what is pushed to it can
// be pulled from it. Where that is kept is decided here and never by the client.
func newHandler(svc *transfertoken.TokenService, dir string) http.Handler {
	content := filepath.Join(dir, "backend-content")
	mux := http.NewServeMux()
	mux.Handle("POST /push", requireToken(svc, transfertoken.Push)(receive(content)))
	mux.Handle("GET /pull", requireToken(svc, transfertoken.Pull)(send(content)))
	return mux
}

func receive(content string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := http.MaxBytesReader(w, r.Body, maxPush)
		checked := &recheckedReader{ctx: r.Context(), from: body}
		err := save(content, checked)
		var tooLarge *http.MaxBytesError
		switch {
		case checked.refusal != nil:
			io.Copy(io.Discard, body) // a client that is still sending when the connection closes may lose the answer
			refuse(w, r, transfertoken.Push, checked.refusal)
		case errors.As(err, &tooLarge):
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		case err != nil:
			log.Print(err)
			http.Error(w, "cannot be stored", http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
}

func send(content string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, err := os.Open(content)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			http.Error(w, "nothing was pushed yet", http.StatusNotFound)
			return
		case err != nil:
			log.Print(err)
			http.Error(w, "cannot be read", http.StatusInternalServerError)
			return
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil {
			w.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		if _, err := io.Copy(w, &recheckedReader{ctx: r.Context(), from: file}); err != nil {
			panic(http.ErrAbortHandler) // the status is out: break off, so that the client notices
		}
	})
}

// recheckedReader ends a transfer whose token is no longer good. The middleware
// has checked it when the transfer began, and that may be long ago.
type recheckedReader struct {
	ctx     context.Context
	from    io.Reader
	read    int   // since the last check
	refusal error // why the transfer was ended
}

func (r *recheckedReader) Read(p []byte) (int, error) {
	if r.read >= recheckEvery {
		grant, _ := grantFrom(r.ctx) // without one it is the zero Grant, which is refused
		if r.refusal = grant.Recheck(r.ctx); r.refusal != nil {
			return 0, r.refusal
		}
		r.read = 0
	}
	n, err := r.from.Read(p)
	r.read += n
	return n, err
}

type server struct {
	url    string
	http   *http.Server
	served chan error
}

// startServer serves on a free port of the loopback interface. A real backend
// does so over TLS: the secrets travel in a header.
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
