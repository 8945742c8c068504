package admin

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// Refusals that Strapi does not have.
var (
	errCrossOrigin  = strapi.NewError(http.StatusForbidden, "Cross-origin writes are refused")
	errConflict     = strapi.NewError(http.StatusConflict, "Transfer token was changed meanwhile")
	errPrecondition = strapi.NewError(http.StatusPreconditionFailed, "Transfer token was changed meanwhile")
	errUnavailable  = strapi.NewError(http.StatusServiceUnavailable, "Service Unavailable")
)

// refuse answers with the envelope for err.
func (a *api) refuse(w http.ResponseWriter, r *http.Request, on route, err error) {
	refusal := refusalFor(err)
	a.log(r, on, refusal)
	send(w, refusal.Status, strapi.ContentType, refusal.Envelope())
}

// refusalFor returns the answer to a request that failed with err.
func refusalFor(err error) *strapi.Error {
	var refusal *strapi.Error
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, transfertoken.ErrDisabled):
		return strapi.ErrDisabled.Because(err)
	case errors.Is(err, transfertoken.ErrNotFound):
		return strapi.ErrTokenNotFound
	case errors.Is(err, transfertoken.ErrNameTaken):
		return strapi.ErrNameTaken
	case errors.Is(err, transfertoken.ErrConflict):
		return errConflict
	}
	return errUnavailable.Because(err)
}

// log writes a refusal that has a cause. It names the route by its pattern, because
// a path or a query may hold anything.
func (a *api) log(r *http.Request, on route, refusal *strapi.Error) {
	if refusal.Cause == nil {
		return
	}
	a.logger.LogAttrs(r.Context(), strapi.LogLevel(r.Context(), refusal.Status), "admin request refused",
		slog.Int("status", refusal.Status),
		slog.String("pattern", "/"+on.pattern),
		slog.String("remote", r.RemoteAddr),
		slog.Any("error", refusal.Cause),
	)
}
