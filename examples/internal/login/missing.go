package login

import (
	"net/http"
	"strings"
)

// Guide returns a handler that does as mux does. A browser that asks for a path that mux
// does not have gets a page that leads on.
func (l *Login) Guide(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" || !fromBrowser(r) {
			mux.ServeHTTP(w, r)
			return
		}
		refusal := refusal{header: w.Header()}
		mux.ServeHTTP(&refusal, r)
		l.show(w, refusal.status, pageData{
			Title:   "There is no such page",
			Missing: true,
			Admin:   l.Admin(r),
			Root:    "./" + strings.Repeat("../", max(0, strings.Count(r.URL.EscapedPath(), "/")-1)),
		})
	})
}

// A refusal takes the status and the header of an answer, and drops its text.
type refusal struct {
	header http.Header
	status int
}

func (r *refusal) Header() http.Header         { return r.header }
func (r *refusal) WriteHeader(status int)      { r.status = status }
func (r *refusal) Write(b []byte) (int, error) { return len(b), nil }
