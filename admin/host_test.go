package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

// host is a backend with the admin API at its root. Everybody is ann and may do
// everything unless the test says otherwise.
type host struct {
	svc     *transfertoken.TokenService
	store   *store
	clock   *tokentest.Clock
	handler http.Handler
	log     *bytes.Buffer
	actor   string
	verdict error

	mu    sync.Mutex
	asked []string // the actions
}

func newHost(t testing.TB) *host {
	h := &host{store: &store{MemoryStore: transfertoken.NewMemoryStore()}, clock: &tokentest.Clock{}, log: &bytes.Buffer{},
		actor: "ann"}
	h.clock.Set(at("2026-11-21T17:37:17.040Z"))
	var err error
	h.svc, err = transfertoken.New(h.store, tokentest.Salt, &transfertoken.Options{Now: h.clock.Now})
	require.NoError(t, err)
	h.mount(t, h.svc, nil)
	return h
}

// mount makes a new handler.
func (h *host) mount(t testing.TB, svc *transfertoken.TokenService, origins []string) {
	var err error
	h.handler, err = admin.New(svc, &admin.Options{
		Authorize:      h.authorize,
		TrustedOrigins: origins,
		Logger:         slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	require.NoError(t, err)
}

func (h *host) authorize(_ *http.Request, action string) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, action)
	return h.actor, h.verdict
}

// call sends a request; a body goes as JSON. headers are names and values.
func (h *host) call(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	return send(h.handler, method, target, body, headers...)
}

func send(handler http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := newRequest(method, target, body)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return serve(handler, r)
}

func newRequest(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func serve(handler http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// create makes a token over HTTP.
func (h *host) create(t testing.TB, body string) (id, secret string) {
	w := h.call("POST", "/transfer/tokens", body)
	require.Equal(t, http.StatusCreated, w.Code, w.Body)
	data := dataOf(t, w)
	return data["id"].(string), data["accessKey"].(string)
}

const pushToken = `{"name":"staging","permissions":["push"],"lifespan":604800000}`

func path(id string) string { return "/transfer/tokens/" + id }

func dataOf(t testing.TB, w *httptest.ResponseRecorder) map[string]any {
	var answer struct{ Data map[string]any }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer), w.Body)
	return answer.Data
}

func listOf(t testing.TB, w *httptest.ResponseRecorder) (names []string) {
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	var answer struct{ Data []map[string]any }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer), w.Body)
	for _, token := range answer.Data {
		names = append(names, token["name"].(string))
	}
	return names
}

// refused requires an error envelope.
func refused(t testing.TB, w *httptest.ResponseRecorder, status int, name, message string) {
	require.Equal(t, status, w.Code, w.Body)
	var e struct {
		Data  *int
		Error struct {
			Status        int
			Name, Message string
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &e), w.Body)
	require.Nil(t, e.Data)
	require.Equal(t, status, e.Error.Status)
	require.Equal(t, name, e.Error.Name, w.Body)
	require.Contains(t, e.Error.Message, message)
	require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
}

// store counts its calls and does what a test wants before each.
type store struct {
	*transfertoken.MemoryStore
	mu     sync.Mutex
	calls  int
	before func(op string) error
}

func (s *store) met(op string) error {
	s.mu.Lock()
	s.calls++
	before := s.before
	s.mu.Unlock()
	if before == nil {
		return nil
	}
	return before(op)
}

func (s *store) Create(ctx context.Context, r transfertoken.Record) error {
	if err := s.met("create"); err != nil {
		return err
	}
	return s.MemoryStore.Create(ctx, r)
}

func (s *store) Get(ctx context.Context, id uuid.UUID) (transfertoken.Record, error) {
	if err := s.met("get"); err != nil {
		return transfertoken.Record{}, err
	}
	return s.MemoryStore.Get(ctx, id)
}

func (s *store) List(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	if err := s.met("list"); err != nil {
		return nil, err
	}
	return s.MemoryStore.List(ctx, opts)
}

func (s *store) Update(ctx context.Context, r transfertoken.Record) error {
	if err := s.met("update"); err != nil {
		return err
	}
	return s.MemoryStore.Update(ctx, r)
}

func (s *store) Delete(ctx context.Context, id uuid.UUID, revision int64) error {
	if err := s.met("delete"); err != nil {
		return err
	}
	return s.MemoryStore.Delete(ctx, id, revision)
}
