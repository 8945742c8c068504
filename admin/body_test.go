package admin_test

import (
	"errors"
	"io"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// endless counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func TestABodyOverTheLimitIsNotReadOn(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	for _, call := range [][2]string{{"POST", "/transfer/tokens"}, {"PUT", path(id)}, {"POST", path(id) + "/regenerate"}} {
		for _, length := range []int64{-1, 1<<20 + 1, 1 << 40} {
			body := &endless{}
			r := newRequest(call[0], call[1], "x")
			r.Body, r.ContentLength = io.NopCloser(body), length
			refused(t, serve(h.handler, r), 413, "PayloadTooLargeError", "request entity too large")
			if length > 0 {
				require.Zero(t, body.read, "the length is known")
			}
			require.LessOrEqual(t, body.read, 2<<20)
		}
	}
	h.create(t, `{"name":"padded","permissions":["push"]}`+strings.Repeat(" ", 1<<20-40))
	refused(t, h.call("POST", "/transfer/tokens", `{"name":"padded","permissions":["push"]}`+
		strings.Repeat(" ", 1<<20-39)), 413, "PayloadTooLargeError", "")
}

// The server closes the connection rather than to read what it does not want.
func TestABodyOverTheLimitEndsTheConnection(t *testing.T) {
	h := newHost(t)
	srv := httptest.NewServer(h.handler)
	defer srv.Close()
	res, err := srv.Client().Post(srv.URL+"/transfer/tokens", "application/json", io.LimitReader(&endless{}, 64<<20))
	if err == nil { // or the client was still sending
		defer res.Body.Close()
		require.Equal(t, 413, res.StatusCode)
		require.True(t, res.Close)
	}
}

func TestWhatIsNotDecidedByTheBodyDoesNotReadIt(t *testing.T) {
	h := newHost(t)
	for _, call := range [][2]string{{"GET", "/transfer/tokens"}, {"DELETE", path("x")}, {"PATCH", "/transfer/tokens"},
		{"POST", "/nowhere"}, {"OPTIONS", "/transfer/tokens"}} {
		body := &endless{}
		r := newRequest(call[0], call[1], "x")
		r.Body, r.ContentLength = io.NopCloser(body), -1
		serve(h.handler, r)
		require.Zero(t, body.read, call)
	}
}

func TestOnlyJSONIsRead(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	for contentType, status := range map[string]int{
		"application/json":                                 200,
		"Application/JSON":                                 200,
		"application/json; charset=utf-8":                  200,
		`application/json;charset="UTF-8"`:                 200,
		"application/json; charset=utf8":                   200,
		"application/json; charset=us-ascii":               200,
		"application/json; charset=latin1":                 200,
		"application/json; profile=x":                      200,
		"application/vnd.api+json":                         200,
		"application/json-patch+json":                      200,
		"application/csp-report":                           200,
		"application/reports+json":                         200,
		"":                                                 415,
		"json":                                             415,
		"application/json, text/plain":                     415,
		"application/json; charset":                        415,
		"application/json; charset=":                       415,
		"application/jsonx":                                415,
		"application/scim+json":                            415,
		"application/x-www-form-urlencoded":                415,
		"multipart/form-data; boundary=x":                  415,
		"text/plain":                                       415,
		"text/plain; application/json":                     415,
		"application/octet-stream; x=\"application/json\"": 415,
	} {
		require.Equal(t, status, h.call("PUT", path(id), `{}`, "Content-Type", contentType).Code, contentType)
		created := h.call("POST", "/transfer/tokens", `{}`, "Content-Type", contentType)
		require.Equal(t, max(status, 400), created.Code, contentType)
		require.Equal(t, 201, h.call("POST", path(id)+"/regenerate", `{}`, "Content-Type", contentType).Code, contentType)
	}
	r := newRequest("PUT", path(id), `{}`)
	r.Header["Content-Type"] = []string{"application/json", "application/json"}
	refused(t, serve(h.handler, r), 415, "UnsupportedMediaTypeError", "Content-Type must be application/json")
	r = newRequest("PUT", path(id), `{}`)
	r.Header.Del("Content-Type")
	refused(t, serve(h.handler, r), 415, "UnsupportedMediaTypeError", "Content-Type must be application/json")
	require.Equal(t, 200, h.call("PUT", path(id), `{}`, "Content-Encoding", "identity").Code)
	refused(t, h.call("PUT", path(id), `{}`, "Content-Encoding", "br"), 415, "UnsupportedMediaTypeError",
		"Content-Encoding must be left out")
}

