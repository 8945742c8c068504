package httpauth_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

func TestCheckSaysWhatRequireWouldDo(t *testing.T) {
	for _, f := range tokentest.Failures(transfertoken.Push) {
		t.Run(f.Name, func(t *testing.T) {
			srv := tokentest.NewServer(t, nil)
			secret := f.Arrange(t, srv)
			svc := srv.Service.TokenService
			if f.Status == http.StatusNotImplemented {
				svc = nil
			}
			r := httptest.NewRequest("POST", "/push", nil)
			r.Header.Set("Authorization", "Bearer "+secret)
			grant, err := httpauth.Check(svc, transfertoken.Push, r, nil)
			require.Error(t, err)
			require.Zero(t, grant)
			w := httptest.NewRecorder()
			httpauth.Refuse(w, r, transfertoken.Push, err)
			require.Equal(t, f.Status, w.Code)
			require.Equal(t, f.Challenge, w.Header().Get("WWW-Authenticate"))
		})
	}
}

func TestCheckReturnsTheGrant(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	issued := svc.Issue(t, transfertoken.FullAccess, transfertoken.Days7)
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+issued.Secret.Reveal())
	grant, err := httpauth.Check(svc.TokenService, transfertoken.Pull, r, &httpauth.Options{RecheckEvery: time.Minute})
	require.NoError(t, err)
	require.Equal(t, issued.Token.ID, grant.Token.ID)
	require.NoError(t, grant.Recheck(t.Context()))
	svc.Revoke(t, issued.Token.ID)
	require.ErrorIs(t, grant.Recheck(t.Context()), transfertoken.ErrUnauthorized)
}

func TestCheckOfNothing(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	r := httptest.NewRequest("GET", "/", nil)
	_, err := httpauth.Check(svc.TokenService, transfertoken.Push, r, nil)
	require.ErrorIs(t, err, httpauth.ErrNoCredentials)
	_, err = httpauth.Check(nil, transfertoken.Push, r, nil)
	require.ErrorIs(t, err, transfertoken.ErrDisabled)
	r.Header["Authorization"] = []string{"Bearer x", "Bearer x"}
	_, err = httpauth.Check(svc.TokenService, transfertoken.Push, r, nil)
	require.ErrorIs(t, err, httpauth.ErrManyCredentials)
	r.Header["Authorization"] = []string{"Bearer x"}
	for _, need := range []transfertoken.Permissions{0, 4, 255} {
		_, err = httpauth.Check(svc.TokenService, need, r, nil)
		require.ErrorIs(t, err, transfertoken.ErrInvalid)
	}
}

func TestHeaderHoldsTheSecretAndNothingElse(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	secret := svc.Issue(t, transfertoken.Push, transfertoken.Days7).Secret.Reveal()
	guard := httpauth.Require(svc.TokenService, transfertoken.Push, &httpauth.Options{Header: "x-transfer-TOKEN"})
	for name, row := range map[string]struct {
		header    http.Header
		status    int
		challenge string
		message   string
	}{
		"secret": {http.Header{"X-Transfer-Token": {secret}}, 200, "", ""},
		"beside a proxy's": {http.Header{"X-Transfer-Token": {secret}, "Authorization": {"Basic eA==", "Bearer y"}},
			200, "", ""},
		"with a scheme": {http.Header{"X-Transfer-Token": {"Bearer " + secret}}, 401, `Bearer error="invalid_token"`,
			"Missing or invalid credentials"},
		"with a space": {http.Header{"X-Transfer-Token": {secret + " "}}, 401, `Bearer error="invalid_token"`,
			"Missing or invalid credentials"},
		"none":  {http.Header{}, 401, "Bearer", "Missing or invalid credentials"},
		"empty": {http.Header{"X-Transfer-Token": {""}}, 401, "Bearer", "Missing or invalid credentials"},
		"in Authorization alone": {http.Header{"Authorization": {"Bearer " + secret}}, 401, "Bearer",
			"Missing or invalid credentials"},
		"two": {http.Header{"X-Transfer-Token": {secret, secret}}, 400, `Bearer error="invalid_request"`,
			"More than one X-Transfer-Token header"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", nil)
			r.Header = row.header
			w := httptest.NewRecorder()
			guard(ok).ServeHTTP(w, r)
			require.Equal(t, row.status, w.Code)
			require.Equal(t, row.challenge, w.Header().Get("WWW-Authenticate"))
			require.Contains(t, w.Body.String(), row.message)
			_, err := httpauth.Check(svc.TokenService, transfertoken.Push, r, &httpauth.Options{Header: "x-transfer-TOKEN"})
			require.Equal(t, row.status == 200, err == nil)
		})
	}
}

