package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

var errStalled = errors.New("the client sent nothing for too long")

// steadyBody returns the body of r. It may take as long as it wants, provided that
// something comes, and ends with the context of r, which ends with the token.
func (f *files) steadyBody(w http.ResponseWriter, r *http.Request) (body io.Reader, stop func() bool) {
	connection := http.NewResponseController(w)
	stop = context.AfterFunc(r.Context(), func() { connection.SetReadDeadline(time.Now()) })
	limited := http.MaxBytesReader(w, r.Body, f.limits.Push)
	return readerFunc(func(p []byte) (int, error) {
		connection.SetReadDeadline(time.Now().Add(f.limits.Stall))
		// After moving the deadline: the other order could undo what AfterFunc does.
		if r.Context().Err() != nil {
			return 0, context.Cause(r.Context())
		}
		n, err := limited.Read(p)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = errStalled
		}
		return n, err
	}), stop
}

// steadyWriter returns w for a body that may take as long as it wants, provided
// that the client takes something, and that ends with the context of r.
func (f *files) steadyWriter(w http.ResponseWriter, r *http.Request) (steady http.ResponseWriter, stop func() bool) {
	connection := http.NewResponseController(w)
	stop = context.AfterFunc(r.Context(), func() { connection.SetWriteDeadline(time.Now()) })
	return &steadyWriter{w, r.Context(), connection, f.limits.Stall}, stop
}

type steadyWriter struct {
	http.ResponseWriter
	ctx        context.Context
	connection *http.ResponseController
	stall      time.Duration
}

func (w *steadyWriter) Write(p []byte) (int, error) {
	w.connection.SetWriteDeadline(time.Now().Add(w.stall))
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	return w.ResponseWriter.Write(p)
}

type readerFunc func([]byte) (int, error)

func (read readerFunc) Read(p []byte) (int, error) { return read(p) }
