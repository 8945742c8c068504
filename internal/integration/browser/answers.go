package browser

import (
	"io"
	"net/http"
)

// Answer makes something between browser and backend answer requests.
func (f *faults) Answer(status int, contentType, body string, requests ...string) {
	f.Replace(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}, requests...)
}

// Redirect makes something between browser and backend send requests elsewhere.
func (f *faults) Redirect(location string, requests ...string) {
	f.Replace(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Redirect(w, r, location, http.StatusFound)
	}, requests...)
}

// RefuseFurther lets the first page of a list pass, and nothing after it.
func (f *faults) RefuseFurther(status int) {
	f.Replace(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Query().Has("after") {
			w.WriteHeader(status)
			return
		}
		next.ServeHTTP(w, r)
	}, List)
}

// Replace lets handle answer the requests. next is the handler of the backend.
func (f *faults) Replace(handle func(w http.ResponseWriter, r *http.Request, next http.Handler), requests ...string) {
	f.add(fault{requests: requests, handle: handle})
}

// List is the request that the page begins with.
const List = "GET /transfer/tokens"
