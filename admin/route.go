package admin

import (
	"errors"
	"net/http"
	"path"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// A resource is what one path stands for.
type resource struct {
	allow   string // the methods, as Strapi lists them
	methods map[string]operation
	refuse  func(http.ResponseWriter, *http.Request, error)
}

type operation struct {
	action string // "": for everyone, and the host is not asked
	do     func(r *http.Request, actor string) (answer, error)
}

func (a *api) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, res := range map[string]resource{
		"/transfer/tokens": {"HEAD, GET, POST", map[string]operation{
			"GET":  {ActionRead, a.whenEnabled(a.list)},
			"POST": {ActionCreate, a.whenEnabled(a.create)},
		}, a.refuse},
		"/transfer/tokens/{id}": {"HEAD, GET, PUT, DELETE", map[string]operation{
			"GET":    {ActionRead, a.whenEnabled(a.get)},
			"PUT":    {ActionUpdate, a.whenEnabled(a.update)},
			"DELETE": {ActionDelete, a.whenEnabled(a.delete)},
		}, a.refuse},
		"/transfer/tokens/{id}/regenerate": {"POST", map[string]operation{
			"POST": {ActionRegenerate, a.whenEnabled(a.regenerate)},
		}, a.refuse},
		"/transfer/openapi.yaml": {"HEAD, GET", map[string]operation{
			"GET": {ActionAccess, describe},
		}, a.refuse},
		"/transfer/page/{file}": {"HEAD, GET", map[string]operation{
			"GET": {ActionAccess, pageFile},
		}, a.refuse},
	} {
		mux.Handle(pattern, a.handler(res))
		mux.Handle(pattern+"/{$}", a.handler(res))
	}
	for pattern, op := range map[string]operation{
		"/transfer":                {"", toPage},
		"/transfer/{$}":            {ActionAccess, a.page},
		"/transfer/page/style.css": {"", styleSheet},
	} {
		mux.Handle(pattern, a.handler(resource{"HEAD, GET", map[string]operation{"GET": op}, a.refusePage}))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { a.refuse(w, r, errNoRoute) })
	return mux
}

func (a *api) handler(res resource) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, res) })
}

// ServeHTTP answers a request whose path is below the mount.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := a.origins.Check(r); err != nil {
		a.refuse(w, r, &refused{errCrossOrigin, err})
		return
	}
	r = belowMount(r)
	if escaped := r.URL.EscapedPath(); escaped != cleaned(escaped) {
		a.refuse(w, r, errNoRoute) // ServeMux would redirect to a path that lacks the prefix of the mount
		return
	}
	if r.Body != nil { // it is nil in some tests of hosts
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	}
	a.mux.ServeHTTP(w, r)
}

// belowMount returns a copy of r whose path starts with /transfer/ if the path
// of r has that anywhere, or is /transfer if it ends so: what stands before the
// first one is a prefix that the host has not stripped.
func belowMount(r *http.Request) *http.Request {
	u := *r.URL
	u.Path, u.RawPath = fromTransfer(u.Path), fromTransfer(u.RawPath)
	below := *r
	below.URL = &u
	return &below
}

func fromTransfer(p string) string {
	if p == "" {
		return p
	}
	if p[0] != '/' {
		p = "/" + p // http.StripPrefix with a prefix that ends in a slash
	}
	if i := strings.Index(p, "/transfer/"); i > 0 {
		return p[i:]
	}
	if strings.HasSuffix(p, "/transfer") {
		return "/transfer"
	}
	return p
}

// cleaned is the path that ServeMux would redirect to.
func cleaned(p string) string {
	clean := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}

func (a *api) serve(w http.ResponseWriter, r *http.Request, res resource) {
	method := r.Method
	switch method {
	case http.MethodOptions:
		w.Header().Set("Allow", res.allow)
		return
	case http.MethodHead:
		method = http.MethodGet
	}
	op, ok := res.methods[method]
	switch {
	case ok:
	case method == http.MethodGet:
		a.refuse(w, r, errNoRoute)
		return
	default:
		w.Header().Set("Allow", res.allow)
		methodNotAllowed(w)
		return
	}
	ans, err := a.run(r, op)
	if err != nil {
		res.refuse(w, r, err)
		return
	}
	ans.write(w)
}

func (a *api) run(r *http.Request, op operation) (answer, error) {
	if op.action == "" {
		return op.do(r, "")
	}
	actor, err := a.allowed(r, op.action)
	if err != nil {
		return answer{}, err
	}
	return op.do(r, actor)
}

// allowed returns who wants to do action, or the refusal that the host's verdict
// means.
func (a *api) allowed(r *http.Request, action string) (actor string, err error) {
	actor, err = a.authorize(r, action)
	switch {
	case err == nil:
		return actor, nil
	case errors.Is(err, transfertoken.ErrUnauthorized):
		return "", &refused{errUnauthorized, err}
	case errors.Is(err, transfertoken.ErrForbidden):
		return "", &refused{errForbidden, err}
	}
	return "", &refused{errUnavailable, err}
}

func (a *api) whenEnabled(do func(r *http.Request, actor string) (answer, error)) func(r *http.Request, actor string) (answer, error) {
	return func(r *http.Request, actor string) (answer, error) {
		if !a.svc.Enabled() {
			return answer{}, transfertoken.ErrDisabled
		}
		return do(r, actor)
	}
}
