package admin

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

// request is a request to one of the routes.
type request struct {
	*http.Request           // as the host passed it on
	body          io.Reader // limited to strapi.MaxBody; nil if there is none
	value         string    // the segment of the path that matched the wildcard of the route
	actor         string    // as Authorize named it
}

// route is a path below the mount and its operations.
type route struct {
	pattern   string // segments; {…} is a wildcard
	allow     string // the methods, in the order of Strapi
	methods   map[string]operation
	forPeople bool // a refusal is an HTML document
}

type operation struct {
	action string // "" if everyone may do it
	do     func(r *request) (answer, error)
}

func (a *api) routes() []route {
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
		{"transfer/openapi.yaml", "HEAD, GET", map[string]operation{"GET": {ActionAccess, describe}}, false},
		{"transfer/page/style.css", "HEAD, GET", map[string]operation{"GET": {"", styleSheet}}, true},
		{"transfer/page/{file}", "HEAD, GET", map[string]operation{"GET": {ActionAccess, pageFile}}, false},
		{"transfer/", "HEAD, GET", map[string]operation{"GET": {ActionAccess, a.page}}, true},
		{"transfer", "HEAD, GET", map[string]operation{"GET": {"", toPage}}, true},
	}
}

// ServeHTTP answers a request whose path is below the mount.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found, value, ok := a.find(pathBelowMount(r))
	if err := a.origins.Check(r); err != nil {
		a.refuse(w, r, found, errCrossOrigin.Because(err))
		return
	}
	if !ok {
		a.refuse(w, r, found, strapi.ErrNotFound)
		return
	}
	a.serve(w, r, found, value)
}

// find returns the route of a path, and the segment that its wildcard matches. A
// slash at the end makes no difference, except to the page.
func (a *api) find(path string) (found route, value string, ok bool) {
	segments := strings.Split(path, "/")
	for _, candidate := range a.table {
		pattern := strings.Split(candidate.pattern, "/")
		if value, ok := match(pattern, segments); ok {
			return candidate, value, true
		}
		if last := len(segments) - 1; !candidate.forPeople && segments[last] == "" {
			if value, ok := match(pattern, segments[:last]); ok {
				return candidate, value, true
			}
		}
	}
	return route{}, "", false
}

// match compares the segments of a path as they were sent: only a wildcard
// matches an escaped one. It matches neither an empty segment nor . and .., which
// clients and proxies resolve.
func match(pattern, segments []string) (value string, ok bool) {
	if len(pattern) != len(segments) {
		return "", false
	}
	for i, segment := range segments {
		switch {
		case pattern[i] == segment:
		case strings.HasPrefix(pattern[i], "{") && segment != "" && segment != "." && segment != "..":
			value, _ = url.PathUnescape(segment) // it is part of a path that was parsed
		default:
			return "", false
		}
	}
	return value, true
}

// pathBelowMount returns the path of r without the prefix that the handler is
// mounted at, escaped as it was sent and without its first slash. A prefix is
// known from the pattern of [http.ServeMux]; any other host has stripped it.
func pathBelowMount(r *http.Request) string {
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	depth, ok := mountDepth(r.Pattern, segments)
	if !ok || depth > 0 && prefixWasStripped(r, segments, depth) {
		depth = 0
	}
	return strings.Join(segments[depth:], "/")
}

// mountDepth returns how many segments of a path that matches pattern are the
// prefix of the mount: all that stand before a segment "transfer" of the pattern,
// or before what its end stands for.
func mountDepth(pattern string, segments []string) (depth int, ok bool) {
	_, pattern, ok = strings.Cut(pattern, "/") // after a method and a host
	if !ok {
		return 0, false
	}
	parts := strings.Split(pattern, "/")
	depth = -1
	for i, part := range parts {
		switch rest := i == len(parts)-1 && (part == "" || strings.HasSuffix(part, "...}")); {
		case rest && depth < 0:
			return i, i < len(segments)
		case rest:
			return depth, i < len(segments)
		case i >= len(segments) || !strings.HasPrefix(part, "{") && unescapedSegment(part) != unescapedSegment(segments[i]):
			return 0, false
		case part == "transfer":
			depth = i
		}
	}
	return depth, depth >= 0 && len(parts) == len(segments)
}

// prefixWasStripped reports whether r was sent with the prefix of depth segments
// before those of its path. They start with the prefix, too, if it stands there
// twice.
func prefixWasStripped(r *http.Request, segments []string, depth int) bool {
	sent, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return false // no server set it
	}
	whole := strings.Split(strings.TrimPrefix(sent.EscapedPath(), "/"), "/")
	stripped := len(whole) - len(segments)
	return stripped >= depth && slices.Equal(whole[stripped-depth:stripped], segments[:depth])
}

func unescapedSegment(segment string) string {
	text, err := url.PathUnescape(segment)
	if err != nil {
		return segment
	}
	return text
}

func (a *api) serve(w http.ResponseWriter, r *http.Request, on route, value string) {
	method := r.Method
	switch method {
	case http.MethodOptions:
		w.Header().Set("Allow", on.allow)
		w.Header().Set("Cache-Control", "no-store")
		return
	case http.MethodHead:
		method = http.MethodGet
	}
	op, ok := on.methods[method]
	switch {
	case ok:
	case method == http.MethodGet:
		a.refuse(w, r, on, strapi.ErrNotFound)
		return
	default:
		w.Header().Set("Allow", on.allow)
		methodNotAllowed(w)
		return
	}
	inner := &request{Request: r, value: value}
	if r.Body != nil { // it is nil in some tests of hosts
		inner.body = http.MaxBytesReader(w, r.Body, strapi.MaxBody)
	}
	ans, err := a.run(inner, op)
	switch {
	case err == nil:
		ans.write(w)
	case on.forPeople:
		a.refusePage(w, r, on, err)
	default:
		a.refuse(w, r, on, err)
	}
}

func (r *request) readBody() (any, error) { return strapi.ReadBody(r.body, r.Header, r.ContentLength) }

func (a *api) run(r *request, op operation) (answer, error) {
	if op.action != "" {
		actor, err := a.allowed(r.Request, op.action)
		if err != nil {
			return answer{}, err
		}
		r.actor = actor
	}
	return op.do(r)
}

// allowed returns who wants to do action, or the refusal that the host's verdict
// means.
func (a *api) allowed(r *http.Request, action string) (actor string, err error) {
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

func (a *api) whenEnabled(do func(*request) (answer, error)) func(*request) (answer, error) {
	return func(r *request) (answer, error) {
		if !a.svc.Enabled() {
			return answer{}, transfertoken.ErrDisabled
		}
		return do(r)
	}
}
