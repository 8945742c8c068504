package admin_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// allowing returns a host whose service allows some lifespans, on the store of
// another one that allows all.
func allowing(t testing.TB, all *host, lifespans ...transfertoken.Lifespan) *host {
	h := newHost(t)
	var err error
	h.svc, err = transfertoken.New(all.store, tokentest.Salt,
		&transfertoken.Options{Now: h.clock.Now, AllowedLifespans: lifespans})
	require.NoError(t, err)
	h.mount(t, h.svc, nil)
	return h
}

func TestACreateIsToldWhichLifespansAreAllowed(t *testing.T) {
	const week, month, quarter = `,"lifespan":604800000`, `,"lifespan":2592000000`, `,"lifespan":7776000000`
	for _, row := range []struct {
		lifespans        []transfertoken.Lifespan
		accepted, others []string
		list             string
	}{
		{
			[]transfertoken.Lifespan{transfertoken.Days30, transfertoken.Days7},
			[]string{week, month}, []string{quarter, ``, `,"lifespan":null`, `,"lifespan":0`, `,"lifespan":1`},
			"604800000, 2592000000",
		},
		{
			[]transfertoken.Lifespan{transfertoken.Unlimited},
			[]string{``, `,"lifespan":null`}, []string{week, month, quarter, `,"lifespan":0`}, "",
		},
		{
			[]transfertoken.Lifespan{transfertoken.Days90, transfertoken.Unlimited},
			[]string{quarter, ``, `,"lifespan":null`}, []string{week, month, `,"lifespan":0`}, ", 7776000000",
		},
	} {
		h := allowing(t, newHost(t), row.lifespans...)
		for _, lifespan := range row.accepted {
			h.create(t, `{"name":"n`+regexp.MustCompile(`\W`).ReplaceAllString(lifespan, "")+`","permissions":["push"]`+
				lifespan+`}`)
		}
		for _, lifespan := range row.others {
			w := h.call("POST", "/transfer/tokens", `{"name":"other","permissions":["push"]`+lifespan+`}`)
			require.Equal(t, 400, w.Code, w.Body)
			require.Contains(t, w.Body.String(), `"path":["lifespan"]`)
			require.Contains(t, w.Body.String(), `"lifespan must be one of the following values: `+row.list+`"`)
		}
	}
}

func TestARegenerateIsToldThatTheLifespanIsNoLongerAllowed(t *testing.T) {
	all := newHost(t)
	id, secret := all.create(t, `{"name":"n","permissions":["push"]}`)
	h := allowing(t, all, transfertoken.Days7)
	w := h.call("POST", path(id)+"/regenerate", "")
	refused(t, w, 400, "ValidationError",
		`lifespan of the stored token is no longer allowed: create a token with "7 days"`)
	require.Contains(t, w.Body.String(), `"path":["lifespan"]`)
	require.Equal(t, 200, h.call("PUT", path(id), `{"description":"d"}`).Code)
	_, err := h.svc.Authorize(t.Context(), secret, transfertoken.Push)
	require.NoError(t, err)
}

func TestThePageOffersOnlyAllowedLifespans(t *testing.T) {
	options := regexp.MustCompile(`<option value="(\d+|unlimited)">([^<]*)</option>`)
	offered := func(h *host) (all []string) {
		for _, m := range options.FindAllStringSubmatch(h.call("GET", "/transfer/", "").Body.String(), -1) {
			all = append(all, m[1]+" "+m[2])
		}
		return all
	}
	all := newHost(t)
	require.Equal(t, []string{"604800000 7 days", "2592000000 30 days", "7776000000 90 days", "unlimited Unlimited"},
		offered(all))
	require.Equal(t, []string{"7776000000 90 days", "unlimited Unlimited"},
		offered(allowing(t, all, transfertoken.Unlimited, transfertoken.Days90)))
	require.Equal(t, []string{"604800000 7 days"}, offered(allowing(t, all, transfertoken.Days7)))
}
