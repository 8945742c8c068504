package admin_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// stored returns all tokens in the store as JSON.
func (h *host) stored(t testing.TB) string {
	records, err := h.store.MemoryStore.List(t.Context(), transfertoken.ListOptions{Limit: 1000})
	require.NoError(t, err)
	var tokens []transfertoken.Token
	for _, r := range records {
		tokens = append(tokens, r.Token)
	}
	text, err := json.Marshal(tokens)
	require.NoError(t, err)
	return string(text)
}

// wellFormed requires an answer that is in order, whatever was asked, and that
// nothing was stored by a request that was refused.
func (h *host) wellFormed(t *testing.T, w *httptest.ResponseRecorder, before string) {
	if w.Code >= 500 {
		t.Fatalf("%d %s\n%s", w.Code, w.Body, h.log)
	}
	if bytes.ContainsAny(w.Body.Bytes(), "<>&") && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		t.Fatalf("unescaped: %s", w.Body)
	}
	if w.Code >= 400 && h.stored(t) != before {
		t.Fatalf("%d has stored something: %s", w.Code, w.Body)
	}
	if w.Code == http.StatusMethodNotAllowed || w.Body.Len() == 0 ||
		w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
		return
	}
	var answer struct {
		Data  any
		Error *struct {
			Status        int
			Name, Message string
		}
	}
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	var whole map[string]json.RawMessage
	if err := d.Decode(&whole); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(whole)
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	if w.Code >= 400 && (answer.Data != nil || answer.Error == nil || answer.Error.Status != w.Code ||
		answer.Error.Name == "" || answer.Error.Message == "") {
		t.Fatalf("%d %s", w.Code, text)
	}
	if w.Code < 400 && answer.Error != nil {
		t.Fatalf("%d %s", w.Code, text)
	}
}

// bodies returns those that were recorded, and worse ones.
func bodies(f *testing.F) (all []string) {
	for _, x := range recorded(f) {
		if x.Method == "POST" || x.Method == "PUT" {
			if body := x.body(f); len(body) < 10000 {
				all = append(all, body)
			}
		}
	}
	return append(all,
		`{"name":"a","name":"b"}`, `{"Name":"a"}`, `{"a":{"__proto__":1}}`, `{"name":"\ud800"}`, "{\"name\":\"\xff\"}",
		`{"x":1e999,"y":-0}`, `{} {}`,
		strings.Repeat("[", 100), `{"permissions":[["push"],{},1e400]}`, `{"lifespan":9223372036854775808}`,
		`{"name":"<\u0000>","permissions":["push"]}`,
	)
}

func FuzzCreate(f *testing.F) {
	for _, body := range bodies(f) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		h := newHost(t)
		w := h.call("POST", "/transfer/tokens", body)
		if w.Code == 201 {
			agrees(t, body, dataOf(t, w))
		}
		h.wellFormed(t, w, "null")
	})
}

// agrees requires that a body that is accepted means the same to encoding/json.
func agrees(t *testing.T, body string, token map[string]any) {
	if !json.Valid([]byte(body)) {
		t.Fatalf("accepted although it is no JSON: %q", body)
	}
	var asked map[string]any
	if err := json.Unmarshal([]byte(body), &asked); err != nil {
		t.Fatal(err)
	}
	name, _ := asked["name"].(string)
	if got := token["name"].(string); name != got && strings.TrimSpace(strings.Trim(strings.TrimSpace(name),
		"\ufeff")) != got {
		if !strings.Contains(name, got) {
			t.Fatalf("%q became %q", name, got)
		}
	}
	if (asked["lifespan"] == nil) != (token["lifespan"] == nil) {
		t.Fatalf("lifespan %v became %v", asked["lifespan"], token["lifespan"])
	}
	for _, p := range token["permissions"].([]any) {
		if !strings.Contains(mustMarshal(asked["permissions"]), mustMarshal(p)) {
			t.Fatalf("%v became %v", asked["permissions"], token["permissions"])
		}
	}
}

