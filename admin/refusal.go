package admin

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/seed-39e76d91/transfertoken"
)

// A refusal is what Strapi's error envelope holds. Details that are nil are left
// out.
type refusal struct {
	Status  int    `json:"status"`
	Name    string `json:"name"`
	Message string `json:"message"`
	Details any    `json:"details,omitempty"`
}

func (f *refusal) Error() string { return f.Message }

type none struct{}

var (
	errCrossOrigin  = &refusal{403, "ForbiddenError", "Cross-origin writes are refused", none{}}
	errUnauthorized = &refusal{401, "UnauthorizedError", "Missing or invalid credentials", none{}}
	errForbidden    = &refusal{403, "PolicyError", "Policy Failed", none{}}
	errDisabled     = &refusal{501, "NotImplementedError", "The server configuration for data transfer is invalid. Please contact your server administrator.",
		struct {
			Code string `json:"code"`
		}{"INVALID_TOKEN_SALT"}}
	errNoRoute      = &refusal{404, "NotFoundError", "Not Found", none{}}
	errNoToken      = &refusal{404, "NotFoundError", "Transfer token not found", none{}}
	errNameTaken    = &refusal{400, "ApplicationError", "Name already taken", none{}}
	errConflict     = &refusal{409, "ConflictError", "Transfer token was changed meanwhile", none{}}
	errPrecondition = &refusal{412, "PreconditionFailedError", "Transfer token was changed meanwhile", none{}}
	errTooLarge     = &refusal{413, "PayloadTooLargeError", "request entity too large", nil}
	errMediaType    = &refusal{415, "UnsupportedMediaTypeError", "Content-Type must be application/json", none{}}
	errEncoding     = &refusal{415, "UnsupportedMediaTypeError", "Content-Encoding must be left out", none{}}
	errAborted      = &refusal{400, "BadRequestError", "request aborted", none{}}
	errUnavailable  = &refusal{503, "ServiceUnavailableError", "Service Unavailable", none{}}
)

// refused is a refusal for a reason that is logged and not told to the client.
type refused struct {
	*refusal
	reason error
}

// refuse answers with the envelope that says err.
func (a *api) refuse(w http.ResponseWriter, r *http.Request, on route, err error) {
	verdict, reason := judge(err)
	if reason != nil {
		a.log(r, on, verdict.Status, reason)
	}
	send(w, verdict.Status, jsonType, encode(struct {
		Data  *none    `json:"data"`
		Error *refusal `json:"error"`
	}{nil, verdict}))
}

// judge returns what to answer, and what to log, if anything.
func judge(err error) (verdict *refusal, reason error) {
	var because *refused
	switch {
	case errors.As(err, &because):
		return because.refusal, because.reason
	case errors.As(err, &verdict):
		return verdict, nil
	case errors.Is(err, transfertoken.ErrDisabled):
		return errDisabled, err
	case errors.Is(err, transfertoken.ErrNotFound):
		return errNoToken, nil
	case errors.Is(err, transfertoken.ErrNameTaken):
		return errNameTaken, nil
	case errors.Is(err, transfertoken.ErrConflict):
		return errConflict, nil
	}
	return errUnavailable, err
}

// log names the route by its pattern, because a path or a query may hold
// anything.
func (a *api) log(r *http.Request, on route, status int, reason error) {
	level := slog.LevelInfo // the client's doing, a connection that it closed included
	switch {
	case status == http.StatusNotImplemented:
		level = slog.LevelWarn
	case status == http.StatusServiceUnavailable && r.Context().Err() == nil:
		level = slog.LevelError
	}
	a.logger.LogAttrs(r.Context(), level, "admin request refused",
		slog.Int("status", status),
		slog.String("pattern", "/"+on.pattern),
		slog.String("remote", r.RemoteAddr),
		slog.Any("error", reason),
	)
}
