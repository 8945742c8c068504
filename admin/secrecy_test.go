package admin_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// Lessons 9 and 10.
func TestASecretIsShownOnceAndNowhereElse(t *testing.T) {
	h := newHost(t)
	created := h.call("POST", "/transfer/tokens?view=full", pushToken)
	id, first := dataOf(t, created)["id"].(string), dataOf(t, created)["accessKey"].(string)
	regenerated := h.call("POST", path(id)+"/regenerate", "")
	second := dataOf(t, regenerated)["accessKey"].(string)
	require.NotEqual(t, first, second)
	require.Equal(t, 1, strings.Count(created.Body.String(), first))
	require.Equal(t, 1, strings.Count(regenerated.Body.String(), second))

	seen := h.log.String()
	for _, w := range []http.Header{created.Header(), regenerated.Header()} {
		require.Equal(t, "no-store", w.Get("Cache-Control"))
		require.Empty(t, w.Get("Location"))
		for _, values := range w {
			seen += strings.Join(values, "")
		}
	}
	for _, call := range [][3]string{
		{"GET", "/transfer/tokens?view=full", ""}, {"GET", path(id) + "?view=full", ""}, {"PUT", path(id) + "?view=full",
			`{"name":"x"}`}, {"DELETE", path(id) + "?view=full", ""},
	} {
		seen += h.call(call[0], call[1], call[2]).Body.String()
	}
	for _, secret := range []string{first, second, string(tokentest.Salt)} {
		require.NotContains(t, seen, secret)
	}
}

func TestAFailingStoreIsToldToTheLogOnly(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	h.store.before = func(op string) error { return errors.New("dial tcp 10.1.2.3:5432: password of transfer_admin") }
	for _, call := range [][3]string{
		{"GET", "/transfer/tokens", ""}, {"GET", "/transfer/tokens?limit=5", ""}, {"POST", "/transfer/tokens",
			`{"name":"x","permissions":["push"]}`},
		{"GET", path(id), ""}, {"PUT", path(id), `{"name":"x"}`}, {"POST", path(id) + "/regenerate", ""},
		{"DELETE", path(id), ""},
	} {
		h.log.Reset()
		w := h.call(call[0], call[1], call[2])
		require.Equal(t,
			`{"data":null,"error":{"status":503,"name":"ServiceUnavailableError","message":"Service Unavailable","details":{}}}`,
			w.Body.String())
		require.Contains(t, h.log.String(), `"level":"ERROR"`)
		require.Contains(t, h.log.String(), "dial tcp 10.1.2.3:5432: password of transfer_admin")
		require.Contains(t, h.log.String(), `"pattern":"/transfer/tokens`)
	}
}

// What a store of the host's says must not pass for a verdict on the caller.
func TestAStoreThatFailsWithAVerdictFails(t *testing.T) {
	h := newHost(t)
	invalid := &transfertoken.ValidationError{Fields: []transfertoken.FieldError{{Field: "name", Problem: "is on disk 7"}}}
	for _, err := range []error{
		transfertoken.ErrUnauthorized, transfertoken.ErrForbidden, transfertoken.ErrDisabled, transfertoken.ErrExpired,
		transfertoken.ErrInvalid, invalid,
	} {
		h.store.before = func(string) error { return err }
		refused(t, h.call("GET", "/transfer/tokens", ""), 503, "ServiceUnavailableError", "Service Unavailable")
		refused(t, h.call("POST", "/transfer/tokens", pushToken), 503, "ServiceUnavailableError", "Service Unavailable")
	}
}

func TestOnlyTwoErrorsOfAuthorizeAreVerdicts(t *testing.T) {
	h := newHost(t)
	for err, status := range map[error]int{
		transfertoken.ErrUnauthorized: 401,
		transfertoken.ErrExpired:      401,
		transfertoken.ErrForbidden:    403,
		transfertoken.ErrNotFound:     503,
		transfertoken.ErrConflict:     503,
		transfertoken.ErrDisabled:     503,
		transfertoken.ErrNameTaken:    503,
		context.DeadlineExceeded:      503,
		errors.New("ldap is down"):    503,
	} {
		h.log.Reset()
		h.verdict = errors.Join(errors.New("session 4711"), err)
		w := h.call("POST", "/transfer/tokens", pushToken)
		require.Equal(t, status, w.Code, err)
		require.NotContains(t, w.Body.String(), "4711")
		require.Contains(t, h.log.String(), "session 4711")
		require.Contains(t, h.log.String(), map[int]string{401: "INFO", 403: "INFO", 503: "ERROR"}[status])
	}
	require.Zero(t, h.store.calls)
}

func TestAClientThatHangsUpIsNoFailure(t *testing.T) {
	h := newHost(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := serve(h.handler, newRequest("GET", "/transfer/tokens", "").WithContext(ctx))
	require.Equal(t, 503, w.Code)
	require.Contains(t, h.log.String(), `"level":"INFO"`)
}

func TestTheActorCreates(t *testing.T) {
	h := newHost(t)
	h.actor = "Ann <ann@example.com>"
	w := h.call("POST", "/transfer/tokens?view=full", pushToken)
	require.Equal(t, h.actor, dataOf(t, w)["createdBy"])

	h.actor = strings.Repeat("a", 256)
	refused(t, h.call("POST", "/transfer/tokens", `{"name":"x","permissions":["push"]}`), 503, "ServiceUnavailableError",
		"Service Unavailable")
	require.Contains(t, h.log.String(), "createdBy must be at most 255 characters", "the host's mistake, not the client's")
}

func TestCrossOriginWritesAreRefusedBeforeEverything(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	h.asked = nil
	h.mount(t, nil, []string{"https://console.example.com"})
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Origin", "https://console.example.com.evil.example"},
	} {
		for _, call := range [][2]string{{"POST", "/transfer/tokens"}, {"PUT", path(id)}, {"DELETE", path(id)},
			{"POST", path(id) + "/regenerate"}, {"PATCH", "/nowhere"}} {
			refused(t, h.call(call[0], call[1], "", headers...), 403, "ForbiddenError", "Cross-origin writes are refused")
		}
		require.Empty(t, h.asked)
	}
	for _, headers := range [][]string{
		nil, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin", "http://example.com"},
		{"Origin", "https://console.example.com", "Sec-Fetch-Site", "cross-site"},
	} {
		refused(t, h.call("DELETE", path(id), "", headers...), 501, "NotImplementedError", "")
	}
	refused(t, h.call("GET", path(id), "", "Sec-Fetch-Site", "cross-site"), 501, "NotImplementedError", "")
}

// The log gets nothing that a client made up but its address.
func TestTheLogHoldsNothingOfTheRequest(t *testing.T) {
	h := newHost(t)
	h.store.before = func(string) error { return errors.New("disk full") }
	r := newRequest("POST", "/transfer/tokens?view=full&x=CANARY",
		`{"name":"CANARY","permissions":["push"],"description":"CANARY"}`)
	r.Header.Set("Authorization", "Bearer CANARY")
	r.Header.Set("User-Agent", "CANARY")
	require.Equal(t, 503, serve(h.handler, r).Code)
	h.verdict = transfertoken.ErrUnauthorized
	require.Equal(t, 401, h.call("GET", path("CANARY"), "").Code)
	require.Equal(t, 403, h.call("POST", path("CANARY"), "CANARY", "Origin", "https://CANARY.example").Code)
	require.NotEmpty(t, h.log.String())
	require.NotContains(t, h.log.String(), "CANARY")
}
