package httpauth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// What [Options].Answer is told, beside the errors of
// [transfertoken.TokenService.Authorize].
var (
	// ErrNoCredentials means that the request presents no Bearer token. It is
	// also transfertoken.ErrUnauthorized.
	ErrNoCredentials = fmt.Errorf("%w: no Bearer token in the request", transfertoken.ErrUnauthorized)

	// ErrManyCredentials means that the request has more than one
	// Authorization header.
	ErrManyCredentials = errors.New("httpauth: more than one Authorization header")
)

// bearer returns what follows the scheme Bearer in the one Authorization header
// of r, which is for Authorize to judge: it may be empty or hold spaces.
func bearer(r *http.Request) (string, error) {
	headers := r.Header["Authorization"]
	if len(headers) > 1 {
		return "", ErrManyCredentials
	}
	if len(headers) == 0 {
		return "", ErrNoCredentials
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", ErrNoCredentials
	}
	return strings.TrimLeft(token, " "), nil
}
