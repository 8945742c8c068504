package transfertoken

import (
	"errors"
	"fmt"
	"strings"
)

// The errors that callers tell apart, with [errors.Is].
var (
	// ErrDisabled is returned by every method of a TokenService that has no
	// salt. Hosts answer it with 501.
	ErrDisabled = errors.New("transfertoken: transfer tokens are disabled because no salt is configured: " +
		"make one with GenerateSalt or `openssl rand -base64 32`, keep it outside the code " +
		"(for example in TRANSFER_TOKEN_SALT) and pass it to New")

	// ErrWeakSalt is returned by New for a salt that is configured but weak. It
	// never means "off": the backend should not start.
	ErrWeakSalt = errors.New("transfertoken: weak salt")

	// ErrInvalid means that the input is invalid. Every *ValidationError is
	// ErrInvalid.
	ErrInvalid = errors.New("transfertoken: invalid")

	// ErrNotFound means that no token has the ID.
	ErrNotFound = errors.New("transfertoken: token not found")

	// ErrNameTaken means that another token has the name.
	ErrNameTaken = errors.New("transfertoken: name already taken")

	// ErrSecretTaken means that another token has the secret. In practice only
	// Adopt returns it: the same token was adopted before.
	ErrSecretTaken = errors.New("transfertoken: secret already taken")

	// ErrConflict means that the token changed since the caller read it.
	ErrConflict = errors.New("transfertoken: token was changed meanwhile: read it again")

	// ErrReadOnly means that the store takes no writes now, for example because its
	// database is a standby. It is a failure of the store, which hosts answer with
	// 503, as all others.
	ErrReadOnly = errors.New("transfertoken: the store is read-only")

	// ErrUnauthorized means that the secret is unknown, malformed, replaced or
	// deleted. These look the same on purpose.
	ErrUnauthorized = errors.New("transfertoken: unauthorized")

	// ErrExpired means that the token of the secret has expired. It is also
	// ErrUnauthorized.
	ErrExpired error = fmt.Errorf("%w: token expired", ErrUnauthorized)

	// ErrSuspended means that the token of the secret is suspended. It is also
	// ErrUnauthorized.
	ErrSuspended error = fmt.Errorf("%w: token suspended", ErrUnauthorized)

	// ErrForbidden means that the secret is accepted, but its token does not grant
	// the permissions that are needed.
	ErrForbidden = errors.New("transfertoken: forbidden: the token does not grant this")
)

// A ValidationError lists every problem of a request, field by field. It is used
// as a pointer, and is [ErrInvalid]. The zero ValidationError has no problems.
type ValidationError struct {
	Fields []FieldError `json:"fields"`
}

// A FieldError is one problem of one field. Field is the name of the field in
// JSON, such as "name" or "expiresAt". Problem is a text for people that follows
// the field's name, such as "must not be empty". Neither repeats the input.
type FieldError struct {
	Field   string `json:"field"`
	Problem string `json:"problem"`
}

// Error returns all problems in one line.
func (e *ValidationError) Error() string {
	var text strings.Builder
	text.WriteString(ErrInvalid.Error())
	for i, f := range e.Fields {
		if i == 0 {
			text.WriteString(": ")
		} else {
			text.WriteString("; ")
		}
		text.WriteString(f.Field + " " + f.Problem)
	}
	return text.String()
}

// Unwrap makes a ValidationError an [ErrInvalid].
func (e *ValidationError) Unwrap() error { return ErrInvalid }

// Add appends a problem of a field.
func (e *ValidationError) Add(field, problem string) {
	e.Fields = append(e.Fields, FieldError{Field: field, Problem: problem})
}

// Err returns e, or nil if e has no problems. A function that checks several fields
// adds to a zero ValidationError and returns its Err.
func (e *ValidationError) Err() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

func invalid(field, problem string) error {
	return &ValidationError{Fields: []FieldError{{Field: field, Problem: problem}}}
}

// storeError returns the error of the service for an error of its store. The
// errors that the contract of Store names come back bare, without the text that a
// driver may have put around them. Any other error is wrapped as a failure of op.
// ErrUnauthorized, ErrForbidden, ErrDisabled and ErrInvalid cannot be unwrapped
// from it: coming from a store, they say nothing about the caller.
func storeError(op string, err error) error {
	for _, contract := range [...]error{ErrNotFound, ErrNameTaken, ErrSecretTaken, ErrConflict} {
		if errors.Is(err, contract) {
			return contract
		}
	}
	for _, misleading := range [...]error{ErrUnauthorized, ErrForbidden, ErrDisabled, ErrInvalid} {
		if errors.Is(err, misleading) {
			return fmt.Errorf("transfertoken: %s: %v", op, err)
		}
	}
	return fmt.Errorf("transfertoken: %s: %w", op, err)
}
