package admin_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// shown holds the differences that no recorded exchange shows.
var shown = map[string]func(t *testing.T, d *difference){
	"The ID of a token": func(t *testing.T, _ *difference) {
		h := newHost(t)
		id, _ := h.create(t, pushToken)
		require.Equal(t, id, dataOf(t, h.call("GET", path(id), ""))["id"])
	},
	"The secret of a token": func(t *testing.T, _ *difference) {
		_, secret := newHost(t).create(t, pushToken)
		require.Regexp(t, accessKey, secret)
	},
	"A path in another case": func(t *testing.T, _ *difference) {
		h := newHost(t)
		for _, target := range []string{"/transfer/Tokens", "/TRANSFER/tokens", "/transfer/tokens/X/Regenerate"} {
			refused(t, h.call("GET", target, ""), 404, "NotFoundError", "Not Found")
		}
	},
	"Secrets in caches": func(t *testing.T, _ *difference) {
		h := newHost(t)
		w := h.call("POST", "/transfer/tokens", pushToken)
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		id := dataOf(t, w)["id"].(string)
		for _, w := range []http.Header{
			h.call("POST", path(id)+"/regenerate", "").Header(),
			h.call("GET", path(id), "").Header(),
			h.call("GET", "/transfer/tokens", "").Header(),
			h.call("GET", "/nowhere", "").Header(),
			h.call("PATCH", path(id), "").Header(),
			h.call("OPTIONS", path(id), "").Header(),
		} {
			require.Equal(t, []string{"no-store"}, w["Cache-Control"])
		}
	},
	"Control and bidirectional-control characters": func(t *testing.T, d *difference) {
		h := newHost(t)
		id, _ := h.create(t, pushToken)
		for _, text := range []string{`a\u0000b`, `a\u001bb`, `a\u202eb`, `a\u2066b`, `a\u0085b`, `a\nb`} {
			refused(t, h.call("POST", "/transfer/tokens", `{"name":"`+text+`","permissions":["push"]}`), d.ours[0],
				"ValidationError", "name "+d.says)
			refused(t, h.call("PUT", path(id), `{"name":"`+text+`"}`), d.ours[0], "ValidationError", "name "+d.says)
			if text != `a\nb` {
				refused(t, h.call("PUT", path(id), `{"description":"`+text+`"}`), d.ours[0], "ValidationError", "description "+
					d.says)
			}
		}
	},
	"A compressed body": func(t *testing.T, d *difference) {
		refused(t, newHost(t).call("POST", "/transfer/tokens", "\x1f\x8b…", "Content-Encoding", "gzip"), d.ours[0],
			"UnsupportedMediaTypeError", "Content-Encoding")
	},
	"Keys in another case": func(t *testing.T, d *difference) {
		h := newHost(t)
		refused(t, h.call("POST", "/transfer/tokens", `{"name":"x","permissions":["push"],"Lifespan":604800000}`), d.ours[0],
			"ValidationError", "Lifespan "+d.says)
		refused(t, h.call("POST", "/transfer/tokens", `{"name":"x","NAME":"y","permissions":["push"]}`), d.ours[0],
			"ValidationError", "NAME must be written name")
		require.Empty(t, listOf(t, h.call("GET", "/transfer/tokens", "")))
	},
	"Keys that are given twice": func(t *testing.T, d *difference) {
		h := newHost(t)
		refused(t, h.call("POST", "/transfer/tokens", `{"name":"x","permissions":["push"],"n\u0061me":"y"}`), d.ours[0],
			"ValidationError", "name "+d.says)
		refused(t, h.call("POST", "/transfer/tokens", `{"name":"x","permissions":["push"],"other":{"a":[{"b":1,"b":2}]}}`),
			d.ours[0], "ValidationError", "other.a.0.b "+d.says)
		require.Empty(t, listOf(t, h.call("GET", "/transfer/tokens", "")))
	},
	"Text that is not valid Unicode": func(t *testing.T, d *difference) {
		h := newHost(t)
		for _, text := range []string{"\xff", "\xc0\xaf", "\xed\xa0\x80", `\ud800`, `\udc00`, `\ud800\ud800`, `\ud800x`,
			`\uD83D\u0041`} {
			refused(t, h.call("POST", "/transfer/tokens", `{"name":"x`+text+`","permissions":["push"]}`), d.ours[0],
				"ValidationError", "name "+d.says)
		}
		refused(t, h.call("POST", "/transfer/tokens", "{\"x\xff\":1}"), d.ours[0], "ValidationError", "this "+d.says)
		h.create(t, `{"name":"\ud83d\ude80 \\ud800","permissions":["push"]}`)
		require.Equal(t, []string{`🚀 \ud800`}, listOf(t, h.call("GET", "/transfer/tokens", "")))
	},
	"A body that is nested deeper than 32, or has more than 1000 values": func(t *testing.T, d *difference) {
		h := newHost(t)
		nested := func(depth int) string {
			return `{"name":"nested ` + string(rune('a'+depth%20)) + `","permissions":["push"],"deep":` +
				strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`
		}
		many := func(n int) string {
			return `{"name":"many","permissions":["push"],"many":[` + strings.TrimSuffix(strings.Repeat("1,", n-5), ",") + `]}`
		}
		h.create(t, nested(32))
		h.create(t, many(1000))
		refused(t, h.call("POST", "/transfer/tokens", nested(33)), d.ours[0], "ValidationError", "deep "+d.says)
		refused(t, h.call("POST", "/transfer/tokens", nested(400000)), d.ours[0], "ValidationError", "deep "+d.says)
		refused(t, h.call("POST", "/transfer/tokens", many(1001)), d.ours[0], "ValidationError",
			"many.995 must not hold so many values")
	},
	"Long values in errors": func(t *testing.T, _ *difference) {
		h := newHost(t)
		for _, body := range []string{
			`{"lifespan":"` + strings.Repeat("<", 1<<19) + `"}`,
			`{"permissions":{"x":"` + strings.Repeat("é", 1<<18) + `"}}`,
			`{"name":["` + strings.Repeat("x", 1<<19) + `"]}`,
			`{"permissions":[` + strings.TrimSuffix(strings.Repeat(`"x",`, 900), ",") + `]}`,
		} {
			w := h.call("POST", "/transfer/tokens", body)
			refused(t, w, 400, "ValidationError", "errors occurred")
			require.Less(t, w.Body.Len(), maxError)
		}
		refused(t, h.call("PUT", path("x"), `{"`+strings.Repeat("x", 1<<19)+`":1}`), 400, "ValidationError",
			"unspecified keys: xxx")
	},
	"The permissions that a DELETE answers": func(t *testing.T, _ *difference) {
		status, answer := replay(t, deleteOfAToken, world{}.before(deleteOfAToken))
		require.Equal(t, []string{"data.permissions"}, compare(t, deleteOfAToken, status, answer))
		require.Contains(t, answer, `"permissions":["push","pull"]`)
	},
	"Lifespans that the backend does not allow": func(t *testing.T, d *difference) {
		all := newHost(t)
		id, _ := all.create(t, `{"name":"n","permissions":["push"]}`)
		h := allowing(t, all, transfertoken.Days7)
		refused(t, h.call("POST", "/transfer/tokens", `{"name":"m","permissions":["push"]}`), d.ours[0], "ValidationError",
			"lifespan "+d.says)
		refused(t, h.call("POST", path(id)+"/regenerate", ""), d.ours[0], "ValidationError", "")
	},
	"Suspending": func(t *testing.T, d *difference) {
		h := newHost(t)
		id, secret := h.create(t, pushToken)
		w := h.call("PUT", path(id)+"?view=full", `{"suspended":true}`)
		require.Contains(t, d.ours, w.Code)
		require.Equal(t, true, dataOf(t, w)["suspended"])
		_, err := h.svc.Authorize(t.Context(), secret, transfertoken.Push)
		require.ErrorIs(t, err, transfertoken.ErrSuspended)
		h.call("PUT", path(id), `{"suspended":false}`)
		_, err = h.svc.Authorize(t.Context(), secret, transfertoken.Push)
		require.NoError(t, err)
	},
	"LastUsedAt": func(t *testing.T, _ *difference) {
		h := newHost(t)
		id, secret := h.create(t, pushToken)
		require.Nil(t, dataOf(t, h.call("GET", path(id), ""))["lastUsedAt"])
		_, err := h.svc.Authorize(t.Context(), secret, transfertoken.Push)
		require.NoError(t, err)
		require.Equal(t, "2026-11-21T17:37:17.040Z", dataOf(t, h.call("GET", path(id), ""))["lastUsedAt"])
	},
	"A malformed body without a session, or for a path or a method that does not exist": func(t *testing.T,
		d *difference) {
		h := newHost(t)
		h.verdict = transfertoken.ErrUnauthorized
		for _, body := range []string{`{"name":`, `5`, strings.Repeat(" ", 1100000)} {
			var statuses []int
			for _, call := range [][2]string{{"POST", "/transfer/tokens"}, {"POST", "/transfer/nothing"},
				{"PATCH", "/transfer/tokens"}} {
				statuses = append(statuses, h.call(call[0], call[1], body).Code)
			}
			require.Equal(t, d.ours, statuses)
		}
	},
	"OPTIONS for a path that does not exist, and methods that no path has": func(t *testing.T, d *difference) {
		h := newHost(t)
		require.Equal(t, d.ours[0], h.call("OPTIONS", "/transfer/nothing", "").Code)
		for _, method := range []string{"TRACE", "PROPFIND"} {
			require.Equal(t, d.ours[1], h.call(method, "/transfer/tokens", "").Code)
		}
	},
	"A path with empty, . or .. segments": func(t *testing.T, d *difference) {
		h := newHost(t)
		mux := muxWith("/admin/", http.StripPrefix("/admin", h.handler))
		for _, target := range []string{"//transfer/tokens", "/transfer/x/../tokens"} {
			require.Equal(t, d.ours[0], h.call("GET", "/x"+target, "").Code, target)
			w := send(mux, "GET", "/admin"+target, "")
			require.Equal(t, 307, w.Code, target)
			require.Equal(t, "/admin/transfer/tokens", w.Header().Get("Location"))
		}
	},
	"Regenerating": func(t *testing.T, _ *difference) {
		h := newHost(t)
		id, _ := h.create(t, pushToken)
		h.clock.Advance(30 * 24 * time.Hour)
		w := h.call("POST", path(id)+"/regenerate", "")
		require.Equal(t, 201, w.Code)
		_, err := h.svc.Authorize(t.Context(), dataOf(t, w)["accessKey"].(string), transfertoken.Push)
		require.NoError(t, err)
		require.Equal(t, "2026-12-28T17:37:17.040Z", dataOf(t, h.call("GET", path(id), ""))["expiresAt"])
	},
	"Creating one name twice at the same moment": func(t *testing.T, _ *difference) {
		h := newHost(t)
		require.Equal(t, []int{201, 400},
			together(32, func() int { return h.call("POST", "/transfer/tokens", pushToken).Code }))
		require.Len(t, listOf(t, h.call("GET", "/transfer/tokens", "")), 1)
	},
	"Regenerating one token twice at the same moment": func(t *testing.T, _ *difference) {
		h := newHost(t)
		id, _ := h.create(t, pushToken)
		var second int
		h.store.before = func(op string) error {
			if op == "update" {
				h.store.before = nil
				second = h.call("POST", path(id)+"/regenerate", "").Code
			}
			return nil
		}
		refused(t, h.call("POST", path(id)+"/regenerate", ""), 409, "ConflictError", "changed meanwhile")
		require.Equal(t, 201, second)
	},
	"If-Match and ETag": func(t *testing.T, _ *difference) {
		h := newHost(t)
		w := h.call("POST", "/transfer/tokens", pushToken)
		require.Equal(t, `"1"`, w.Header().Get("ETag"))
		refused(t, h.call("PUT", path(dataOf(t, w)["id"].(string)), `{"name":"x"}`, "If-Match", `"2"`), 412,
			"PreconditionFailedError", "changed meanwhile")
	},
	"Limit, after, createdBy, expiresBefore and view": func(t *testing.T, _ *difference) {
		h := newHost(t)
		h.create(t, `{"name":"b","permissions":["push"]}`)
		h.create(t, `{"name":"a","permissions":["push"]}`)
		require.Equal(t, []string{"b"}, listOf(t, h.call("GET", "/transfer/tokens?limit=1", "")))
		refused(t, h.call("GET", "/transfer/tokens?limit=x", ""), 400, "ValidationError",
			"limit must be a number from 1 to 1000")
		require.Empty(t, listOf(t, h.call("GET", "/transfer/tokens?createdBy=bob", "")))
		require.Empty(t, listOf(t, h.call("GET", "/transfer/tokens?expiresBefore=2020-01-01T00:00:00Z", "")))
	},
	"Cross-origin writes": func(t *testing.T, d *difference) {
		h := newHost(t)
		refused(t, h.call("POST", "/transfer/tokens", pushToken, "Sec-Fetch-Site", "cross-site"), d.ours[0], "ForbiddenError",
			d.says)
		require.Empty(t, h.asked, "before everything else")
	},
	"The methods of one token": func(t *testing.T, d *difference) {
		h := newHost(t)
		require.Contains(t, d.here, "Allow: "+h.call("PATCH", path("x"), "").Header().Get("Allow")+",")
		require.Contains(t, d.here, " and "+h.call("PUT", path("x")+"/regenerate", "").Header().Get("Allow")+
			" for a regenerate")
	},
	"A failing store": func(t *testing.T, d *difference) {
		h := newHost(t)
		h.store.before = func(string) error { return errors.New("disk full") }
		refused(t, h.call("POST", "/transfer/tokens", pushToken), d.ours[0], "ServiceUnavailableError", "Service Unavailable")
	},
	"Headers of the server": func(t *testing.T, _ *difference) {
		got := newHost(t).call("GET", "/transfer/tokens", "").Header()
		require.Equal(t, http.Header{
			"Content-Type": {"application/json; charset=utf-8"}, "Cache-Control": {"no-store"},
			"X-Content-Type-Options": {"nosniff"},
		}, got)
	},
}

// together runs do n times at once and returns the different results.
func together(n int, do func() int) []int {
	results := make([]int, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { results[i] = do() })
	}
	wg.Wait()
	slices.Sort(results)
	return slices.Compact(results)
}