func TestExpiryHeaderHoldsTheEndOfTheToken(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	guard := httpauth.Require(svc.TokenService, transfertoken.Push, &httpauth.Options{ExpiryHeader: "X-Token-Expires"})
	limited := svc.Issue(t, transfertoken.Push, transfertoken.Days7)
	w := call(guard, "Bearer "+limited.Secret.Reveal())
	at, err := time.Parse(time.RFC3339, w.Header().Get("X-Token-Expires"))
	require.NoError(t, err)
	require.Equal(t, limited.Token.ExpiresAt, at.UTC())
	w = call(guard, "Bearer "+svc.Issue(t, transfertoken.Push, transfertoken.Unlimited).Secret.Reveal())
	require.Equal(t, 200, w.Code)
	require.Empty(t, w.Header(), "an unlimited token has no end")
	require.Empty(t, call(guard, "Bearer x").Header().Get("X-Token-Expires"))
}

func TestHeadersThatCannotBeArePanics(t *testing.T) {
	const noName = "must be the name of a header"
	const hopByHop = "must not be a header that a proxy or the server takes for itself"
	for name, problem := range map[string]string{
		"X Token": noName, "X-Token:": noName, "Tök": noName, "X-Token\n": noName, "\x00": noName, "(x)": noName, " ": noName,
		"Connection": hopByHop, "keep-alive": hopByHop, "PROXY-AUTHENTICATE": hopByHop, "proxy-authentication-info": hopByHop,
		"Proxy-Authorization": hopByHop, "Proxy-Connection": hopByHop, "TE": hopByHop, "te": hopByHop, "Trailer": hopByHop,
		"Transfer-Encoding": hopByHop, "Upgrade": hopByHop, "Host": hopByHop, "content-length": hopByHop,
	} {
		for field, opts := range map[string]*httpauth.Options{
			"Header":       {Header: name},
			"ExpiryHeader": {ExpiryHeader: name},
		} {
			require.PanicsWithValue(t, "httpauth: "+field+" "+problem,
				func() { httpauth.Require(nil, transfertoken.Push, opts) }, name)
		}
	}
	for _, name := range []string{"Authorization", "authorization"} {
		require.Panics(t, func() { httpauth.Require(nil, transfertoken.Push, &httpauth.Options{Header: name}) }, name)
	}
	r := httptest.NewRequest("POST", "/", nil)
	svc := tokentest.NewService(t, nil).TokenService
	for _, name := range []string{"X Token", "te", "authorization"} {
		r.Header.Set(name, "xfer_")
		_, err := httpauth.Check(svc, transfertoken.Push, r, &httpauth.Options{Header: name})
		require.ErrorIs(t, err, transfertoken.ErrInvalid, name)
	}
	for _, name := range []string{"X-Token", "x-token", "Upgrade-Token", "Connection-Token", "Hosts"} {
		require.NotPanics(t, func() {
			httpauth.Require(nil, transfertoken.Push, &httpauth.Options{Header: name, ExpiryHeader: name})
		}, name)
	}
}

func TestTwoHeadersWithSecretsOnTheWireAreRefused(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	secret := svc.Issue(t, transfertoken.Push, transfertoken.Days7).Secret.Reveal()
	server := httptest.NewServer(httpauth.Require(svc.TokenService, transfertoken.Push,
		&httpauth.Options{Header: "X-Transfer-Token"})(ok))
	defer server.Close()
	for headers, want := range map[string]int{
		"x-transfer-token: " + secret + "\r\n":                                         200,
		"X-Transfer-Token: " + secret + "\r\nX-TRANSFER-TOKEN: " + secret + "\r\n":     400,
		"X-Transfer-Token: " + secret + "\r\nx-transfer-token:\r\n":                    400,
		"X-Transfer-Token: " + secret + ", " + secret + "\r\n":                         401,
		"X-Transfer-Token: " + secret + "\r\nAuthorization: Basic eA==\r\n":            200,
		"X_Transfer_Token: " + secret + "\r\n":                                         401,
		"Authorization: Bearer " + secret + "\r\nX-Transfer-Token: mistyped\r\n":       401,
		"Authorization: Bearer " + secret + "\r\nX-Transfer-Token: " + secret + "\r\n": 200,
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		require.NoError(t, err)
		_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"+headers+"\r\n")
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.Equal(t, want, res.StatusCode, headers)
		require.NoError(t, res.Body.Close())
		require.NoError(t, conn.Close())
	}
}

func TestEnvelopeOfManyCredentials(t *testing.T) {
	for err, message := range map[error]string{
		httpauth.ErrManyCredentials:            "More than one header with credentials",
		errors.Join(transfertoken.ErrNotFound): "Bad Request",
	} {
		w := httptest.NewRecorder()
		httpauth.WriteEnvelope(w, nil, 400, err)
		require.Contains(t, w.Body.String(), message)
	}
}
