package admin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestTwoAdministratorsDoNotOverwriteEachOther(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	ann := h.call("GET", path(id), "").Header().Get("ETag")
	bob := h.call("GET", path(id), "").Header().Get("ETag")
	require.Equal(t, `"1"`, ann)

	w := h.call("PUT", path(id), `{"permissions":["pull"]}`, "If-Match", bob)
	require.Equal(t, 200, w.Code)
	require.Equal(t, `"2"`, w.Header().Get("ETag"))
	before := h.call("GET", path(id)+"?view=full", "").Body.String()
	for _, call := range [][3]string{{"PUT", path(id), `{"name":"production","permissions":["push"]}`},
		{"POST", path(id) + "/regenerate", ""}, {"DELETE", path(id), ""}} {
		refused(t, h.call(call[0], call[1], call[2], "If-Match", ann), 412, "PreconditionFailedError",
			"Transfer token was changed meanwhile")
	}
	require.Equal(t, before, h.call("GET", path(id)+"?view=full", "").Body.String())

	ann = h.call("GET", path(id), "").Header().Get("ETag")
	w = h.call("PUT", path(id), `{"name":"production"}`, "If-Match", ann)
	require.Equal(t, 200, w.Code)
	require.Equal(t, []any{"pull"}, dataOf(t, w)["permissions"], "what bob changed")
	w = h.call("POST", path(id)+"/regenerate", "", "If-Match", w.Header().Get("ETag"))
	require.Equal(t, 201, w.Code)
	require.Equal(t, `"4"`, w.Header().Get("ETag"))
	w = h.call("DELETE", path(id), "", "If-Match", w.Header().Get("ETag"))
	require.Equal(t, 200, w.Code)
	require.Equal(t, `"4"`, w.Header().Get("ETag"))
}

func TestWithoutIfMatchFieldsOfOthersStay(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	require.Equal(t, 200, h.call("PUT", path(id), `{"name":"a"}`).Code)
	require.Equal(t, 200, h.call("PUT", path(id), `{"description":"b"}`).Code)
	token := dataOf(t, h.call("GET", path(id), ""))
	require.Equal(t, []any{"a", "b"}, []any{token["name"], token["description"]})
}

func TestOfManyEditsOfOneRevisionOneSucceeds(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	names := make(chan string, 32)
	for i := range 32 {
		names <- fmt.Sprint("name ", i)
	}
	results := make(chan int, 32)
	together(32, func() int {
		code := h.call("PUT", path(id), `{"name":"`+<-names+`"}`, "If-Match", `"1"`).Code
		results <- code
		return code
	})
	close(results)
	count := map[int]int{}
	for code := range results {
		count[code]++
	}
	require.Equal(t, map[int]int{200: 1, 412: 31}, count)
}

func TestOfManyRegeneratesTheSecretsThatAreHandedOutWork(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	secrets := make(chan string, 32)
	codes := together(32, func() int {
		w := h.call("POST", path(id)+"/regenerate", "", "If-Match", `"1"`)
		if w.Code == 201 {
			secrets <- dataOf(t, w)["accessKey"].(string)
		}
		return w.Code
	})
	require.Equal(t, []int{201, 412}, codes)
	require.Len(t, secrets, 1)
	_, err := h.svc.Authorize(t.Context(), <-secrets, transfertoken.Push)
	require.NoError(t, err)
}

// Between looking at the token and writing it another administrator may be faster:
// the service must be held to the revision that was named.
func TestIfMatchHoldsUntilTheWrite(t *testing.T) {
	for _, call := range [][3]string{{"PUT", "", `{"description":"mine"}`}, {"POST", "/regenerate", ""},
		{"DELETE", "", ""}} {
		t.Run(call[0], func(t *testing.T) {
			h := newHost(t)
			id, _ := h.create(t, pushToken)
			looks := 0
			h.store.before = func(op string) error {
				if op != "get" {
					return nil
				}
				if looks++; looks == 2 { // the service's own, after that of the handler
					h.store.before = nil
					require.Equal(t, 200, h.call("PUT", path(id), `{"name":"theirs"}`).Code)
				}
				return nil
			}
			refused(t, h.call(call[0], path(id)+call[1], call[2], "If-Match", `"1"`), 412, "PreconditionFailedError",
				"changed meanwhile")
			token := dataOf(t, h.call("GET", path(id)+"?view=full", ""))
			require.Equal(t, []any{"theirs", "", 2.0}, []any{token["name"], token["description"], token["revision"]})
		})
	}
}

// A strong entity tag stands for the same bytes.
func TestAnswersWithOneTagAreEqual(t *testing.T) {
	h := newHost(t)
	id, secret := h.create(t, pushToken)
	bodies := map[string]string{}
	look := func() {
		for _, query := range []string{"", "?view=full"} {
			w := h.call("GET", path(id)+query, "")
			tag := w.Header().Get("ETag")
			if body, seen := bodies[tag]; seen {
				require.Equal(t, body, w.Body.String(), tag)
			}
			bodies[tag] = w.Body.String()
		}
	}
	use := func() {
		h.clock.Advance(time.Hour)
		_, err := h.svc.Authorize(t.Context(), secret, transfertoken.Push)
		require.NoError(t, err)
	}
	look()
	use()
	look()
	use()
	look()
	require.Equal(t, 200, h.call("PUT", path(id), `{"name":"x"}`).Code)
	look()
	require.Len(t, bodies, 8)
}

