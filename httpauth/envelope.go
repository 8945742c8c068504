package httpauth

import (
	"errors"
	"net/http"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// WriteEnvelope answers with status and Strapi's error envelope. It is the default
// of [Options].Answer. An Answer of the host can call it for what it does not want
// to change, and a guarded handler for its own errors. The message depends on
// status, and on which of the package's errors err is; the text of err is not
// written. r may be nil.
func WriteEnvelope(w http.ResponseWriter, r *http.Request, status int, err error) {
	e := strapi.NewError(status, http.StatusText(status))
	switch {
	case errors.Is(err, transfertoken.ErrDisabled):
		e.Message, e.Details = strapi.ErrDisabled.Message, strapi.ErrDisabled.Details
	case errors.Is(err, ErrManyCredentials):
		e.Message = "More than one Authorization header"
	case errors.Is(err, transfertoken.ErrExpired):
		e.Message = strapi.ErrTokenExpired.Message
	case errors.Is(err, transfertoken.ErrUnauthorized):
		e.Message = strapi.ErrCredentials.Message
	}
	w.Header().Set("Content-Type", strapi.ContentType)
	w.WriteHeader(status)
	w.Write(e.Envelope())
}
