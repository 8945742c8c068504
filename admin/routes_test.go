package admin_test

import (
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
)

func TestEveryRouteAsksForItsAction(t *testing.T) {
	routes := strings.Split(strings.TrimSpace(section(t, "Routes")), "\n")
	require.Len(t, routes, 7)
	for _, line := range routes {
		t.Run(line, func(t *testing.T) {
			f := strings.Fields(line)
			method, target, action := f[0], f[1], f[2]
			status, err := strconv.Atoi(f[3])
			require.NoError(t, err)
			h := newHost(t)
			id, _ := h.create(t, pushToken)
			target = strings.Replace(target, "{id}", id, 1)
			body := ""
			if method == "POST" || method == "PUT" {
				body = `{"name":"other","permissions":["pull"]}`
			}
			for _, target := range []string{target, target + "/"} {
				h.asked, h.verdict = nil, nil
				h.verdict = transfertoken.ErrForbidden
				calls := h.store.calls
				refused(t, h.call(method, target, body), 403, "PolicyError", "Policy Failed")
				require.Equal(t, []string{action}, h.asked)
				require.Equal(t, calls, h.store.calls, "who may not gets nothing done")
			}
			h.verdict = nil
			require.Equal(t, status, h.call(method, target, body).Code)
		})
	}
}

func TestASlashAtTheEndMakesNoDifference(t *testing.T) {
	h := newHost(t)
	w := h.call("POST", "/transfer/tokens/", pushToken)
	require.Equal(t, 201, w.Code)
	id := dataOf(t, w)["id"].(string)
	require.Equal(t, []string{"staging"}, listOf(t, h.call("GET", "/transfer/tokens/", "")))
	require.Equal(t, 200, h.call("GET", path(id)+"/", "").Code)
	require.Equal(t, 200, h.call("PUT", path(id)+"/", `{}`).Code)
	require.Equal(t, 201, h.call("POST", path(id)+"/regenerate/", "").Code)
	require.Equal(t, 200, h.call("DELETE", path(id)+"/", "").Code)
}

func TestOtherMethodsAreAnsweredAsStrapiDoes(t *testing.T) {
	h := newHost(t)
	for target, allow := range map[string]string{
		"/transfer/tokens":        "HEAD, GET, POST",
		path("x"):                 "HEAD, GET, PUT, DELETE",
		path("x") + "/":           "HEAD, GET, PUT, DELETE",
		path("x") + "/regenerate": "POST",
		"/transfer/openapi.yaml":  "HEAD, GET",
		"/transfer":               "HEAD, GET",
		"/transfer/":              "HEAD, GET",
		"/transfer/page/main.js":  "HEAD, GET",
	} {
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "get", "X"} {
			if strings.Contains(allow, method) {
				continue
			}
			w := h.call(method, target, "")
			require.Equal(t, 405, w.Code, "%s %s", method, target)
			require.Equal(t, "Method Not Allowed", w.Body.String())
			require.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
			require.Equal(t, allow, w.Header().Get("Allow"))
		}
		w := h.call("OPTIONS", target, "")
		require.Equal(t, 200, w.Code)
		require.Equal(t, allow, w.Header().Get("Allow"))
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		require.Empty(t, w.Body.String())
	}
	refused(t, h.call("GET", path("x")+"/regenerate", ""), 404, "NotFoundError", "Not Found")
	require.Empty(t, h.asked)
}

func TestHeadDoesWhatGetDoes(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	for _, target := range []string{"/transfer/tokens", path(id), path("x"), "/transfer/tokens?limit=x",
		"/transfer/openapi.yaml", "/transfer", "/transfer/", "/transfer/page/main.js", "/nowhere"} {
		get, head := h.call("GET", target, ""), h.call("HEAD", target, "")
		require.Equal(t, get.Code, head.Code)
		require.Equal(t, get.Header(), head.Header())
	}
}

func TestWhatIsNoRouteIsNotFound(t *testing.T) {
	h := newHost(t)
	for _, target := range []string{
		"/", "/tokens", "/transferx", "/transfer//", "/transfer/page", "/transfer/page/x/y", "/transfer/page/../",
		"/transfer/tokensx", "/transfer/runner/push", "/transfer/tokens/x/y", "/transfer/tokens/x/regenerate/y",
		"/transfer/tokens/x//", "/transfer//tokens", "/transfer/tokens//regenerate", "/transfer/./tokens",
		"/transfer/x/../tokens",
		"/transfer/tokens/..", "/transfer/transfer/tokens", "/transfer/%74okens/x/y", "/transfer%2Ftokens",
	} {
		for _, method := range []string{"GET", "POST", "DELETE", "OPTIONS"} {
			w := h.call(method, target, "")
			require.Contains(t, []int{404, 405}, w.Code, target)
			require.Empty(t, w.Header().Get("Location"), "a redirect would miss the prefix of the mount")
			if w.Code == 404 {
				require.Contains(t, w.Body.String(), `"message":"Not Found"`)
			}
		}
	}
	require.Empty(t, h.asked)
}

