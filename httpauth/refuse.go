package httpauth

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// Refuse answers r as [Require] does by default when err keeps a request out: with
// the status, the WWW-Authenticate header and the body that the table in the
// package comment has for err. It is for a handler whose transfer ends before it
// has answered, with the error of [transfertoken.Grant.Recheck] or the cause of
// its context. need is what Require was told to need.
func Refuse(w http.ResponseWriter, r *http.Request, need transfertoken.Permissions, err error) {
	status, challenge := verdict(need, err)
	setHeaders(w, r, challenge)
	WriteEnvelope(w, r, status, err)
}

// refuse answers a request that is not let through because of err.
func (g *guard) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, challenge := verdict(g.need, err)
	g.log(r, strapi.LogLevel(r.Context(), status), "transfer request refused", err, slog.Int("status", status))
	setHeaders(w, r, challenge)
	g.answer(w, r, status, err)
}

func setHeaders(w http.ResponseWriter, r *http.Request, challenge string) {
	if challenge != "" {
		w.Header().Set("WWW-Authenticate", challenge)
	}
	w.Header().Set("Cache-Control", "no-store")
	// The server would answer only when it has read to the end of the body, or
	// 256 KiB of it; what streams a push may pause for long.
	if r.ContentLength < 0 && r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
}

// verdict returns the status that says err, and the WWW-Authenticate header that
// goes with it, if any. A request without credentials gets no error code: RFC
// 6750, section 3.1.
func verdict(need transfertoken.Permissions, err error) (status int, challenge string) {
	switch {
	case errors.Is(err, transfertoken.ErrDisabled):
		return http.StatusNotImplemented, ""
	case errors.Is(err, ErrManyCredentials):
		return http.StatusBadRequest, `Bearer error="invalid_request"`
	case errors.Is(err, ErrNoCredentials):
		return http.StatusUnauthorized, `Bearer`
	case errors.Is(err, transfertoken.ErrExpired):
		return http.StatusUnauthorized, `Bearer error="invalid_token", error_description="Token expired"`
	case errors.Is(err, transfertoken.ErrUnauthorized):
		return http.StatusUnauthorized, `Bearer error="invalid_token"`
	case errors.Is(err, transfertoken.ErrForbidden):
		return http.StatusForbidden, `Bearer error="insufficient_scope", scope="` + strings.Join(need.Names(), " ") + `"`
	}
	return http.StatusServiceUnavailable, ""
}

// log names the route by its pattern: a method, a path or a query is the
// client's, and a client may have put its secret there.
func (g *guard) log(r *http.Request, level slog.Level, msg string, err error, more ...slog.Attr) {
	attrs := append([]slog.Attr{
		slog.String("need", g.need.String()),
		slog.String("pattern", r.Pattern),
		slog.String("remote", r.RemoteAddr),
		slog.Any("error", err),
	}, more...)
	g.logger.LogAttrs(r.Context(), level, msg, attrs...)
}
