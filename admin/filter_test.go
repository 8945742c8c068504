package admin_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestAListLeavesTheTokensOfOneMakerOrThoseThatEndSoon(t *testing.T) {
	h := newHost(t)
	for _, row := range [][3]string{
		{"d", "ann", `604800000`}, {"c", "bob", `604800000`}, {"b", "ann", `2592000000`}, {"a", "ann", `null`},
		{"e", "a+b & c", `7776000000`}, {"f", "", `null`},
	} {
		h.actor = row[1]
		h.create(t, `{"name":"`+row[0]+`","permissions":["push"],"lifespan":`+row[2]+`}`)
	}
	for query, want := range map[string][]string{
		"createdBy=ann":                                            {"a", "b", "d"},
		"createdBy=":                                               {"f"},
		"createdBy=Ann":                                            nil,
		"createdBy=%25":                                            nil,
		"createdBy=a%2Bb+%26+c":                                    {"e"},
		"expiresBefore=2026-11-28T17:37:17.040Z":                   nil,
		"expiresBefore=2026-11-28T17:37:17.041Z":                   {"c", "d"},
		"expiresBefore=2026-11-28T17:37:17.0400001Z":               {"c", "d"},
		"expiresBefore=2026-11-28T18:37:17.041%2B01:00":            {"c", "d"},
		"expiresBefore=9999-12-31T23:59:59Z":                       {"b", "c", "d", "e"},
		"expiresBefore=2027-01-01T00:00:00Z&createdBy=ann":         {"b", "d"},
		"createdBy=ann&limit=2":                                    {"d", "b"},
		"expiresBefore=9999-12-31T23:59:59Z&limit=2&createdBy=bob": {"c"},
	} {
		require.Equal(t, want, listOf(t, h.call("GET", "/transfer/tokens?"+query, "")), query)
	}
	page := idsOf(t, h.call("GET", "/transfer/tokens?createdBy=ann&limit=2", ""))
	rest := listOf(t, h.call("GET", "/transfer/tokens?createdBy=ann&limit=2&after="+page[1], ""))
	require.Equal(t, []string{"a"}, rest)
}

func TestAFilteredListOfThousandsIsWhole(t *testing.T) {
	h := newHost(t)
	h.keepMany(t, 2500)
	h.create(t, `{"name":"ann's","permissions":["push"]}`)
	require.Len(t, listOf(t, h.call("GET", "/transfer/tokens?createdBy=", "")), 2500)
	require.Len(t, listOf(t, h.call("GET", "/transfer/tokens?createdBy=ann", "")), 1)
}

func TestMalformedFiltersAreRefused(t *testing.T) {
	h := newHost(t)
	calls := h.store.calls
	for _, query := range []string{
		"expiresBefore=", "expiresBefore=tomorrow", "expiresBefore=2026-12-31", "expiresBefore=1767225600000",
		"expiresBefore=2026-12-31T23:59:59", "expiresBefore=2026-12-31T23:59:59+01:00", "expiresBefore=2026-13-01T00:00:00Z",
		"expiresBefore=2026-02-30T00:00:00Z", "expiresBefore=0001-01-01T00:00:00Z", "expiresBefore=0000-01-01T00:00:00Z",
		"expiresBefore=10000-01-01T00:00:00Z", "expiresBefore=2026-12-31T23:59:59Z%00", "expiresBefore",
		"expiresBefore=2026-12-31T23:59:59Z&expiresBefore=2026-12-31T23:59:59Z",
		"createdBy=ann&createdBy=bob", "createdBy=%00", "createdBy=%ff", "createdBy=%E2%80%AEnna", "createdBy=a%0Ab",
	} {
		refused(t, h.call("GET", "/transfer/tokens?"+query, ""), 400, "ValidationError", "")
	}
	w := h.call("GET", "/transfer/tokens?expiresBefore=soon", "")
	refused(t, w, 400, "ValidationError", "expiresBefore must be a time such as 2026-12-31T23:59:59Z")
	require.Contains(t, w.Body.String(), `"path":["expiresBefore"]`)
	require.Equal(t, calls, h.store.calls)
}

func TestAFailingStoreIsNoMalformedFilter(t *testing.T) {
	h := newHost(t)
	h.svc, _ = transfertoken.New(invalidStore{h.store}, "a salt of nothing in particular", nil)
	h.mount(t, h.svc, nil)
	refused(t, h.call("GET", "/transfer/tokens?createdBy=ann", ""), 503, "ServiceUnavailableError", "")
}

// invalidStore finds every question invalid.
type invalidStore struct{ transfertoken.Store }

func (invalidStore) List(context.Context, transfertoken.ListOptions) ([]transfertoken.Record, error) {
	var invalid transfertoken.ValidationError
	invalid.Add("createdBy", "is wrong")
	return nil, invalid.Err()
}
