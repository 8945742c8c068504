package httpauth_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

func TestSchemeMayBeInAnyCaseAndFollowedBySpaces(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	guard := httpauth.Require(svc.TokenService, transfertoken.Push, nil)
	secret := svc.Issue(t, transfertoken.Push, transfertoken.Days7).Secret.Reveal()
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "} {
		require.Equal(t, http.StatusOK, call(guard, scheme+secret).Code, scheme)
	}
}

func TestSecretHasOneSpelling(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	guard := httpauth.Require(svc.TokenService, transfertoken.Push, nil)
	secret := svc.Issue(t, transfertoken.Push, transfertoken.Days7).Secret.Reveal()
	for name, value := range map[string]string{
		"trailing space":      "Bearer " + secret + " ",
		"trailing tab":        "Bearer " + secret + "\t",
		"tab before it":       "Bearer \t" + secret,
		"tab for the space":   "Bearer\t" + secret,
		"space before scheme": " Bearer " + secret,
		"no-break space":      "Bearer\u00a0" + secret,
		"quoted":              `Bearer "` + secret + `"`,
		"parameter":           "Bearer token=" + secret,
		"upper case":          "Bearer " + strings.ToUpper(secret),
		"lower case":          "Bearer " + strings.ToLower(secret),
		"padding":             "Bearer " + secret + "=",
		"comma":               "Bearer " + secret + ",",
		"trailing data":       "Bearer " + secret + " realm=x",
		"twice":               "Bearer Bearer " + secret,
		"percent-encoded":     "Bearer " + strings.ReplaceAll(secret, "_", "%5F"),
	} {
		require.Equal(t, http.StatusUnauthorized, call(guard, value).Code, name)
	}
}

// findSpy counts the look-ups.
type findSpy struct {
	transfertoken.Store
	finds atomic.Int64
}

func (s *findSpy) FindByDigest(ctx context.Context, digests []transfertoken.Digest) (transfertoken.Record, error) {
	s.finds.Add(1)
	return s.Store.FindByDigest(ctx, digests)
}

func TestMalformedHeadersAreRefusedWithoutAskingTheStore(t *testing.T) {
	for _, foreign := range []bool{false, true} {
		spy := &findSpy{Store: transfertoken.NewMemoryStore()}
		svc, err := transfertoken.New(spy, tokentest.Salt, &transfertoken.Options{AcceptForeign: foreign})
		require.NoError(t, err)
		issued, err := svc.Create(t.Context(), transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push,
			Lifespan: transfertoken.Days7})
		require.NoError(t, err)
		secret := issued.Secret.Reveal()
		guard := httpauth.Require(svc, transfertoken.Push, nil)
		for name, value := range map[string]string{
			"1 MiB":                  "Bearer " + strings.Repeat("a", 1<<20),
			"1 MiB of spaces":        "Bearer" + strings.Repeat(" ", 1<<20),
			"1 MiB scheme":           strings.Repeat("Bearer", 1<<20/6),
			"1 MiB after the secret": "Bearer " + secret + strings.Repeat(" ", 1<<20),
			"NUL":                    "Bearer " + secret + "\x00",
			"only NUL":               "Bearer \x00",
			"CR LF":                  "Bearer " + secret + "\r\n",
			"new header":             "Bearer " + secret + "\r\nX: y",
			"invalid UTF-8":          "Bearer " + secret + "\xff",
			"non-ASCII digits":       "Bearer xfer_" + strings.Repeat("\u0661", 49),
			"full-width":             "Bearer \uff58fer_" + secret[5:],
			"long s":                 "Bearer " + secret + "\u017f",
			"empty":                  "Bearer",
			"JSON":                   `Bearer {"token":"` + secret + `"}`,
			"operator":               "Bearer %",
		} {
			w := call(guard, value)
			require.Equal(t, http.StatusUnauthorized, w.Code, name)
			require.Zero(t, spy.finds.Load(), name)
		}
	}
}

func TestCredentialsElsewhereAreIgnored(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	secret := push(t, srv)
	form := url.Values{"access_token": {secret}, "token": {secret}, "Authorization": {"Bearer " + secret}}
	for name, arrange := range map[string]func(r *http.Request){
		"query": func(r *http.Request) { r.URL.RawQuery = form.Encode() },
		"userinfo": func(r *http.Request) {
			r.URL.User = url.UserPassword("bearer", secret) // sent as Basic
		},
		"cookie": func(r *http.Request) {
			for name := range form {
				r.AddCookie(&http.Cookie{Name: name, Value: secret})
			}
		},
		"form": func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Body = io.NopCloser(strings.NewReader(form.Encode()))
		},
		"trailer": func(r *http.Request) {
			r.Trailer = http.Header{"X-Authorization": {"Bearer " + secret}}
			r.Body = io.NopCloser(strings.NewReader("data"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/push", nil)
			require.NoError(t, err)
			arrange(r)
			res, err := srv.Client().Do(r)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusUnauthorized, res.StatusCode)
			require.Equal(t, "Bearer", res.Header.Get("WWW-Authenticate"))
		})
	}
	require.Empty(t, srv.Pushes())
}