func TestAnIDThatIsNoUUIDBelongsToNoToken(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	calls := h.store.calls
	for _, id := range []string{
		strings.ToUpper(id), strings.ReplaceAll(id, "-", ""), "%7B" + id + "%7D", "urn:uuid:" + id, id + "%00", "%20" + id,
		id + "%0a", id + "%2F", "0", "-1", "%ff",
		"%2e%2e", "%2E", "null", strings.Repeat("1", 10000), "%d9%a1", "1%20or%201=1", "00000000-0000-0000-0000-00000000000g",
	} {
		refused(t, h.call("GET", path(id), ""), 404, "NotFoundError", "Transfer token not found")
		refused(t, h.call("PUT", path(id), `{"name":"x"}`), 404, "NotFoundError", "Transfer token not found")
		refused(t, h.call("PUT", path(id), `{"name":""}`), 400, "ValidationError", "name must be at least 1 characters")
		refused(t, h.call("POST", path(id)+"/regenerate", ""), 404, "NotFoundError", "Transfer token not found")
		w := h.call("DELETE", path(id), "")
		require.Equal(t, 200, w.Code)
		require.Equal(t, `{"data":null}`, w.Body.String())
	}
	require.Equal(t, calls, h.store.calls)
	require.Equal(t, 200, h.call("GET", path("%3"+id[:1]+id[1:]), "").Code,
		"an escape is the character that it stands for")
	refused(t, h.call("GET", path("00000000-0000-0000-0000-000000000000"), ""), 404, "NotFoundError",
		"Transfer token not found")
}

// mounts are ways to mount the handler, and paths at which each must not answer.
var mounts = map[string]struct {
	prefix    string // of the paths at which it answers
	mount     func(h http.Handler) http.Handler
	elsewhere []string
}{
	"at the root": {"", func(h http.Handler) http.Handler { return h }, []string{"/x", "/x%2F", "/transfer"}},
	"in a mux at the root": {"", func(h http.Handler) http.Handler {
		return muxWith("/", h)
	}, []string{"/x", "/x/y", "/x%2Fy", "/transfer"}},
	"a prefix that is stripped": {"/admin", func(h http.Handler) http.Handler {
		return muxWith("/admin/", http.StripPrefix("/admin", h))
	}, []string{"/admin/x", "/admin/x%2Fy", "/admin/admin", "/admin/admin/admin", "/admin/transfer"}},
	"a prefix that is stripped with its slash": {"/admin", func(h http.Handler) http.Handler {
		return muxWith("/admin/", http.StripPrefix("/admin/", h))
	}, []string{"/admin/x", "/admin/x%2Fy", "/admin/admin"}},
	"a prefix that is not stripped": {"/a/b", func(h http.Handler) http.Handler {
		return muxWith("/a/b/", h)
	}, []string{"/a/b/x", "/a/b/x%2Fy", "/a/b/a/b", "/a/b/transfer"}},
	"only the routes": {"/admin", func(h http.Handler) http.Handler {
		return muxWith("/admin/transfer/", h)
	}, []string{"/admin/transfer", "/admin/transfer/x", "/admin/transfer%2Fx"}},
	"only the routes, and the prefix is stripped": {"/admin", func(h http.Handler) http.Handler {
		return muxWith("/admin/transfer/", http.StripPrefix("/admin", h))
	}, []string{"/admin/transfer", "/admin/transfer/admin"}},
	"a prefix with a wildcard": {"/site%2F1", func(h http.Handler) http.Handler {
		return muxWith("/{site}/transfer/", h)
	}, []string{"/site/transfer", "/site/x"}},
	"a prefix of wildcards": {"/tenants/t1/admin", func(h http.Handler) http.Handler {
		return muxWith("/tenants/{tenant}/admin/{rest...}", h)
	}, []string{"/tenants/t1/admin/x", "/tenants/t1%2Fadmin/admin/x", "/tenants/t1/admin/admin"}},
	"a prefix with an escape": {"/a%20b", func(h http.Handler) http.Handler {
		return muxWith("/a%20b/", h)
	}, []string{"/a%20b/x", "/a%20b/a%20b"}},
	"a prefix of a host": {"/admin", func(h http.Handler) http.Handler {
		return muxWith("example.com/admin/", h)
	}, []string{"/admin/x", "/admin/admin"}},
	"a mux in a mux": {"/v1/admin", func(h http.Handler) http.Handler {
		return muxWith("/v1/", http.StripPrefix("/v1", muxWith("/admin/", h)))
	}, []string{"/v1/admin/x", "/v1/admin/admin", "/v1/v1/admin"}},
	"a mux in a mux, and both prefixes are stripped": {"/v1/admin", func(h http.Handler) http.Handler {
		return muxWith("/v1/", http.StripPrefix("/v1", muxWith("/admin/", http.StripPrefix("/admin", h))))
	}, []string{"/v1/admin/x", "/v1/admin/admin", "/v1/v1/admin"}},
	"a prefix called transfer": {"/transfer", func(h http.Handler) http.Handler {
		return http.StripPrefix("/transfer", h)
	}, []string{"/transfer/transfer", "/transfer/x"}},
}

