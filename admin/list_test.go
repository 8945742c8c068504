package admin_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func (h *host) keepMany(t testing.TB, n int) (ids []string) {
	for i := range n {
		ids = append(ids, h.keep(t, transfertoken.Token{
			ID: uuid.MustParse(fmt.Sprintf("01a00000-0000-7000-8000-%012d", i)), Name: fmt.Sprintf("%04d", n-i),
			Permissions: transfertoken.Push, Lifespan: transfertoken.Unlimited, Revision: 1,
		}))
	}
	return ids
}

func TestAListIsWholeAndInTheByteOrderOfNames(t *testing.T) {
	h := newHost(t)
	require.Equal(t, `{"data":[]}`, h.call("GET", "/transfer/tokens", "").Body.String())
	for _, name := range []string{"b", "ä", "a", "B", "7", "a\u0308", "日本", "🚀", "\uffee", "a b"} {
		h.create(t, `{"name":"`+name+`","permissions":["push"]}`)
	}
	require.Equal(t, []string{"7", "B", "a", "a b", "a\u0308", "b", "ä", "日本", "\uffee", "🚀"},
		listOf(t, h.call("GET", "/transfer/tokens", "")))
	require.Equal(t, []string{"7", "B", "a", "a b", "a\u0308", "b", "ä", "日本", "\uffee", "🚀"},
		listOf(t, h.call("GET", "/transfer/tokens?Limit=1&sort=name:desc&_q=x", "")))
}

func TestAListOfThousandsIsWhole(t *testing.T) {
	h := newHost(t)
	h.keepMany(t, 2500)
	names := listOf(t, h.call("GET", "/transfer/tokens", ""))
	require.Len(t, names, 2500)
	require.IsIncreasing(t, names)
}

// A store failure never becomes a 200 that parses as a complete list.
func TestAListThatFailsOnTheWayIsNoList(t *testing.T) {
	h := newHost(t)
	h.keepMany(t, 2500)
	for failing := 1; failing <= 3; failing++ {
		page := 0
		h.store.before = func(string) error {
			if page++; page == failing {
				return errors.New("connection reset")
			}
			return nil
		}
		refused(t, h.call("GET", "/transfer/tokens", ""), 503, "ServiceUnavailableError", "Service Unavailable")
	}
}

func TestPagesAreByID(t *testing.T) {
	h := newHost(t)
	ids := h.keepMany(t, 250)
	page := func(query string) []string { return idsOf(t, h.call("GET", "/transfer/tokens?"+query, "")) }
	require.Equal(t, ids[:100], page("limit=100"))
	require.Equal(t, ids[100:101], page("limit=1&after="+ids[99]))
	require.Equal(t, ids[200:], page("after="+ids[199]), "100 by default")
	require.Equal(t, ids[100:200], page("after="+ids[99]))
	require.Equal(t, ids, page("limit=1000"))
	require.Equal(t, ids, page("limit=1000&after=00000000-0000-0000-0000-000000000000"))
	require.Empty(t, page("after="+ids[249]))
	require.Empty(t, page("after=ffffffff-ffff-ffff-ffff-ffffffffffff"), "it need not exist")
	require.Equal(t, `{"data":[]}`, h.call("GET", "/transfer/tokens?limit=5&after="+ids[249], "").Body.String())
}

func idsOf(t testing.TB, w *httptest.ResponseRecorder) (ids []string) {
	require.Equal(t, 200, w.Code, w.Body)
	data, _ := decoded(w.Body.Bytes()).(map[string]any)
	for _, token := range data["data"].([]any) {
		ids = append(ids, token.(map[string]any)["id"].(string))
	}
	return ids
}

func TestMalformedPagesAreRefused(t *testing.T) {
	h := newHost(t)
	calls := h.store.calls
	for _, query := range []string{
		"limit=", "limit=0", "limit=-1", "limit=1001", "limit=1e2", "limit=+5", "limit=05", "limit=1.0", "limit=%201",
		"limit=9223372036854775808", "limit=x",
		"limit=1&limit=2", "limit=%d9%a1", "limit=5;after=x", "limit=%zz", "limit",
		"after=", "after=x", "after=36", "after=01A00000-0000-7000-8000-000000000000",
		"after=01a00000000070008000000000000000", "after=%00",
	} {
		refused(t, h.call("GET", "/transfer/tokens?"+query, ""), 400, "ValidationError", "")
	}
	w := h.call("GET", "/transfer/tokens?limit=%3Cb%3E&after=x", "")
	require.Equal(t,
		`{"data":null,"error":{"status":400,"name":"ValidationError","message":"2 errors occurred","details":{"errors":[`+
			`{"path":["limit"],"message":"limit must be a number from 1 to 1000","name":"ValidationError",`+
			`"value":"\u003cb\u003e"},`+
			`{"path":["after"],"message":"after must be the id of a token","name":"ValidationError","value":"x"}]}}}`,
		w.Body.String())
	require.Equal(t, calls, h.store.calls)
}

// Strapi ignores the query. What is not asked for is not judged.
func TestAMalformedQueryMattersOnlyInAParameterThatIsUsed(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	for _, query := range []string{"foo=%zz", "_q=a;b", "%zz", "%zz=full", "&&=&", "a;view=x", ";",
		"foo=%zz&view=full&bar=%"} {
		require.Equal(t, []string{"staging"}, listOf(t, h.call("GET", "/transfer/tokens?"+query, "")), query)
		require.Equal(t, 200, h.call("GET", path(id)+"?"+query, "").Code, query)
		require.Equal(t, 200, h.call("PUT", path(id)+"?"+query, `{}`).Code, query)
		require.Equal(t, 200, h.call("DELETE", path("x")+"?"+query, "").Code, query)
		require.Equal(t, 201, h.call("POST", path(id)+"/regenerate?"+query, "").Code, query)
	}
	for _, query := range []string{"limit=%zz", "limit=1;2", "after=%", "view=%zz"} {
		refused(t, h.call("GET", "/transfer/tokens?"+query, ""), 400, "ValidationError", "must be")
	}
}
