package httpauth_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// logTo returns a logger that writes everything to buf.
func logTo(buf *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(buf, &slog.HandlerOptions{Level: slog.Level(-100), AddSource: true}))
}

func TestNothingPresentedIsLoggedOrAnswered(t *testing.T) {
	for _, f := range tokentest.Failures(transfertoken.Push) {
		t.Run(f.Name, func(t *testing.T) {
			srv := tokentest.NewServer(t, nil)
			secret := f.Arrange(t, srv)
			svc := srv.Service.TokenService
			if f.Status == http.StatusNotImplemented {
				svc = nil
			}
			var log bytes.Buffer
			guard := httpauth.Require(svc, transfertoken.Push, &httpauth.Options{Logger: logTo(&log)})
			for _, headers := range [][]string{
				{"Bearer " + secret},
				{"Basic " + secret},
				{secret},
				{"Bearer " + secret + " " + secret},
				{"Bearer " + secret, "Bearer " + secret},
			} {
				r := httptest.NewRequest(secret, "/"+secret+"?access_token="+secret, strings.NewReader(secret))
				r.Header["Authorization"] = headers
				r.Header.Set("Cookie", "token="+secret)
				r.Header.Set("User-Agent", secret)
				r.Host = secret
				w := httptest.NewRecorder()
				guard(ok).ServeHTTP(w, r)
				requireNoSecret(t, fmt.Sprint(w.Header(), w.Body), secret)
			}
			require.NotEmpty(t, log.String())
			requireNoSecret(t, log.String(), secret)
		})
	}
}

func requireNoSecret(t *testing.T, text, secret string) {
	t.Helper()
	digest := tokentest.Salt.Digest(secret)
	for _, leak := range []string{
		secret, secret[5:25], string(tokentest.Salt),
		hex.EncodeToString(digest[:8]), base64.StdEncoding.EncodeToString(digest[:6]), fmt.Sprint([8]byte(digest[:8]))[1:20],
	} {
		require.NotContains(t, text, leak)
	}
}

func TestStoreFailureIsForTheLogOnly(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	secret := push(t, srv)
	srv.Service.Fail(errors.New("dial tcp 10.1.2.3:5432: password authentication failed"))
	var log bytes.Buffer
	w := call(httpauth.Require(srv.Service.TokenService, transfertoken.Push, &httpauth.Options{Logger: logTo(&log)}),
		"Bearer "+secret)
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.NotContains(t, fmt.Sprint(w.Header(), w.Body), "10.1.2.3")
	require.Contains(t, log.String(), "dial tcp 10.1.2.3:5432: password authentication failed")
	require.Contains(t, log.String(), `"level":"ERROR"`)
}

func TestLogTellsWhatWasRefusedAndWhy(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	var log bytes.Buffer
	guard := httpauth.Require(srv.Service.TokenService, transfertoken.Push, &httpauth.Options{Logger: logTo(&log)})
	mux := http.NewServeMux()
	mux.Handle("POST /transfer/{id}", guard(ok))
	r := httptest.NewRequest("POST", "/transfer/7", nil)
	mux.ServeHTTP(httptest.NewRecorder(), r)
	for _, part := range []string{`"level":"INFO"`, `"need":"push"`, `"pattern":"POST /transfer/{id}"`,
		`"remote":"192.0.2.1:1234"`, `"status":401`, "no Bearer token"} {
		require.Contains(t, log.String(), part)
	}
}

func TestWhatIsLetThroughIsNotLogged(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	var log bytes.Buffer
	guard := httpauth.Require(srv.Service.TokenService, transfertoken.Push, &httpauth.Options{Logger: logTo(&log)})
	w := call(guard, "Bearer "+push(t, srv))
	require.Equal(t, http.StatusOK, w.Code)
	require.Empty(t, w.Header())
	require.Empty(t, log.String())
}
