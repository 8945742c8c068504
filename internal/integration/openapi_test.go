package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
	"github.com/seed-39e76d91/transfertoken/tokentest"
)

const adminDir = "../../admin/"

// checkedAdmin is the handler of package admin, checked against the description that
// it serves.
type checkedAdmin struct {
	t         *testing.T
	store     *brokenStore
	handler   http.Handler
	validator validator.Validator
	verdict   error
	statuses  map[string]int // the number of responses checked, by method and status
}

func newCheckedAdmin(t *testing.T) *checkedAdmin {
	d := &checkedAdmin{t: t, statuses: map[string]int{}}
	d.reset(tokentest.Salt)
	spec := d.serve(httptest.NewRequest("GET", "/admin/transfer/openapi.yaml", nil))
	text, err := os.ReadFile(adminDir + "openapi.yaml")
	require.NoError(t, err)
	require.Equal(t, string(text), spec.Body.String())
	doc, err := libopenapi.NewDocument(spec.Body.Bytes())
	require.NoError(t, err)
	v, errs := validator.NewValidator(doc)
	require.Empty(t, errs)
	ok, invalid := v.ValidateDocument()
	require.True(t, ok, "%v", invalid)
	d.validator = v
	return d
}

// reset makes a new backend.
func (d *checkedAdmin) reset(salt transfertoken.Salt) {
	d.verdict = nil
	d.store = &brokenStore{MemoryStore: transfertoken.NewMemoryStore()}
	svc, err := transfertoken.New(d.store, salt, nil)
	require.NoError(d.t, err)
	authorize := func(*http.Request, string) (string, error) { return "ann", d.verdict }
	h, err := admin.New(svc, &admin.Options{Authorize: authorize})
	require.NoError(d.t, err)
	d.handler = http.StripPrefix("/admin", h)
}

func (d *checkedAdmin) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// send sends a request and checks the response. It checks the request too if the
// response reports success.
func (d *checkedAdmin) send(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	request := func() *http.Request {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return r
	}
	w := d.serve(request())
	d.valid(request(), w.Result())
	if w.Code < 300 {
		ok, errs := d.validator.ValidateHttpRequest(request())
		require.True(d.t, ok, "%s %s %s: %v", method, target, body, errs)
	}
	return w
}

func (d *checkedAdmin) valid(r *http.Request, res *http.Response) {
	body, err := io.ReadAll(res.Body)
	require.NoError(d.t, err)
	res.Body = io.NopCloser(bytes.NewReader(body))
	ok, errs := d.validator.ValidateHttpResponse(r, res)
	require.True(d.t, ok, "%s %s: %d %s: %v", r.Method, r.URL, res.StatusCode, body, errs)
	d.statuses[r.Method+" "+strconv.Itoa(res.StatusCode)]++
}

// token adds a token to the store.
func (d *checkedAdmin) token(id uuid.UUID, name string) {
	var r transfertoken.Record
	r.ID, r.Name, r.Permissions, r.Lifespan, r.Revision = id, name, transfertoken.FullAccess, transfertoken.Unlimited, 1
	r.CreatedAt = time.Date(2026, 11, 21, 17, 37, 17, 40e6, time.UTC)
	r.UpdatedAt = r.CreatedAt
	copy(r.Digest[:], id[:])
	require.NoError(d.t, d.store.Create(d.t.Context(), r))
}

type recordedExchange struct {
	Case, Method, Path string
	ContentType        string `json:"content_type"`
	Request            json.RawMessage
	Status             int
	Response           json.RawMessage
}

func (x recordedExchange) body() string {
	var text string
	if json.Unmarshal(x.Request, &text) == nil {
		return text
	}
	return string(x.Request)
}

var (
	pathID      = regexp.MustCompile(`/tokens/([1-9][0-9]*)`)
	answerID    = regexp.MustCompile(`^\{"data": \{"id": [0-9]+`)
	accessKeyOf = regexp.MustCompile(`"accessKey": "[0-9a-f]{256}"`)
	known       = map[string]uuid.UUID{
		"36": uuid.MustParse("01a1ff00-0000-7000-8000-000000000036"),
		"37": uuid.MustParse("01a1ff00-0000-7000-8000-000000000037"),
	}
)