func mustMarshal(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func FuzzUpdate(f *testing.F) {
	for _, body := range bodies(f) {
		f.Add(body, "")
		f.Add(body, `"1"`)
	}
	for _, tag := range []string{"*", `W/"1"`, `"0", "1"`, `"`, `1`, ",", `"1"x`, "\x00"} {
		f.Add(`{"description":"x"}`, tag)
	}
	f.Fuzz(func(t *testing.T, body, ifMatch string) {
		h := newHost(t)
		id, _ := h.create(t, pushToken)
		before := h.stored(t)
		r := newRequest("PUT", path(id), body)
		if ifMatch != "" {
			r.Header["If-Match"] = []string{ifMatch}
		}
		w := serve(h.handler, r)
		switch {
		case w.Code != 200 || h.stored(t) == before:
		case dataOf(t, w)["lifespan"] != "604800000":
			t.Fatalf("the lifespan is fixed: %s", w.Body)
		case ifMatch != "" && ifMatch != "*" && !strings.Contains(ifMatch, `"1"`):
			t.Fatalf("accepted with If-Match %q", ifMatch)
		}
		h.wellFormed(t, w, before)
	})
}

func FuzzPath(f *testing.F) {
	for _, x := range recorded(f) {
		f.Add(x.Method, strings.TrimPrefix(x.Path, "/admin"), "")
	}
	for _, target := range []string{
		"/transfer/tokens/ID", "/transfer/tokens/ID/", "/transfer/tokens/ID/regenerate", "/transfer/tokens/%2e%2e/ID",
		"//transfer/tokens", "/transfer/../transfer/tokens",
		"/a%2ftransfer/tokens", "/transfer/tokens/%00", "/transfer/tokens/%ff", "/transfer/tokens?limit=1&after=ID",
		"/transfer/tokens?view=full&limit=%zz", "*", "/transfer/openapi.yaml",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "get"} {
			f.Add(method, target, `{"name":"x","permissions":["push"]}`)
		}
	}
	f.Fuzz(func(t *testing.T, method, target, body string) {
		h := newHost(t)
		id, _ := h.create(t, pushToken)
		before := h.stored(t)
		u, err := url.ParseRequestURI(strings.ReplaceAll(target, "ID", id))
		if err != nil {
			return // the server would refuse it
		}
		r := newRequest("GET", "/", body)
		r.Method, r.URL, r.Body = method, u, io.NopCloser(strings.NewReader(body))
		w := serve(h.handler, r)
		if w.Code >= 300 && w.Code < 400 {
			t.Fatalf("a redirect to %s", w.Header().Get("Location"))
		}
		if h.stored(t) != before && method != "POST" && method != "PUT" && method != "DELETE" {
			t.Fatalf("%s has stored something", method)
		}
		h.wellFormed(t, w, before)
	})
}

// FuzzID looks for a second name of a token.
func FuzzID(f *testing.F) {
	for _, id := range []string{"ID", "id", " ID", "ID ", "{ID}", "urn:uuid:ID", "ID/", "I\x00D", "%49D", "", ".", "..",
		"0", "36"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h := newHost(t)
		id, _ := h.create(t, pushToken)
		text = strings.ReplaceAll(text, "ID", id)
		for _, form := range []string{url.PathEscape(text), strings.ReplaceAll(text, "/", "%2F")} {
			u, err := url.ParseRequestURI("/transfer/tokens/" + form)
			if err != nil {
				continue
			}
			r := newRequest("GET", "/", "")
			r.URL = u
			w := serve(h.handler, r)
			named, _ := strings.CutPrefix(u.Path, "/transfer/tokens/")
			if w.Code == 200 && strings.Contains(w.Body.String(), `"data":{`) && strings.TrimSuffix(named, "/") != id {
				t.Fatalf("%q is another name of a token", named)
			}
			h.wellFormed(t, w, h.stored(t))
		}
	})
}