func TestAUseOfTheTokenIsNotAnEdit(t *testing.T) {
	for _, query := range []string{"", "?view=full"} {
		h := newHost(t)
		id, secret := h.create(t, pushToken)
		tag := h.call("GET", path(id)+query, "").Header().Get("ETag")
		_, err := h.svc.Authorize(t.Context(), secret, transfertoken.Push)
		require.NoError(t, err)
		require.Equal(t, 200, h.call("PUT", path(id), `{}`, "If-Match", tag).Code)
		tag = h.call("GET", path(id)+query, "").Header().Get("ETag")
		require.Equal(t, 200, h.call("PUT", path(id), `{"name":"x"}`, "If-Match", tag).Code)
		require.Equal(t, 412, h.call("PUT", path(id), `{}`, "If-Match", tag).Code)
	}
}

// A conflict between reading the token and writing it is 412 only for those who
// named a revision.
func TestAConflictAtTheLastMoment(t *testing.T) {
	for header, status := range map[string]int{`"1"`: 412, `"7", "1"`: 412, "*": 409, "": 409} {
		h := newHost(t)
		id, _ := h.create(t, pushToken)
		h.store.before = func(op string) error {
			return map[string]error{"update": transfertoken.ErrConflict, "delete": transfertoken.ErrConflict}[op]
		}
		headers := []string{"If-Match", header}
		if header == "" {
			headers = nil
		}
		require.Equal(t, status, h.call("PUT", path(id), `{"name":"x"}`, headers...).Code, header)
		require.Equal(t, status, h.call("POST", path(id)+"/regenerate", "", headers...).Code, header)
		require.Equal(t, status, h.call("DELETE", path(id), "", headers...).Code, header)
	}
}

func TestIfMatchIsReadByRFC9110(t *testing.T) {
	for header, status := range map[string]int{
		`"1"`:                   200,
		` "1" `:                 200,
		`*`:                     200,
		` * `:                   200,
		`"0", "1"`:              200,
		`"0","1","x"`:           200,
		`, "1" ,,`:              200,
		"\"0\"\t,\t\"1\"":       200,
		`"a,b", "1"`:            200,
		`"a, b", "1"`:           400,
		`W/"0", "1"`:            200,
		`"é", "1"`:              200,
		`W/"1"`:                 412,
		`"2"`:                   412,
		`"01"`:                  412,
		`" 1"`:                  400,
		`""`:                    412,
		`"*"`:                   412,
		`"9223372036854775808"`: 412,
		`"-1"`:                  412,
		`"0"`:                   412,
		`"1.full"`:              200,
		`"1.mdxk81zc.full"`:     200,
		`"1x"`:                  412,
		`".1"`:                  412,
		`"11.full"`:             412,
		`W/"1.full"`:            412,
		``:                      400,
		`,`:                     400,
		`1`:                     400,
		`"1`:                    400,
		`1"`:                    400,
		`'1'`:                   400,
		`w/"1"`:                 400,
		`W/ "1"`:                400,
		`W/*`:                   400,
		`*, "1"`:                400,
		`"1", *`:                400,
		`**`:                    400,
		`"1" "2"`:               400,
		`"1"x`:                  400,
		`"1"; q=1`:              400,
		"\"1\x00\"":             400,
		"\"1\x7f\"":             400,
	} {
		h := newHost(t)
		id, _ := h.create(t, pushToken)
		w := h.call("PUT", path(id), `{"name":"x"}`, "If-Match", header)
		require.Equal(t, status, w.Code, "%q", header)
		if status == 400 {
			refused(t, w, 400, "ValidationError", `If-Match must be * or entity tags such as "3"`)
		}
		if status != 200 {
			require.Equal(t, status, h.call("POST", path(id)+"/regenerate", "", "If-Match", header).Code, "%q", header)
			require.Equal(t, status, h.call("DELETE", path(id), "", "If-Match", header).Code, "%q", header)
			require.Equal(t, []string{"staging"}, listOf(t, h.call("GET", "/transfer/tokens", "")))
		}
	}
}

func TestSeveralIfMatchHeadersAreOneList(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	r := newRequest("PUT", path(id), `{"name":"x"}`)
	r.Header["If-Match"] = []string{`"9"`, `"1"`}
	require.Equal(t, 200, serve(h.handler, r).Code)
	r = newRequest("DELETE", path(id), "")
	r.Header["If-Match"] = []string{`*`, `*`}
	require.Equal(t, 400, serve(h.handler, r).Code)
}

// RFC 9110, section 13.2.1: what would fail without the precondition fails in
// the same way with it. A DELETE of nothing would not.
func TestIfMatchOfWhatIsNotThere(t *testing.T) {
	h := newHost(t)
	for _, id := range []string{uuid.Max.String(), "x"} {
		for _, header := range []string{"*", `"1"`, `W/"1"`} {
			refused(t, h.call("PUT", path(id), `{"name":"x"}`, "If-Match", header), 404, "NotFoundError",
				"Transfer token not found")
			refused(t, h.call("POST", path(id)+"/regenerate", "", "If-Match", header), 404, "NotFoundError",
				"Transfer token not found")
			refused(t, h.call("DELETE", path(id), "", "If-Match", header), 412, "PreconditionFailedError", "")
		}
		refused(t, h.call("PUT", path(id), `{"name":""}`, "If-Match", `"1"`), 400, "ValidationError", "name")
	}
}

func TestATokenThatIsDeletedMeanwhile(t *testing.T) {
	for header, status := range map[string]int{"": 200, "*": 412, `"1"`: 412} {
		h := newHost(t)
		id, _ := h.create(t, pushToken)
		headers := []string{"If-Match", header}
		if header == "" {
			headers = nil
		}
		h.store.before = func(op string) error {
			if op == "delete" {
				return transfertoken.ErrNotFound
			}
			return nil
		}
		require.Equal(t, status, h.call("DELETE", path(id), "", headers...).Code)
	}
}