func muxWith(pattern string, h http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(pattern, h)
	return mux
}

func TestAnyMountWillDo(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	for name, m := range mounts {
		t.Run(name, func(t *testing.T) {
			handler := m.mount(h.handler)
			for _, target := range []string{"/transfer/", "/transfer/page/main.js", "/transfer/tokens", "/transfer/tokens/",
				path(id), "/transfer/openapi.yaml"} {
				require.Equal(t, 200, send(handler, "GET", m.prefix+target, "").Code, target)
			}
			require.Equal(t, 201, send(handler, "POST", m.prefix+path(id)+"/regenerate", "").Code)
		})
	}
}

// A proxy that guards the paths below the mount must not be walked around.
func TestNothingIsServedBesideTheMount(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	h.asked = nil
	for name, m := range mounts {
		t.Run(name, func(t *testing.T) {
			handler := m.mount(h.handler)
			paths := []string{m.prefix + "/transfer%2Ftokens", m.prefix + "/tr%61nsfer/tokens", m.prefix + "/transfer/%74okens",
				m.prefix + path(id) + "/r%65generate", m.prefix + "/%2Ftransfer/tokens"}
			for _, elsewhere := range m.elsewhere {
				for _, target := range []string{"/transfer/", "/transfer/tokens", path(id), path(id) + "/regenerate",
					"/transfer%2Ftokens", "/transfer/openapi.yaml"} {
					paths = append(paths, elsewhere+target)
				}
			}
			for _, target := range paths {
				for _, method := range []string{"GET", "POST", "DELETE"} {
					require.Contains(t, []int{307, 404, 405}, send(handler, method, target, "").Code, "%s %s", method, target)
				}
			}
		})
	}
	require.Empty(t, h.asked)
	require.Equal(t, []string{"staging"}, listOf(t, h.call("GET", "/transfer/tokens", "")))
}

// A host that serves several tenants decides by its own path values.
func TestAuthorizeGetsTheRequestAsItCame(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	var sent, got *http.Request
	handler, err := admin.New(h.svc, &admin.Options{Authorize: func(r *http.Request, _ string) (string, error) {
		require.Equal(t, "/orgs/{id}/admin/", r.Pattern)
		require.Equal(t, "o1", r.PathValue("id"))
		require.Equal(t, "/orgs/o1/admin/transfer/tokens/"+id, r.URL.Path)
		got = r
		return "", nil
	}})
	require.NoError(t, err)
	mux := muxWith("/orgs/{id}/admin/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = r
		handler.ServeHTTP(w, r)
	}))
	require.Equal(t, 200, send(mux, "GET", "/orgs/o1/admin"+path(id), "").Code)
	require.Same(t, sent, got)
	require.Equal(t, 200, send(mux, "PUT", "/orgs/o1/admin"+path(id), `{"name":"x"}`).Code)
}

func TestTheDescriptionIsServed(t *testing.T) {
	want, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	h := newHost(t)
	h.mount(t, nil, nil)
	w := h.call("GET", "/transfer/openapi.yaml", "")
	require.Equal(t, 200, w.Code, "also when tokens are disabled")
	require.Equal(t, string(want), w.Body.String())
	require.Equal(t, "application/yaml; charset=utf-8", w.Header().Get("Content-Type"))
}