// TestRecordedExchangesAreDescribed sends the recorded requests. Where Strapi's status
// is the same, its response must fit the description too, with the IDs and secrets of
// this library.
func TestRecordedExchangesAreDescribed(t *testing.T) {
	data, err := os.ReadFile(adminDir + "testdata/rest.json")
	require.NoError(t, err)
	var all []recordedExchange
	require.NoError(t, json.Unmarshal(data, &all))
	d := newCheckedAdmin(t)
	theirs := 0
	for _, x := range all {
		switch {
		case strings.HasPrefix(string(x.Request), `"<shortened`), x.Method == "OPTIONS",
			x.Status == http.StatusMethodNotAllowed,
			strings.Contains(x.Path, "%zz"), x.Method == "GET" && strings.HasSuffix(x.Path, "/regenerate"):
			continue // not the response of an operation
		}
		d.reset(tokentest.Salt)
		d.token(known["36"], "one")
		d.token(known["37"], "Tfull")
		switch x.Status {
		case 401:
			d.verdict = transfertoken.ErrUnauthorized
		case 403:
			d.verdict = transfertoken.ErrForbidden
		}
		target := pathID.ReplaceAllStringFunc(strings.TrimSuffix(x.Path, "/"), func(found string) string {
			if id, ok := known[strings.TrimPrefix(found, "/tokens/")]; ok {
				return "/tokens/" + id.String()
			}
			return "/tokens/" + uuid.Max.String()
		})
		w := d.send(x.Method, target, strings.TrimPrefix(x.body(), "null"), "Content-Type", x.ContentType)
		if w.Code != x.Status || len(x.Response) == 0 || x.Response[0] != '{' {
			continue
		}
		answer := answerID.ReplaceAllString(string(x.Response), `{"data": {"id": "`+known["36"].String()+`"`)
		answer = accessKeyOf.ReplaceAllString(answer, `"accessKey": "xfer_`+strings.Repeat("0", 49)+`"`)
		d.valid(httptest.NewRequest(x.Method, target, nil), &http.Response{
			StatusCode: x.Status, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
			Body: io.NopCloser(strings.NewReader(answer)),
		})
		theirs++
	}
	require.Greater(t, theirs, 150)
}

// TestEveryStatusIsDescribed causes each status that the description has for an
// operation.
func TestEveryStatusIsDescribed(t *testing.T) {
	d := newCheckedAdmin(t)
	one, other := known["36"], known["37"]
	const tokens = "/admin/transfer/tokens"
	item := tokens + "/" + one.String()
	type request struct {
		method, target, body string
		headers              []string
	}
	requests := []request{
		{"GET", tokens, "", nil},
		{"GET", tokens + "?view=full&limit=1&after=" + one.String(), "", nil},
		{"POST", tokens + "?view=full",
			`{"name":"new","permissions":["pull"],"lifespan":604800000,"description":null}`, nil},
		{"GET", item + "?view=full", "", nil},
		{"PUT", item + "?view=full",
			`{"name":"renamed","permissions":null,"description":null}`, []string{"If-Match", `"1"`}},
		{"DELETE", tokens + "/" + other.String() + "?view=full", "", []string{"If-Match", "*"}},
		{"DELETE", tokens + "/nothing", "", nil},
		{"POST", item + "/regenerate", "", nil},
		{"POST", item + "/regenerate", "x", []string{"Content-Type", "text/plain"}},
	}
	invalid := []request{
		{"GET", tokens + "?limit=0", "", nil},
		{"POST", tokens, `{}`, nil},
		{"POST", tokens, `{"name":`, nil},
		{"GET", item + "?view=all", "", nil},
		{"PUT", item, `{"lifespan":null}`, nil},
		{"DELETE", item, "", []string{"If-Match", "1"}},
		{"POST", item + "/regenerate", "5", nil},
		{"POST", tokens, strings.Repeat(" ", 1<<20+1), nil},
		{"PUT", item, strings.Repeat(" ", 1<<20+1), nil},
		{"POST", item + "/regenerate", strings.Repeat(" ", 1<<20+1), nil},
		{"POST", tokens, "x", []string{"Content-Type", "text/plain"}},
		{"PUT", item, "x", []string{"Content-Type", "text/plain"}},
		{"POST", item + "/regenerate", "{}", []string{"Content-Encoding", "gzip"}},
		{"GET", tokens + "/nothing", "", nil},
		{"PUT", tokens + "/nothing", `{}`, nil},
		{"POST", tokens + "/nothing/regenerate", "", nil},
		{"PUT", item, `{}`, []string{"If-Match", `"9"`}},
		{"DELETE", item, "", []string{"If-Match", `"9"`}},
		{"POST", item + "/regenerate", "", []string{"If-Match", `"9"`}},
	}
	for _, arrange := range []func(){
		func() {},
		func() { d.verdict = transfertoken.ErrUnauthorized },
		func() { d.verdict = transfertoken.ErrForbidden },
		func() { d.verdict = errors.New("login is down") },
		func() { d.reset("") },
		func() { d.store.err = errors.New("disk full") },
	} {
		description := request{"GET", "/admin/transfer/openapi.yaml", "", nil}
		for _, r := range append(slices.Clone(requests), description) {
			d.reset(tokentest.Salt)
			d.token(one, "one")
			d.token(other, "other")
			arrange()
			d.send(r.method, r.target, r.body, r.headers...)
		}
	}
	d.reset(tokentest.Salt)
	d.token(one, "one")
	for _, r := range invalid {
		w := d.send(r.method, r.target, r.body, r.headers...)
		require.GreaterOrEqual(t, w.Code, 400, "%s %s", r.method, r.target)
	}
	d.store.err = transfertoken.ErrConflict
	d.store.only = "update"
	d.send("PUT", item, `{"name":"x"}`)
	d.send("POST", item+"/regenerate", "")
	for _, status := range []string{
		"GET 200", "GET 400", "GET 401", "GET 403", "GET 404", "GET 501", "GET 503",
		"POST 201", "POST 400", "POST 401", "POST 403", "POST 404", "POST 409", "POST 412", "POST 413", "POST 415",
		"POST 501", "POST 503",
		"PUT 200", "PUT 400", "PUT 401", "PUT 403", "PUT 404", "PUT 409", "PUT 412", "PUT 413", "PUT 415",
		"PUT 501", "PUT 503",
		"DELETE 200", "DELETE 400", "DELETE 401", "DELETE 403", "DELETE 412", "DELETE 501", "DELETE 503",
	} {
		require.NotZero(t, d.statuses[status], status)
	}
}

