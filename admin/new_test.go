package admin_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
)

func everybody(*http.Request, string) (string, error) { return "", nil }

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for name, test := range map[string]struct {
		opts   *admin.Options
		fields []string
	}{
		"no options":        {nil, []string{"authorize"}},
		"nobody authorizes": {&admin.Options{}, []string{"authorize"}},
		"an origin with path": {&admin.Options{Authorize: everybody, TrustedOrigins: []string{"https://a.example",
			"https://b.example/x"}}, []string{"trustedOrigins"}},
		"an origin without //": {&admin.Options{Authorize: everybody, TrustedOrigins: []string{"b.example"}},
			[]string{"trustedOrigins"}},
		"both": {&admin.Options{TrustedOrigins: []string{""}}, []string{"authorize", "trustedOrigins"}},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := admin.New(nil, test.opts)
			require.Nil(t, h)
			var invalid *transfertoken.ValidationError
			require.ErrorAs(t, err, &invalid)
			var fields []string
			for _, f := range invalid.Fields {
				fields = append(fields, f.Field)
			}
			require.Equal(t, test.fields, fields)
		})
	}
}

func TestNewCopiesItsOptions(t *testing.T) {
	opts := &admin.Options{Authorize: everybody, TrustedOrigins: []string{"https://a.example"}}
	h, err := admin.New(newHost(t).svc, opts)
	require.NoError(t, err)
	opts.Authorize = func(*http.Request, string) (string, error) { return "", errors.New("changed") }
	opts.TrustedOrigins[0] = "https://b.example"
	require.Equal(t, 201, send(h, "POST", "/transfer/tokens", pushToken, "Origin", "https://a.example").Code)
	require.Equal(t, 403, send(h, "POST", "/transfer/tokens", pushToken, "Origin", "https://b.example").Code)
}

func TestANilServiceIsADisabledOne(t *testing.T) {
	h := newHost(t)
	disabled, err := transfertoken.New(h.store, "", nil)
	require.NoError(t, err)
	for _, svc := range []*transfertoken.TokenService{nil, {}, disabled} {
		h.mount(t, svc, nil)
		w := h.call("GET", "/transfer/tokens", "")
		require.Equal(t,
			`{"data":null,"error":{"status":501,"name":"NotImplementedError","message":"The server configuration for data `+
				`transfer is invalid. Please contact your server administrator.",`+
				`"details":{"code":"INVALID_TOKEN_SALT"}}}`, w.Body.String())
	}
	require.Zero(t, h.store.calls)
	require.Contains(t, h.log.String(), `"level":"WARN"`)
}