// What a server makes of bytes, rather than httptest of headers.
func TestHeadersOnTheWire(t *testing.T) {
	srv := tokentest.NewServer(t, nil)
	good := push(t, srv)
	for name, test := range map[string]struct {
		headers string
		status  int
	}{
		"one":                        {"Authorization: Bearer " + good + "\r\n", 204},
		"space around the value":     {"Authorization:  Bearer " + good + " \t\r\n", 204},
		"lower case":                 {"authorization: bearer " + good + "\r\n", 204},
		"two, equal":                 {"Authorization: Bearer " + good + "\r\nAuthorization: Bearer " + good + "\r\n", 400},
		"two, in different case":     {"Authorization: Bearer " + good + "\r\nAUTHORIZATION: Bearer x\r\n", 400},
		"two, the second empty":      {"Authorization: Bearer " + good + "\r\nAuthorization:\r\n", 400},
		"two, joined by a proxy":     {"Authorization: Bearer " + good + ", Bearer " + good + "\r\n", 401},
		"NUL":                        {"Authorization: Bearer " + good + "\x00\r\n", 400},
		"bare CR":                    {"Authorization: Bearer " + good + "\rX\r\n", 400},
		"folded":                     {"Authorization: Bearer\r\n " + good + "\r\n", 204},
		"not ASCII":                  {"Authorization: Bearer " + good + "\u00e9\r\n", 401},
		"larger than a server takes": {"Authorization: Bearer " + strings.Repeat("a", 2<<20) + "\r\n", 431},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.status, rawStatus(t, srv, test.headers))
		})
	}
}

func rawStatus(t *testing.T, srv *tokentest.Server, headers string) int {
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	go io.WriteString(conn, "POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"+headers+"\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

// permissionStore hands out tokens with permissions that no service stores.
type permissionStore struct {
	transfertoken.Store
	permissions transfertoken.Permissions
}

func (s *permissionStore) FindByDigest(ctx context.Context, digests []transfertoken.Digest) (transfertoken.Record,
	error) {
	r, err := s.Store.FindByDigest(ctx, digests)
	r.Permissions = s.permissions
	return r, err
}

func TestNoOrUnknownPermissionsGrantNothing(t *testing.T) {
	store := &permissionStore{Store: transfertoken.NewMemoryStore()}
	svc, err := transfertoken.New(store, tokentest.Salt, nil)
	require.NoError(t, err)
	issued, err := svc.Create(t.Context(), transfertoken.NewToken{Name: "n", Permissions: transfertoken.FullAccess,
		Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	for p := range 256 {
		store.permissions = transfertoken.Permissions(p)
		for _, need := range []transfertoken.Permissions{transfertoken.Push, transfertoken.Pull, transfertoken.FullAccess} {
			want := http.StatusForbidden
			if p < 4 && store.permissions&need == need {
				want = http.StatusOK
			}
			w := call(httpauth.Require(svc, need, nil), "Bearer "+issued.Secret.Reveal())
			require.Equal(t, want, w.Code, "%08b for %v", p, need)
		}
	}
}

func TestRequireWithoutANeedPanics(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	for _, need := range []transfertoken.Permissions{0, 4, transfertoken.Push | 4, 255} {
		require.Panics(t, func() { httpauth.Require(svc.TokenService, need, nil) })
		require.Panics(t, func() { httpauth.Require(nil, need, nil) })
	}
	require.Panics(t, func() { httpauth.Require(nil, transfertoken.Push, nil)(nil) })
	require.Panics(t, func() { httpauth.Require(nil, transfertoken.Push, &httpauth.Options{RecheckEvery: -1}) })
}

func TestNilServiceIsDisabled(t *testing.T) {
	for _, svc := range []*transfertoken.TokenService{nil, new(transfertoken.TokenService)} {
		require.Equal(t, http.StatusNotImplemented, call(httpauth.Require(svc, transfertoken.Push, nil)).Code)
	}
}

func TestEveryMethodIsGuarded(t *testing.T) {
	svc := tokentest.NewService(t, nil)
	guarded := httpauth.Require(svc.TokenService, transfertoken.Push, nil)(ok)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "ANY"} {
		r := httptest.NewRequest(method, "/", nil)
		w := httptest.NewRecorder()
		guarded.ServeHTTP(w, r)
		require.Equal(t, http.StatusUnauthorized, w.Code, method)
	}
}