// TestDeviationsFromTheDescriptionAreFound tests that the other tests can fail.
func TestDeviationsFromTheDescriptionAreFound(t *testing.T) {
	d := newCheckedAdmin(t)
	d.token(known["36"], "one")
	item := "/admin/transfer/tokens/" + known["36"].String()
	good := d.send("GET", item, "").Body.String()
	for _, change := range [][2]string{
		{`"id":"`, `"id":1,"x":"`},
		{`.040Z`, `.04Z`},
		{`{"data":`, `{"more":1,"data":`},
		{`"name":"one"`, `"name":"one","revision":"1"`},
		{`"name":"one"`, `"name":"one","accessKey":"x"`},
		{`"name":"one",`, ``},
		{`"lifespan":null`, `"lifespan":604800000`},
		{`["push","pull"]`, `[]`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		require.NotEqual(t, good, bad)
		require.False(t, d.describes("GET", item, 200, bad), bad)
	}
	require.True(t, d.describes("GET", item, 200, good))
	require.False(t, d.describes("GET", item, 418, `{"data":null,"error":{"status":418,"name":"x","message":"y"}}`))
	require.False(t, d.describes("GET", item, 404, good))
	for _, body := range []string{`{"lifespan":null}`, `{"name":1}`, `{"permissions":[]}`, `[]`} {
		r := httptest.NewRequest("PUT", item, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		ok, _ := d.validator.ValidateHttpRequest(r)
		require.False(t, ok, body)
	}
}

func (d *checkedAdmin) describes(method, target string, status int, body string) bool {
	ok, _ := d.validator.ValidateHttpResponse(httptest.NewRequest(method, target, nil), &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		Body:       io.NopCloser(strings.NewReader(body)),
	})
	return ok
}

// brokenStore fails with err, unless it is nil, at every call or at the one that is
// named.
type brokenStore struct {
	*transfertoken.MemoryStore
	err  error
	only string
}

func (s *brokenStore) fails(op string) error {
	if s.only == "" || s.only == op {
		return s.err
	}
	return nil
}

func (s *brokenStore) Create(ctx context.Context, r transfertoken.Record) error {
	if err := s.fails("create"); err != nil {
		return err
	}
	return s.MemoryStore.Create(ctx, r)
}

func (s *brokenStore) Get(ctx context.Context, id uuid.UUID) (transfertoken.Record, error) {
	if err := s.fails("get"); err != nil {
		return transfertoken.Record{}, err
	}
	return s.MemoryStore.Get(ctx, id)
}

func (s *brokenStore) List(ctx context.Context, opts transfertoken.ListOptions) ([]transfertoken.Record, error) {
	if err := s.fails("list"); err != nil {
		return nil, err
	}
	return s.MemoryStore.List(ctx, opts)
}

func (s *brokenStore) Update(ctx context.Context, r transfertoken.Record) error {
	if err := s.fails("update"); err != nil {
		return err
	}
	return s.MemoryStore.Update(ctx, r)
}
