package admin

import (
	_ "embed"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// route is a path below the mount and its operations.
type route struct {
	pattern    string // segments; {…} is a wildcard
	allow      string // the methods, in the order of Strapi
	operations map[string]operation
	forPeople  bool // a refusal is an HTML document
}

type operation struct {
	action string // "" if everyone may do it
	do     func(r *request) (response, error)
}

// request is a request to one of the routes.
type request struct {
	*http.Request           // as the host passed it on
	body          io.Reader // limited to strapi.MaxBody; nil if there is none
	segment       string    // of the path, which matched the wildcard of the route
	actor         string    // as Authorize named it
}

func (a *api) newRoutes() []route {
	return []route{
		{"transfer/tokens", "HEAD, GET, POST", map[string]operation{
			"GET":  {ActionRead, a.whenEnabled(a.list)},
			"POST": {ActionCreate, a.whenEnabled(a.create)},
		}, false},
		{"transfer/tokens/{id}", "HEAD, GET, PUT, DELETE", map[string]operation{
			"GET":    {ActionRead, a.whenEnabled(a.get)},
			"PUT":    {ActionUpdate, a.whenEnabled(a.update)},
			"DELETE": {ActionDelete, a.whenEnabled(a.delete)},
		}, false},
		{"transfer/tokens/{id}/regenerate", "POST", map[string]operation{
			"POST": {ActionRegenerate, a.whenEnabled(a.regenerate)},
		}, false},
		{"transfer/openapi.yaml", "HEAD, GET", map[string]operation{"GET": {ActionAccess, serveOpenAPI}}, false},
		{"transfer/page/style.css", "HEAD, GET", map[string]operation{"GET": {"", servePublicFile("style.css")}}, true},
		{"transfer/page/icon.svg", "HEAD, GET", map[string]operation{"GET": {"", servePublicFile("icon.svg")}}, true},
		{"transfer/page/{file}", "HEAD, GET", map[string]operation{"GET": {ActionAccess, servePageFile}}, false},
		{"transfer/", "HEAD, GET", map[string]operation{"GET": {ActionAccess, a.servePage}}, true},
		{"transfer", "HEAD, GET", map[string]operation{"GET": {"", redirectToPage}}, true},
	}
}

// ServeHTTP answers a request whose path is below the mount.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	on, segment, ok := a.findRoute(pathBelowMount(r))
	if err := a.origins.Check(r); err != nil {
		a.refuse(w, r, on, errCrossOrigin.Because(err))
		return
	}
	switch {
	case !ok && wantsDocument(r):
		a.refusePage(w, r, on, strapi.ErrNotFound)
		return
	case !ok:
		a.refuse(w, r, on, strapi.ErrNotFound)
		return
	}
	method := r.Method
	switch method {
	case http.MethodOptions:
		w.Header().Set("Allow", on.allow)
		w.Header().Set("Cache-Control", "no-store")
		return
	case http.MethodHead:
		method = http.MethodGet
	}
	op, ok := on.operations[method]
	switch {
	case ok:
	case method == http.MethodGet:
		a.refuse(w, r, on, strapi.ErrNotFound)
		return
	default:
		w.Header().Set("Allow", on.allow)
		writeMethodNotAllowed(w)
		return
	}
	inner := &request{Request: r, segment: segment}
	if r.Body != nil { // it is nil in some tests of hosts
		inner.body = http.MaxBytesReader(w, r.Body, strapi.MaxBody)
	}
	switch res, err := a.run(op, inner); {
	case err == nil:
		res.write(w)
	case on.forPeople:
		a.refusePage(w, r, on, err)
	default:
		a.refuse(w, r, on, err)
	}
}

// run does op if the host allows it.
func (a *api) run(op operation, r *request) (response, error) {
	if op.action != "" {
		actor, err := a.askHost(r.Request, op.action)
		if err != nil {
			return response{}, err
		}
		r.actor = actor
	}
	return op.do(r)
}

