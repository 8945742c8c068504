package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/examples/internal/backend"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

// receive handles a push behind httpauth.Require. It keeps the file only if the token
// still grants the push when all of it has come.
func (f *files) receive(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	grant, _ := httpauth.GrantFrom(ctx) // without one it is the zero Grant, which is refused
	info, err := f.save(f.limitStalls(w, r), func() error { return grant.Recheck(ctx) })
	if cause := context.Cause(ctx); err != nil && cause != nil && cause != context.Canceled {
		err = cause // the recheck failed for it
	}
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(f.answer))
	if err != nil {
		f.refusePush(w, r, grant, err)
		return
	}
	f.logger.Info("pushed", "file", info.ID.String(), "size", info.Size, "name", grant.Token.Name, "remote", r.RemoteAddr)
	writeJSON(w, http.StatusCreated, info)
}

func (f *files) refusePush(w http.ResponseWriter, r *http.Request, grant transfertoken.Grant, err error) {
	f.logger.Warn("push broken off", "name", grant.Token.Name, "remote", r.RemoteAddr, "error", err)
	status := http.StatusInternalServerError
	switch tooLarge := (*http.MaxBytesError)(nil); {
	case errors.Is(err, transfertoken.ErrUnauthorized), errors.Is(err, transfertoken.ErrForbidden):
		httpauth.Refuse(w, r, transfertoken.Push, err)
		return
	case errors.As(err, &tooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, backend.ErrShutdown):
		status = http.StatusServiceUnavailable
	case errors.Is(err, errStalled):
		status = http.StatusRequestTimeout
	}
	httpauth.WriteEnvelope(w, r, status, err)
}

// send handles a pull behind httpauth.Require. A client that was interrupted can ask
// for the rest with a Range.
func (f *files) send(w http.ResponseWriter, r *http.Request) {
	file, err := f.open(r.PathValue("id"))
	if err != nil {
		f.refusePull(w, r, err)
		return
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		f.refusePull(w, r, err)
		return
	}
	grant, _ := httpauth.GrantFrom(r.Context())
	f.logger.Info("pull begins",
		"file", stat.Name(), "size", stat.Size(), "name", grant.Token.Name, "remote", r.RemoteAddr)

	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("ETag", `"`+stat.Name()+`"`)
	limited := &stallLimitedWriter{w, r.Context(), http.NewResponseController(w), f.limits.Stall}
	// An answer that is cut short ends the connection, so that the client notices.
	http.ServeContent(limited, r, "", stat.ModTime(), file)
}

func (f *files) sendList(w http.ResponseWriter, r *http.Request) {
	list, err := f.list()
	if err != nil {
		f.refusePull(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, list)
}

func (f *files) refusePull(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		httpauth.WriteEnvelope(w, r, http.StatusNotFound, err)
		return
	}
	f.logger.Error("pull failed", "error", err)
	httpauth.WriteEnvelope(w, r, http.StatusInternalServerError, err)
}

func writeJSON(w http.ResponseWriter, status int, data any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"data": data})
}

var errStalled = errors.New("the client sent nothing for too long")

// limitStalls returns the body of a push. It may take as long as it wants if some of
// it comes from time to time. httpauth ends a read when the token ends.
func (f *files) limitStalls(w http.ResponseWriter, r *http.Request) io.Reader {
	connection := http.NewResponseController(w)
	limited := http.MaxBytesReader(w, r.Body, f.limits.Push)
	return readerFunc(func(p []byte) (int, error) {
		connection.SetReadDeadline(time.Now().Add(f.limits.Stall))
		// After moving the deadline, because the other order could undo that of httpauth.
		if r.Context().Err() != nil {
			return 0, context.Cause(r.Context())
		}
		n, err := limited.Read(p)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = errStalled
		}
		return n, err
	})
}

type readerFunc func([]byte) (int, error)

func (read readerFunc) Read(p []byte) (int, error) { return read(p) }

// stallLimitedWriter writes the answer to a pull. It may take as long as it wants if
// the client reads from time to time. httpauth ends a write when the token ends.
type stallLimitedWriter struct {
	http.ResponseWriter
	ctx        context.Context
	connection *http.ResponseController
	stall      time.Duration
}

func (w *stallLimitedWriter) Write(p []byte) (int, error) {
	w.connection.SetWriteDeadline(time.Now().Add(w.stall))
	if w.ctx.Err() != nil { // after moving the deadline, as above
		return 0, context.Cause(w.ctx)
	}
	return w.ResponseWriter.Write(p)
}
