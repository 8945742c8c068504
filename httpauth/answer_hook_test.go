package httpauth_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

func TestAnswerIsToldStatusAndError(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	failure := errors.New("disk on fire")
	var got error
	opts := &httpauth.Options{Answer: func(w http.ResponseWriter, r *http.Request, status int, err error) {
		require.Equal(t, "/", r.URL.Path)
		got = err
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
		io.WriteString(w, "no")
	}}
	guard := httpauth.Require(svc.TokenService, transfertoken.Push, opts)
	opts.Answer = nil // they were copied
	push := "Bearer " + svc.Issue(t, transfertoken.Push, transfertoken.Days7).Secret.Reveal()
	pull := "Bearer " + svc.Issue(t, transfertoken.Pull, transfertoken.Unlimited).Secret.Reveal()

	require.Equal(t, "no", call(guard).Body.String())
	require.ErrorIs(t, got, httpauth.ErrNoCredentials)
	require.ErrorIs(t, got, transfertoken.ErrUnauthorized)
	require.Equal(t, `Bearer error="invalid_token"`, call(guard, "Bearer x").Header().Get("WWW-Authenticate"))
	require.ErrorIs(t, got, transfertoken.ErrUnauthorized)
	require.NotErrorIs(t, got, httpauth.ErrNoCredentials)
	require.Equal(t, 400, call(guard, push, push).Code)
	require.ErrorIs(t, got, httpauth.ErrManyCredentials)
	require.NotErrorIs(t, got, transfertoken.ErrUnauthorized)
	require.Equal(t, 403, call(guard, pull).Code)
	require.ErrorIs(t, got, transfertoken.ErrForbidden)
	svc.Clock.Advance(1e9 * 60 * 60 * 24 * 7)
	require.Equal(t, 401, call(guard, push).Code)
	require.ErrorIs(t, got, transfertoken.ErrExpired)
	svc.Fail(failure)
	require.Equal(t, 503, call(guard, push).Code)
	require.ErrorIs(t, got, failure)
}

func TestWriteEnvelopeNamesErrorsAsStrapiDoes(t *testing.T) {
	for status, want := range map[int]string{
		404: `{"data":null,"error":{"status":404,"name":"NotFoundError","message":"Not Found","details":{}}}`,
		413: `{"data":null,"error":{"status":413,"name":"RequestEntityTooLargeError","message":"Request Entity Too Large",` +
			`"details":{}}}`,
		500: `{"data":null,"error":{"status":500,"name":"InternalServerError","message":"Internal Server Error",` +
			`"details":{}}}`,
	} {
		w := httptest.NewRecorder()
		httpauth.WriteEnvelope(w, nil, status, errors.New("not for clients"))
		require.Equal(t, status, w.Code)
		require.Equal(t, want, w.Body.String())
	}
}