func TestARegenerateIgnoresABodyThatIsNotJSON(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	for contentType, body := range map[string]string{
		"text/plain": "please", "application/x-www-form-urlencoded": "a=b", "application/xml": "<a/>", "": "{",
	} {
		require.Equal(t, 201, h.call("POST", path(id)+"/regenerate", body, "Content-Type", contentType).Code, contentType)
	}
	for _, body := range []string{"{", "please", "1", `{"a":1,"a":2}`} {
		require.Equal(t, 400, h.call("POST", path(id)+"/regenerate", body).Code, body)
	}
}

// Some clients on Windows begin every text with one.
func TestAByteOrderMarkBeforeTheBodyIsIgnored(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, "\ufeff"+pushToken)
	require.Equal(t, 200, h.call("PUT", path(id), "\ufeff \n{}").Code)
	refused(t, h.call("PUT", path(id), "\ufeff\ufeff{}"), 400, "SyntaxError",
		"invalid JSON, only supports object and array")
	refused(t, h.call("PUT", path(id), " \ufeff{}"), 400, "SyntaxError", "invalid JSON, only supports object and array")
}

func TestAnEmptyBodyIsRefusedWhereOneIsNeeded(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	for _, contentType := range []string{"", "application/json", "text/plain", "application/x-www-form-urlencoded"} {
		for _, length := range []int64{0, -1} {
			call := func(method, target string) *httptest.ResponseRecorder {
				r := newRequest(method, target, "")
				r.ContentLength = length
				r.Header.Set("Content-Type", contentType)
				return serve(h.handler, r)
			}
			refused(t, call("POST", "/transfer/tokens"), 400, "ValidationError", "3 errors occurred")
			refused(t, call("PUT", path(id)), 400, "SyntaxError", "Unexpected end of JSON input")
			require.Equal(t, 201, call("POST", path(id)+"/regenerate").Code)
		}
	}
	r := newRequest("POST", "/transfer/tokens", "")
	r.Body = nil
	refused(t, serve(h.handler, r), 400, "ValidationError", "3 errors occurred")
}

func TestABodyThatBreaksOffIsRefused(t *testing.T) {
	h := newHost(t)
	for _, start := range []string{"", `{"name":"x","permissions":["push"]}`} {
		r := newRequest("POST", "/transfer/tokens", "x")
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(start), broken{}))
		refused(t, serve(h.handler, r), 400, "BadRequestError", "request aborted")
	}
	require.Empty(t, listOf(t, h.call("GET", "/transfer/tokens", "")))
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestMalformedJSONIsRefused(t *testing.T) {
	h := newHost(t)
	for body, message := range map[string]string{
		" ":                      "invalid JSON, only supports object and array",
		"null":                   "invalid JSON, only supports object and array",
		"'x'":                    "invalid JSON, only supports object and array",
		"// x\n{}":               "invalid JSON, only supports object and array",
		"{":                      "Unexpected end of JSON input",
		`{"name`:                 "Unexpected end of JSON input",
		`{"name":"x"`:            "Unexpected end of JSON input",
		`[1,`:                    "Unexpected end of JSON input",
		`{"a":tru}`:              "Invalid JSON",
		`{"a":1,}`:               "Invalid JSON",
		`[1}`:                    "Invalid JSON",
		`{} {}`:                  "Invalid JSON",
		`{}x`:                    "Invalid JSON",
		`{} /* x */`:             "Invalid JSON",
		`{"a" 1}`:                "Invalid JSON",
		`{"a":01}`:               "Invalid JSON",
		`{"a":+1}`:               "Invalid JSON",
		`{"a":.5}`:               "Invalid JSON",
		`{"a":NaN}`:              "Invalid JSON",
		`{a:1}`:                  "Invalid JSON",
		`{1:1}`:                  "Invalid JSON",
		`{"a":"` + "\n" + `"}`:   "Invalid JSON",
		`{"a":"\x"}`:             "Invalid JSON",
		`{"a":{"__proto__":1}}`:  "Object contains forbidden prototype property",
		`[{"\u005f_proto__":1}]`: "Object contains forbidden prototype property",
	} {
		for _, call := range [][2]string{{"POST", "/transfer/tokens"}, {"PUT", path("x")},
			{"POST", path("x") + "/regenerate"}} {
			w := h.call(call[0], call[1], body)
			require.Equal(t, `{"data":null,"error":{"status":400,"name":"SyntaxError","message":"`+message+`"}}`,
				w.Body.String(), body)
		}
	}
	require.Zero(t, h.store.calls)
}

