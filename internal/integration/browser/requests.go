package browser

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"
)

// requests notes every request that reaches a backend.
type requests struct {
	mu   sync.Mutex
	list []recorded
}

type recorded struct {
	Method, URI string
	Header      http.Header
	Body        string
}

func (r recorded) String() string {
	return fmt.Sprint(r.Method, " ", r.URI, " ", r.Header, " ", r.Body)
}

func (l *requests) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		l.mu.Lock()
		l.list = append(l.list, recorded{r.Method, r.RequestURI, r.Header.Clone(), string(body)})
		l.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// Seen returns the requests so far, or those with one of these methods.
func (l *requests) Seen(methods ...string) (list []recorded) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.list {
		if len(methods) == 0 || slices.Contains(methods, r.Method) {
			list = append(list, r)
		}
	}
	return list
}

// holding returns the requests that have text in their address, a header or their
// body.
func (l *requests) holding(text string) (list []recorded) {
	for _, r := range l.Seen() {
		if strings.Contains(r.String(), text) {
			list = append(list, r)
		}
	}
	return list
}

// KeepsSecret requires that secret is in no request, and in nothing that the
// backend has logged.
func (b *Backend) KeepsSecret(secret string) {
	b.T.Helper()
	require.NotEmpty(b.T, secret)
	require.Empty(b.T, b.holding(secret))
	require.NotContains(b.T, b.log.String(), secret)
}
