// Package strapi holds what is peculiar to Strapi's HTTP API: its envelope, its
// errors and their texts, how it reads a JSON body, and how its validator yup
// words what is wrong with one. It knows nothing of transfer tokens beyond these
// texts. The facts are from Strapi 5.54.0.
//
//	error.go     errors, the envelope, the level at which a refusal is logged
//	body.go      reading and parsing a JSON body
//	value.go     the values of JSON, and how JavaScript and yup print them
//	problems.go  the rules of yup and their messages
package strapi

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
)

// ContentType is that of every envelope.
const ContentType = "application/json; charset=utf-8"

// Error is an answer that refuses a request.
type Error struct {
	Status  int    `json:"status"`
	Name    string `json:"name"`
	Message string `json:"message"`
	Details any    `json:"details,omitempty"` // nil is left out of the envelope

	// Cause is for the log and never in the envelope. nil: nothing to log.
	Cause error `json:"-"`
}

// Error returns the message of the envelope.
func (e *Error) Error() string { return e.Message }

type noDetails struct{}

// NewError returns an error without details whose name follows from status.
func NewError(status int, message string) *Error {
	name := strings.TrimSuffix(strings.ReplaceAll(http.StatusText(status), " ", ""), "Error") + "Error"
	return &Error{Status: status, Name: name, Message: message, Details: noDetails{}}
}

// Because returns a copy of e with a cause.
func (e *Error) Because(cause error) *Error {
	copied := *e
	copied.Cause = cause
	return &copied
}

// The errors of Strapi.
var (
	ErrCredentials   = NewError(http.StatusUnauthorized, "Missing or invalid credentials")
	ErrTokenExpired  = NewError(http.StatusUnauthorized, "Token expired")
	ErrNotFound      = NewError(http.StatusNotFound, "Not Found")
	ErrTokenNotFound = NewError(http.StatusNotFound, "Transfer token not found")
	ErrPolicy        = &Error{Status: http.StatusForbidden, Name: "PolicyError", Message: "Policy Failed",
		Details: noDetails{}}
	ErrNameTaken = &Error{Status: http.StatusBadRequest, Name: "ApplicationError", Message: "Name already taken",
		Details: noDetails{}}
	ErrTooLarge = &Error{Status: http.StatusRequestEntityTooLarge, Name: "PayloadTooLargeError",
		Message: "request entity too large"}

	// ErrTokenSuspended is in the manner of ErrTokenExpired. Strapi has no suspended tokens.
	ErrTokenSuspended = NewError(http.StatusUnauthorized, "Token suspended")

	// ErrDisabled is the answer while no salt is configured.
	ErrDisabled = &Error{
		Status:  http.StatusNotImplemented,
		Name:    "NotImplementedError",
		Message: "The server configuration for data transfer is invalid. Please contact your server administrator.",
		Details: struct {
			Code string `json:"code"`
		}{"INVALID_TOKEN_SALT"},
	}
)

// Envelope returns the body of an answer that refuses a request.
func (e *Error) Envelope() []byte {
	return encode(struct {
		Data  *noDetails `json:"data"`
		Error *Error     `json:"error"`
	}{nil, e})
}

// Envelope returns the body of an answer that succeeds.
func Envelope(data any) []byte {
	return encode(struct {
		Data any `json:"data"`
	}{data})
}

// encode escapes <, > and &, so that no browser can be made to take an answer for
// a page.
func encode(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // nothing that is answered can fail to be encoded
	}
	return body
}

// LogLevel returns the level at which an answer with status is logged: a failure
// of the backend as an error, unless the client has closed its connection, which
// ends ctx and can look like one.
func LogLevel(ctx context.Context, status int) slog.Level {
	switch {
	case status == http.StatusNotImplemented:
		return slog.LevelWarn
	case status == http.StatusServiceUnavailable && ctx.Err() == nil:
		return slog.LevelError
	}
	return slog.LevelInfo
}
