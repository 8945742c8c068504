package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

func emptyHandlerKey(tokens int) key { return key{what: "empty handler", tokens: tokens} }
func guardedKey(tokens int) key      { return memoryKey("empty handler behind httpauth.Require", tokens) }

// requestUnits serve requests without a network.
func (p *population) requestUnits() ([]unit, error) {
	svc, err := p.service(0)
	if err != nil {
		return nil, err
	}
	empty := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	return []unit{
		p.requests(emptyHandlerKey(p.size), empty),
		p.requests(guardedKey(p.size), httpauth.Require(svc, transfertoken.Push, nil)(empty)),
	}, nil
}

func (p *population) requests(k key, handler http.Handler) unit {
	return newSeries(k, func() func(n int) error {
		var requests []*http.Request
		for _, secret := range p.full {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header.Set("Authorization", "Bearer "+secret)
			requests = append(requests, r)
		}
		w, next := &responseWriter{header: http.Header{}}, 0
		return func(n int) error {
			for range n {
				handler.ServeHTTP(w, requests[next])
				if next++; next == len(requests) {
					next = 0
				}
			}
			if w.status != 0 {
				return fmt.Errorf("%v: status %d", k, w.status)
			}
			return nil
		}
	})
}

// responseWriter keeps the status only.
type responseWriter struct {
	header http.Header
	status int
}

func (w *responseWriter) Header() http.Header         { return w.header }
func (w *responseWriter) Write(p []byte) (int, error) { return len(p), nil }
func (w *responseWriter) WriteHeader(status int)      { w.status = status }
