package httpauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// envelope is what Strapi answers when something is wrong.
type envelope struct {
	Data  *struct{}     `json:"data"` // always null
	Error envelopeError `json:"error"`
}

type envelopeError struct {
	Status  int             `json:"status"`
	Name    string          `json:"name"`
	Message string          `json:"message"`
	Details envelopeDetails `json:"details"`
}

type envelopeDetails struct {
	Code string `json:"code,omitempty"`
}

// WriteEnvelope answers with status and Strapi's error envelope. It is the
// default of [Options].Answer; another can call it for what it leaves as it is,
// and a guarded handler for its own errors. The message depends on status, and
// on which of the package's errors err is; the text of err is not written. r may
// be nil.
func WriteEnvelope(w http.ResponseWriter, r *http.Request, status int, err error) {
	e := envelopeError{Status: status, Message: message(status, err)}
	e.Name = strings.TrimSuffix(strings.ReplaceAll(http.StatusText(status), " ", ""), "Error") + "Error"
	if errors.Is(err, transfertoken.ErrDisabled) {
		e.Details.Code = "INVALID_TOKEN_SALT"
	}
	body, err := json.Marshal(envelope{Error: e})
	if err != nil {
		panic(err) // it holds nothing that cannot be encoded
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(body)
}

func message(status int, err error) string {
	switch {
	case errors.Is(err, transfertoken.ErrDisabled):
		return "The server configuration for data transfer is invalid. Please contact your server administrator."
	case errors.Is(err, ErrManyCredentials):
		return "More than one Authorization header"
	case errors.Is(err, transfertoken.ErrExpired):
		return "Token expired"
	case errors.Is(err, transfertoken.ErrUnauthorized):
		return "Missing or invalid credentials"
	}
	return http.StatusText(status)
}
