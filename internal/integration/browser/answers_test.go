package browser

import (
	"io"
	"net/http"
)

// answer makes something between browser and backend answer requests.
func (f *faults) answer(status int, contentType, body string, requests ...string) {
	f.replace(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}, requests...)
}

// redirect makes something between browser and backend send requests elsewhere.
func (f *faults) redirect(location string, requests ...string) {
	f.replace(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Redirect(w, r, location, http.StatusFound)
	}, requests...)
}

// refuseFurther lets the first page of a list pass, and nothing after it.
func (f *faults) refuseFurther(status int) {
	f.replace(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Query().Has("after") {
			w.WriteHeader(status)
			return
		}
		next.ServeHTTP(w, r)
	}, list)
}

func (f *faults) replace(handle func(w http.ResponseWriter, r *http.Request, next http.Handler), requests ...string) {
	f.add(fault{requests: requests, handle: handle})
}

// list is the request that the page begins with.
const list = "GET /transfer/tokens"
