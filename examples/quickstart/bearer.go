package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// requireToken guards a handler: it runs only for requests whose Bearer token grants
// need.
func requireToken(svc *transfertoken.TokenService, need transfertoken.Permissions) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			grant, err := svc.Authorize(r.Context(), bearer(r), need)
			if err != nil {
				refuse(w, r, need, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), grantKey{}, grant)))
		})
	}
}

type grantKey struct{}

// grantFrom returns the grant with which requireToken let the request through.
func grantFrom(ctx context.Context) (transfertoken.Grant, bool) {
	grant, ok := ctx.Value(grantKey{}).(transfertoken.Grant)
	return grant, ok
}

// bearer returns the secret that the request presents, or "", which authorizes
// nothing. A secret has one place: exactly one Authorization header. URLs end up
// in logs.
func bearer(r *http.Request) string {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return ""
	}
	scheme, secret, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return secret
}

// refuse turns an error of Authorize or Recheck into the answer. A store that
// fails is no bad token: the client may try again, and only the log says why.
func refuse(w http.ResponseWriter, r *http.Request, need transfertoken.Permissions, err error) {
	switch {
	case errors.Is(err, transfertoken.ErrUnauthorized):
		challenge := "Bearer"
		if bearer(r) != "" {
			challenge = `Bearer error="invalid_token"`
		}
		w.Header().Set("WWW-Authenticate", challenge)
		http.Error(w, err.Error(), http.StatusUnauthorized)
	case errors.Is(err, transfertoken.ErrForbidden):
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+strings.Join(need.Names(), " ")+`"`)
		http.Error(w, err.Error(), http.StatusForbidden)
	case errors.Is(err, transfertoken.ErrDisabled):
		http.Error(w, err.Error(), http.StatusNotImplemented)
	default:
		log.Print(err)
		http.Error(w, "transfer tokens cannot be checked at the moment", http.StatusServiceUnavailable)
	}
}
