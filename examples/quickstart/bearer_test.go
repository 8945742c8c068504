package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/stretchr/testify/require"
)

type brokenStore struct{ transfertoken.Store }

func (brokenStore) FindByDigest(context.Context, []transfertoken.Digest) (transfertoken.Record, error) {
	return transfertoken.Record{}, errors.New("database at db.internal is down")
}

func newService(t *testing.T, store transfertoken.Store, salt transfertoken.Salt) *transfertoken.TokenService {
	t.Helper()
	svc, err := transfertoken.New(store, salt, nil)
	require.NoError(t, err)
	return svc
}

func issue(t *testing.T, svc *transfertoken.TokenService, name string, p transfertoken.Permissions) transfertoken.Issued {
	t.Helper()
	issued, err := svc.Create(t.Context(), transfertoken.NewToken{Name: name, Permissions: p, Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	return issued
}

func TestRequire(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	salt := transfertoken.GenerateSalt()
	svc := newService(t, store, salt)
	pull := issue(t, svc, "pull", transfertoken.Pull).Secret.Reveal()
	push := issue(t, svc, "push", transfertoken.Push).Secret.Reveal()
	unknown := issue(t, newService(t, transfertoken.NewMemoryStore(), salt), "other", transfertoken.Pull).Secret.Reveal()

	const invalidToken = `Bearer error="invalid_token"`
	for name, test := range map[string]struct {
		svc       *transfertoken.TokenService
		headers   []string
		status    int
		challenge string
	}{
		"good":                    {svc, []string{"Bearer " + pull}, 200, ""},
		"scheme in another case":  {svc, []string{"bearer " + pull}, 200, ""},
		"none":                    {svc, nil, 401, "Bearer"},
		"empty":                   {svc, []string{"Bearer "}, 401, "Bearer"},
		"other scheme":            {svc, []string{"Basic " + pull}, 401, "Bearer"},
		"no scheme":               {svc, []string{pull}, 401, "Bearer"},
		"two headers":             {svc, []string{"Bearer " + pull, "Bearer " + pull}, 401, "Bearer"},
		"two spaces":              {svc, []string{"Bearer  " + pull}, 401, invalidToken},
		"something behind":        {svc, []string{"Bearer " + pull + " x"}, 401, invalidToken},
		"unknown":                 {svc, []string{"Bearer " + unknown}, 401, invalidToken},
		"wrong scope":             {svc, []string{"Bearer " + push}, 403, `Bearer error="insufficient_scope", scope="pull"`},
		"disabled":                {newService(t, store, ""), []string{"Bearer " + pull}, 501, ""},
		"disabled, nothing given": {newService(t, store, ""), nil, 501, ""},
		"store is down":           {newService(t, brokenStore{store}, salt), []string{"Bearer " + pull}, 503, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var reached bool
			handler := requireToken(test.svc, transfertoken.Pull)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				grant, ok := grantFrom(r.Context())
				require.True(t, ok)
				require.Equal(t, "pull", grant.Token.Name)
				reached = true
			}))
			r := httptest.NewRequest(http.MethodGet, "/?access_token="+pull, nil)
			for _, h := range test.headers {
				r.Header.Add("Authorization", h)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			require.Equal(t, test.status, w.Code)
			require.Equal(t, test.challenge, w.Header().Get("WWW-Authenticate"))
			require.Equal(t, test.status == 200, reached)
			require.NotContains(t, w.Body.String(), "db.internal")
		})
	}
}