// askHost returns who wants to do action, or the refusal that follows from the
// error of Authorize.
func (a *api) askHost(r *http.Request, action string) (actor string, err error) {
	actor, err = a.authorize(r, action)
	switch {
	case err == nil:
		return actor, nil
	case errors.Is(err, transfertoken.ErrUnauthorized):
		return "", strapi.ErrCredentials.Because(err)
	case errors.Is(err, transfertoken.ErrForbidden):
		return "", strapi.ErrPolicy.Because(err)
	}
	return "", errUnavailable.Because(err)
}

func (a *api) whenEnabled(do func(*request) (response, error)) func(*request) (response, error) {
	return func(r *request) (response, error) {
		if !a.svc.Enabled() {
			return response{}, transfertoken.ErrDisabled
		}
		return do(r)
	}
}

// findRoute returns the route of a path, and the segment that its wildcard matches.
// A slash at the end makes no difference, except to the page.
func (a *api) findRoute(path string) (found route, segment string, ok bool) {
	segments := strings.Split(path, "/")
	for _, candidate := range a.routes {
		pattern := strings.Split(candidate.pattern, "/")
		if segment, ok := match(pattern, segments); ok {
			return candidate, segment, true
		}
		if last := len(segments) - 1; !candidate.forPeople && segments[last] == "" {
			if segment, ok := match(pattern, segments[:last]); ok {
				return candidate, segment, true
			}
		}
	}
	return route{}, "", false
}

// match compares the segments of a path as they were sent, so that only a wildcard
// matches one with an escape. It matches neither an empty segment nor . and ..,
// which clients and proxies resolve.
func match(pattern, segments []string) (wild string, ok bool) {
	if len(pattern) != len(segments) {
		return "", false
	}
	for i, segment := range segments {
		switch {
		case pattern[i] == segment:
		case isWildcard(pattern[i]) && segment != "" && segment != "." && segment != "..":
			wild = unescape(segment)
		default:
			return "", false
		}
	}
	return wild, true
}

func isWildcard(part string) bool { return strings.HasPrefix(part, "{") }

// unescape returns segment unchanged if it has a malformed escape.
func unescape(segment string) string {
	if text, err := url.PathUnescape(segment); err == nil {
		return text
	}
	return segment
}

// pathBelowMount returns the path of r without the prefix that the handler is
// mounted at, escaped as it was sent and without its first slash. The prefix is
// known from the pattern of http.ServeMux. Without one it has been stripped.
func pathBelowMount(r *http.Request) string {
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	depth, ok := mountDepth(r.Pattern, segments)
	if !ok || depth > 0 && wasStripped(r, segments, depth) {
		depth = 0
	}
	return strings.Join(segments[depth:], "/")
}

// mountDepth returns how many segments of a path that matches pattern are the
// prefix of the mount: those before a segment "transfer" of the pattern, or before
// its trailing slash or {rest...}.
func mountDepth(pattern string, segments []string) (depth int, ok bool) {
	_, pattern, ok = strings.Cut(pattern, "/") // after a method and a host
	if !ok {
		return 0, false
	}
	parts := strings.Split(pattern, "/")
	depth = -1
	for i, part := range parts {
		matchesRest := i == len(parts)-1 && (part == "" || strings.HasSuffix(part, "...}"))
		switch {
		case matchesRest && depth < 0:
			return i, i < len(segments)
		case matchesRest:
			return depth, i < len(segments)
		case i >= len(segments) || !isWildcard(part) && unescape(part) != unescape(segments[i]):
			return 0, false
		case part == "transfer":
			depth = i
		}
	}
	return depth, depth >= 0 && len(parts) == len(segments)
}

// wasStripped reports whether the host has removed a prefix of depth segments from
// the path of r. The segments that are left begin with the same prefix again if
// the client sent it twice.
func wasStripped(r *http.Request, segments []string, depth int) bool {
	sent, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return false // no server set it
	}
	whole := strings.Split(strings.TrimPrefix(sent.EscapedPath(), "/"), "/")
	removed := len(whole) - len(segments)
	return removed >= depth && slices.Equal(whole[removed-depth:removed], segments[:depth])
}

//go:embed openapi.yaml
var openAPI []byte

func serveOpenAPI(*request) (response, error) {
	return response{status: http.StatusOK, contentType: "application/yaml; charset=utf-8", body: openAPI}, nil
}
