package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

// receive is behind httpauth.Require. What is pushed stays only if the token is
// still good when all of it has come.
func (f *files) receive(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	body, stop := f.steadyBody(w, r)
	defer stop()
	grant, _ := httpauth.GrantFrom(ctx) // without one it is the zero Grant, which is refused
	info, err := f.save(body, func() error { return grant.Recheck(ctx) })
	if cause := context.Cause(ctx); err != nil && cause != nil && cause != context.Canceled {
		err = cause // and not what its deadline made of it
	}
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(f.limits.Request))
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
	case errors.Is(err, errShutdown):
		status = http.StatusServiceUnavailable
	case errors.Is(err, errStalled):
		status = http.StatusRequestTimeout
	}
	httpauth.WriteEnvelope(w, r, status, err)
}
