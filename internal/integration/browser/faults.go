package browser

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// faults are the failures of the network between browser and backend. While
// there are any, every request has a connection of its own: a browser sends a
// request again, also a POST, when a connection breaks that it has used before.
type faults struct {
	server *http.Server

	mu   sync.Mutex
	list []fault
}

type fault struct {
	requests []string
	handle   func(w http.ResponseWriter, r *http.Request, next http.Handler)
	end      func()
}

// matches reports whether the requests of f include r: they are given as "POST" or
// "GET /tokens", where the path is the end of one. Without any, all are meant.
func (f fault) matches(r *http.Request) bool {
	return len(f.requests) == 0 || slices.ContainsFunc(f.requests, func(pattern string) bool {
		method, path, _ := strings.Cut(pattern, " ")
		return method == r.Method && strings.HasSuffix(r.URL.Path, path)
	})
}

// Cut breaks the connection before requests are handled.
func (f *faults) Cut(requests ...string) {
	f.add(fault{requests: requests, handle: func(http.ResponseWriter, *http.Request, http.Handler) {
		panic(http.ErrAbortHandler)
	}})
}

// Lose breaks the connection when requests have been handled, before the answer.
func (f *faults) Lose(requests ...string) {
	f.add(fault{requests: requests, handle: func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}})
}

// Hold makes requests wait before they are handled.
func (f *faults) Hold(requests ...string) *gate {
	g := &gate{Reached: make(chan struct{}, 100), opened: make(chan struct{})}
	f.add(fault{requests: requests, end: g.Open, handle: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		g.Reached <- struct{}{}
		select {
		case <-g.opened:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}})
	return g
}

// gate holds requests until it is opened.
type gate struct {
	Reached chan struct{} // has an element for each request
	opened  chan struct{}
	once    sync.Once
}

func (g *gate) Open() { g.once.Do(func() { close(g.opened) }) }

// Heal ends all faults, and lets pass what they hold.
func (f *faults) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.list {
		if one.end != nil {
			one.end()
		}
	}
	f.list = nil
	f.server.SetKeepAlivesEnabled(true)
}

func (f *faults) faulty() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.list) > 0
}

func (f *faults) add(one fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, one)
	f.server.SetKeepAlivesEnabled(false)
}

func (f *faults) fail(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		i := slices.IndexFunc(f.list, func(one fault) bool { return one.matches(r) })
		if i < 0 {
			f.mu.Unlock()
			next.ServeHTTP(w, r)
			return
		}
		one := f.list[i]
		f.mu.Unlock()
		one.handle(w, r, next)
	})
}
