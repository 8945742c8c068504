package admin_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// call is an update that everything may be wrong with.
type call struct {
	host                        *host
	method, target, query, body string
	headers                     []string
}

// faults are the rows of the table in the package comment.
var faults = map[string]func(t *testing.T, a *call){
	"a write that a page of another origin sends": func(_ *testing.T, a *call) {
		a.headers = append(a.headers, "Origin",
			"https://evil.example")
	},
	"no such path":                          func(_ *testing.T, a *call) { a.target = "/transfer/nothing" },
	"no such method":                        func(_ *testing.T, a *call) { a.method = "PATCH" },
	"Authorize says ErrUnauthorized":        func(_ *testing.T, a *call) { a.host.verdict = transfertoken.ErrExpired },
	"Authorize says ErrForbidden":           func(_ *testing.T, a *call) { a.host.verdict = transfertoken.ErrForbidden },
	"Authorize fails":                       func(_ *testing.T, a *call) { a.host.verdict = transfertoken.ErrNotFound },
	"transfer tokens are disabled":          func(t *testing.T, a *call) { a.host.mount(t, nil, nil) },
	"a parameter of the query is malformed": func(_ *testing.T, a *call) { a.query = "?view=" },
	"the body has more than 1 MiB":          func(_ *testing.T, a *call) { a.body = strings.Repeat(" ", 1<<20+1) },
	"the body is not JSON by its Content-Type, or compressed": func(_ *testing.T, a *call) {
		a.headers = append(a.headers, "Content-Type", "text/plain")
	},
	"the body is not a JSON object or array": func(_ *testing.T, a *call) { a.body = "nonsense" },
	"the body does not hold what it should, or If-Match is malformed": func(_ *testing.T, a *call) {
		a.body = `{"name":7}`
		a.headers = append(a.headers, "If-Match", "9")
	},
	"no token has the ID":             func(_ *testing.T, a *call) { a.target = path(uuid.Max.String()) },
	"If-Match names another revision": func(_ *testing.T, a *call) { a.headers = append(a.headers, "If-Match", `"9"`) },
	"others changed the token at the same moment": func(_ *testing.T, a *call) {
		a.host.store.before = func(op string) error { return map[string]error{"update": transfertoken.ErrConflict}[op] }
	},
	"another token has the name": func(_ *testing.T, a *call) { a.body, a.host.store.before = `{"name":"taken"}`, nil },
	"the store fails": func(_ *testing.T, a *call) {
		a.host.store.before = func(op string) error { return map[string]error{"update": errors.New("disk full")}[op] }
	},
}

func TestTheFirstThatAppliesIsTheAnswer(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(section(t, "Order of checks")), "\n")
	require.Len(t, rows, len(faults))
	for i, row := range rows {
		t.Run(row, func(t *testing.T) {
			h := newHost(t)
			id, _ := h.create(t, pushToken)
			h.create(t, `{"name":"taken","permissions":["push"]}`)
			a := &call{host: h, method: "PUT", target: path(id), body: `{"name":"x"}`}
			for j := len(rows) - 1; j >= i; j-- {
				_, what, _ := strings.Cut(rows[j][4:], "  ")
				what = strings.TrimSpace(what)
				require.Contains(t, faults, what)
				faults[what](t, a)
			}
			w := h.call(a.method, a.target+a.query, a.body, a.headers...)
			f := strings.Fields(row)
			want, err := strconv.Atoi(f[0])
			require.NoError(t, err)
			if want == 405 {
				require.Equal(t, want, w.Code)
				return
			}
			refused(t, w, want, f[1], "")
		})
	}
}