// maxError is a bound of the answer to a request that is refused, whatever is in
// its body.
const maxError = 80 << 10

func TestHugeBodiesAreAnsweredBriefly(t *testing.T) {
	h := newHost(t)
	many := func(item string, n int) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	for _, body := range []string{
		strings.Repeat("[", 1<<20), `{"a":` + strings.Repeat(`{"a":`, 1<<18/5), strings.Repeat(`{"":`, 1<<18),
		`{"permissions":[` + many("1", 1<<18) + `]}`, `[` + many("[]", 1<<18) + `]`,
		`{"name":` + strings.Repeat("9", 1<<20-20) + `}`, `{"lifespan":"` + strings.Repeat(`\u003c`, 1<<17) + `"}`, `{"` +
			strings.Repeat("<", 1<<20-10) + `":1}`,
		`{"` + strings.Repeat("<", 1<<20-20) + `":[[]`, `{"` + strings.Repeat("<", 1<<19-20) + `":1,"` +
			strings.Repeat("<", 1<<19-20) + `":1}`,
		`{"permissions":[` + many(`"`+strings.Repeat("<", 4090)+`"`, 77) + `]}`, `{"permissions":[` +
			many(`["`+strings.Repeat("<", 4000)+`"]`, 78) + `]}`,
		`{"permissions":[` + many("1", 900) + `]}`, `{"permissions":[` + many(`{"\u2028":[""]}`, 300) + `]}`,
		`{"name":{"` + strings.Repeat("<", 4000) + `":1},"description":["` + strings.Repeat("&", 4000) + `"],"lifespan":"` +
			strings.Repeat(`\n`, 2000) + `"}`,
	} {
		for _, call := range [][2]string{{"POST", "/transfer/tokens"}, {"PUT", path("x")}} {
			w := h.call(call[0], call[1], body)
			require.Equal(t, 400, w.Code)
			require.Less(t, w.Body.Len(), maxError, "%.40s", body)
		}
	}
}

func TestProblemsThatAreNotListedAreCounted(t *testing.T) {
	h := newHost(t)
	w := h.call("POST", "/transfer/tokens", `{"name":"x","permissions":[`+strings.TrimSuffix(strings.Repeat("1,", 900),
		",")+`]}`)
	refused(t, w, 400, "ValidationError", "1800 errors occurred")
	require.Contains(t, w.Body.String(), `"path":["permissions","99"]`)
}

func TestAMessageIsCutByWhatItTakesUpInTheAnswer(t *testing.T) {
	h := newHost(t)
	for _, text := range []string{"<", `\n`, `\"`, "é", "🚀", `\u2028`} {
		w := h.call("POST", "/transfer/tokens", `{"name":"x","permissions":"`+strings.Repeat(text, 3000)+`"}`)
		refused(t, w, 400, "ValidationError", "…")
		require.Less(t, w.Body.Len(), 3*4096, text)
	}
}

// A value in many objects was once encoded anew for each of them.
func TestDeepNestingDoesNotMultiplyTheWork(t *testing.T) {
	h := newHost(t)
	body := `{"name":` + strings.Repeat(`{"a":`, 30) + `"` + strings.Repeat("x", 1<<20-400) + `"` +
		strings.Repeat("}", 30) + `}`
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w := h.call("POST", "/transfer/tokens", body)
	runtime.ReadMemStats(&after)
	refused(t, w, 400, "ValidationError", "errors occurred")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32<<20))
}
