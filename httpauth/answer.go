package httpauth

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// Refuse answers r as [Require] does by default when it refuses a request for err:
// with the status, the WWW-Authenticate header and the body that the table in the
// package comment has for err. It is for an error of [Check], and for a transfer that
// ends before its handler has answered, with the error of
// [transfertoken.Grant.Recheck] or the cause of its context. need is that of Require
// or Check.
func Refuse(w http.ResponseWriter, r *http.Request, need transfertoken.Permissions, err error) {
	status, challenge := statusOf(need, err)
	setHeaders(w, r, challenge)
	WriteEnvelope(w, r, status, err)
}

// WriteEnvelope answers with status and Strapi's error envelope. It is the default
// of [Options].Answer. An Answer of the host can call it for what it does not want
// to change, and a guarded handler for its own errors. The message depends on
// status, and on which of the package's errors err is; the text of err is not
// written. r may be nil.
func WriteEnvelope(w http.ResponseWriter, r *http.Request, status int, err error) {
	e := strapi.NewError(status, http.StatusText(status))
	var many *manyHeaders
	switch {
	case errors.Is(err, transfertoken.ErrDisabled):
		e.Message, e.Details = strapi.ErrDisabled.Message, strapi.ErrDisabled.Details
	case errors.As(err, &many):
		e.Message = "More than one " + many.name + " header"
	case errors.Is(err, ErrManyCredentials):
		e.Message = "More than one header with credentials"
	case errors.Is(err, transfertoken.ErrExpired):
		e.Message = strapi.ErrTokenExpired.Message
	case errors.Is(err, transfertoken.ErrSuspended):
		e.Message = strapi.ErrTokenSuspended.Message
	case errors.Is(err, transfertoken.ErrUnauthorized):
		e.Message = strapi.ErrCredentials.Message
	}
	w.Header().Set("Content-Type", strapi.ContentType)
	w.WriteHeader(status)
	w.Write(e.Envelope())
}

// refuse answers a request that is not let through because of err.
func (g *guard) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, challenge := statusOf(g.need, err)
	g.log(r, strapi.LogLevel(r.Context(), status), "transfer request refused", err, slog.Int("status", status))
	setHeaders(w, r, challenge)
	g.opts.Answer(w, r, status, err)
}

func setHeaders(w http.ResponseWriter, r *http.Request, challenge string) {
	if challenge != "" {
		w.Header().Set("WWW-Authenticate", challenge)
	}
	w.Header().Set("Cache-Control", "no-store")
	// The server would answer only when it has read to the end of the body, or
	// 256 KiB of it. The sender of a push may pause for long.
	if r.ContentLength < 0 && r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
}

// statusOf returns the status for err, and the WWW-Authenticate header that belongs
// to it, if any. A request without credentials gets no error code: RFC 6750,
// section 3.1.
func statusOf(need transfertoken.Permissions, err error) (status int, challenge string) {
	switch {
	case errors.Is(err, transfertoken.ErrDisabled):
		return http.StatusNotImplemented, ""
	case errors.Is(err, ErrManyCredentials):
		return http.StatusBadRequest, `Bearer error="invalid_request"`
	case errors.Is(err, ErrNoCredentials):
		return http.StatusUnauthorized, `Bearer`
	case errors.Is(err, transfertoken.ErrExpired):
		return http.StatusUnauthorized, `Bearer error="invalid_token", error_description="Token expired"`
	case errors.Is(err, transfertoken.ErrSuspended):
		return http.StatusUnauthorized, `Bearer error="invalid_token", error_description="Token suspended"`
	case errors.Is(err, transfertoken.ErrUnauthorized):
		return http.StatusUnauthorized, `Bearer error="invalid_token"`
	case errors.Is(err, transfertoken.ErrForbidden):
		return http.StatusForbidden, `Bearer error="insufficient_scope", scope="` + strings.Join(need.Names(), " ") + `"`
	}
	return http.StatusServiceUnavailable, ""
}

// log names the route by its pattern, because a method, a path or a query comes from
// the client, who may have put a secret there.
func (g *guard) log(r *http.Request, level slog.Level, msg string, err error, more ...slog.Attr) {
	attrs := append([]slog.Attr{
		slog.String("need", g.need.String()),
		slog.String("pattern", r.Pattern),
		slog.String("remote", r.RemoteAddr),
		slog.Any("error", err),
	}, more...)
	g.opts.Logger.LogAttrs(r.Context(), level, msg, attrs...)
}
