package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

const maxPush = 64 << 20

// newHandler returns the two endpoints of the backend: what is pushed to it can
// be pulled from it. Where that is kept is decided here and never by the client.
// A transfer that outlives its token is broken off at the next recheck.
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
		connection := http.NewResponseController(w)
		defer context.AfterFunc(ctx, func() { connection.SetReadDeadline(time.Now()) })()

		grant, _ := httpauth.GrantFrom(ctx) // without one it is the zero Grant, which is refused
		body := http.MaxBytesReader(w, r.Body, maxPush)
		err := save(content, io.MultiReader(body, then(func() error { return grant.Recheck(ctx) })))
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx) // and not what the deadline made of it
		}
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

		connection := http.NewResponseController(w)
		defer context.AfterFunc(r.Context(), func() { connection.SetWriteDeadline(time.Now()) })()
		if _, err := io.Copy(w, file); err != nil {
			panic(http.ErrAbortHandler) // the status is out: break off, so that the client notices
		}
	})
}

// then is a part of a body without content: it runs when all before it was read,
// and its error is that of the body.
type then func() error

func (do then) Read([]byte) (int, error) {
	if err := do(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}
