package admin_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// Lesson 8.
func TestOnlyTheTwoPermissionsAreTaken(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	calls := h.store.calls
	for _, permissions := range []string{
		`[]`, `"push"`, `"push,pull"`, `{}`, `{"0":"push"}`, `1`, `true`, `["PUSH"]`, `[" push"]`, `["push "]`,
		`["push,pull"]`, `["push\u0000"]`, `["*"]`, `[""]`,
		`["full-access"]`, `["push",null]`, `[["push"]]`, `["push","write"]`, `[1]`, `[3]`, `["ｐush"]`,
		`["pu\u0073h","PULL"]`,
	} {
		refused(t, h.call("POST", "/transfer/tokens", `{"name":"x","permissions":`+permissions+`}`), 400, "ValidationError",
			"")
		refused(t, h.call("PUT", path(id), `{"permissions":`+permissions+`}`), 400, "ValidationError", "")
	}
	require.Equal(t, calls, h.store.calls)
	for permissions, want := range map[string]transfertoken.Permissions{
		`["push"]`: transfertoken.Push, `["pull","pull"]`: transfertoken.Pull, `["pull","push"]`: transfertoken.FullAccess,
		`["pu\u0073h"]`: transfertoken.Push,
	} {
		w := h.call("PUT", path(id), `{"permissions":`+permissions+`}`)
		var names []any
		for _, name := range want.Names() {
			names = append(names, name)
		}
		require.Equal(t, names, dataOf(t, w)["permissions"], permissions)
	}
}

// Lesson 5.
func TestOnlyTheFourLifespansAreTaken(t *testing.T) {
	h := newHost(t)
	calls := h.store.calls
	for _, lifespan := range []string{
		`0`, `-0`, `-1`, `1`, `7`, `604800`, `604799999`, `604800001`, `604800000.5`, `-604800000`, `6.048e9`,
		`9223372036854775807`, `9223372036854775808`, `1e300`, `1e999`, `-1e999`,
		`18446744074314351616`, `""`, `"604800000"`, `"7 days"`, `"unlimited"`, `"null"`, `true`, `false`, `[]`, `[null]`,
		`{}`,
	} {
		refused(t, h.call("POST", "/transfer/tokens", `{"name":"x","permissions":["push"],"lifespan":`+lifespan+`}`), 400,
			"ValidationError", "")
	}
	require.Equal(t, calls, h.store.calls)
	for lifespan, want := range map[string]any{
		`604800000`: "604800000", `604800000.0`: "604800000", `6048e5`: "604800000", `2592000000`: "2592000000",
		`7776000000`: "7776000000", `null`: nil,
	} {
		w := h.call("POST", "/transfer/tokens", `{"name":"lifespan `+lifespan+`","permissions":["push"],"lifespan":`+
			lifespan+`}`)
		require.Equal(t, 201, w.Code, w.Body)
		require.Equal(t, want, dataOf(t, w)["lifespan"])
		require.Equal(t, want == nil, dataOf(t, w)["expiresAt"] == nil)
	}
}

// Lessons 11 and 26.
func TestNamesThatHideSomethingAreRefusedWithoutAskingTheStore(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	calls := h.store.calls
	for _, text := range []string{
		`a\u0000`, `a\r\nb`, `a\u200fb`, `a\u061cb`, `a\u202eb`, `a\u2069b`, `a\u007fb`, "a\x7fb", strings.Repeat("ä", 256),
		strings.Repeat("🚀", 256),
		`\ud800`, "\xff", "\xe2\x80", ``, `  \u00a0\ufeff\u3000 `,
	} {
		refused(t, h.call("POST", "/transfer/tokens", `{"name":"`+text+`","permissions":["push"]}`), 400, "ValidationError",
			"")
		refused(t, h.call("PUT", path(id), `{"name":"`+text+`"}`), 400, "ValidationError", "")
	}
	require.Equal(t, calls, h.store.calls)
	for _, name := range []string{"é", "e\u0301", "\u200bx", "x", "X", strings.Repeat("🚀", 255),
		`<script>alert(1)</script>`, `%_\\'`} {
		h.create(t, `{"name":"`+name+`","permissions":["push"]}`)
	}
	require.NotContains(t, h.call("GET", "/transfer/tokens", "").Body.String(), "<")
}

func TestATextIsTrimmedBeforeItIsKept(t *testing.T) {
	h := newHost(t)
	w := h.call("POST", "/transfer/tokens",
		`{"name":"\ufeff \u00a0x y\u3000\n","description":" a\r\n\tb \n","permissions":["push"]}`)
	require.Equal(t, "x y", dataOf(t, w)["name"])
	require.Equal(t, "a\r\n\tb", dataOf(t, w)["description"])
	refused(t, h.call("POST", "/transfer/tokens", `{"name":" x y","permissions":["push"]}`), 400, "ApplicationError",
		"Name already taken")
}

// U+0085 is white space to Unicode, and not to JavaScript.
func TestWhatIsStoredIsWhatWasSent(t *testing.T) {
	h := newHost(t)
	for i, description := range []string{`a\r\nb`, `a\nb`, `a\tb`, "\u200ba"} {
		id, _ := h.create(t, `{"name":"`+strconv.Itoa(i)+`","description":"`+description+`","permissions":["push"]}`)
		require.Contains(t, h.call("GET", path(id), "").Body.String(), `"description":"`+description+`"`)
		w := h.call("PUT", path(id), `{"description":"x`+description+`"}`)
		require.Contains(t, w.Body.String(), `"description":"x`+description+`"`)
	}
	for _, name := range []string{`\u0085x`, `x\u0085`, `\u0085`} {
		refused(t, h.call("POST", "/transfer/tokens", `{"name":"`+name+`","permissions":["push"]}`), 400, "ValidationError",
			"name must not hold control")
	}
}

// yup's validation sees the trimmed texts, and JavaScript puts array indexes first.
func TestUnspecifiedKeysAreShownAsStrapiShowsThem(t *testing.T) {
	h := newHost(t)
	for body, want := range map[string][2]string{
		`{"name":"  x  ","foo":1}`:                       {"foo", `{"name":"x","foo":1}`},
		`{"description":null,"foo":1}`:                   {"foo", `{"description":"","foo":1}`},
		`{"description":" \n<","name":"\u00a0","foo":1}`: {"", `{"description":"\u003c","name":"","foo":1}`},
		`{"b":1,"1":2}`:                                  {"1, b", `{"1":2,"b":1}`},
		`{"b":1,"10":2,"9":3,"01":4,"-1":5,"4294967294":6,"4294967295":7,"0":{"z":1,"7":2}}`: {
			"0, 9, 10, 4294967294, b, 01, -1, 4294967295",
			`{"0":{"7":2,"z":1},"9":3,"10":2,"4294967294":6,"b":1,"01":4,"-1":5,"4294967295":7}`,
		},
	} {
		w := h.call("PUT", path("x"), body)
		require.Contains(t, w.Body.String(), `"value":`+want[1], body)
		if want[0] != "" {
			refused(t, w, 400, "ValidationError", "this field has unspecified keys: "+want[0])
		}
	}
}

func TestAnErrorOfLengthHasTheWordsOfYup(t *testing.T) {
	h := newHost(t)
	for field, limit := range map[string]string{"name": "255", "description": "2000"} {
		body := `{"` + field + `":"` + strings.Repeat("x", 2001) + `"}`
		w := h.call("PUT", path("01a00000-0000-7000-8000-000000000000"), body)
		refused(t, w, 400, "ValidationError", "")
		require.Contains(t, w.Body.String(), `"message":"`+field+` must be at most `+limit+` characters"`)
	}
}

func TestSuspendedIsTrueOrFalse(t *testing.T) {
	h := newHost(t)
	id, _ := h.create(t, pushToken)
	for _, value := range []string{`null`, `"true"`, `1`, `0`, `""`, `[]`, `{}`} {
		for _, call := range [][3]string{
			{"POST", "/transfer/tokens", `{"name":"n","permissions":["push"],"suspended":` + value + `}`},
			{"PUT", path(id), `{"suspended":` + value + `}`},
		} {
			refused(t, h.call(call[0], call[1], call[2]), 400, "ValidationError", "suspended must be a `boolean` type")
		}
	}
	refused(t, h.call("POST", "/transfer/tokens", `{"name":"n","permissions":["push"],"Suspended":true}`), 400,
		"ValidationError", "Suspended must be written suspended")

	w := h.call("POST", "/transfer/tokens?view=full", `{"name":"n","permissions":["push"],"suspended":true}`)
	require.Equal(t, true, dataOf(t, w)["suspended"])
	w = h.call("PUT", path(dataOf(t, w)["id"].(string))+"?view=full", `{"description":"d"}`)
	require.Equal(t, true, dataOf(t, w)["suspended"], "what is not there stays")
}

func TestEveryProblemIsNamed(t *testing.T) {
	h := newHost(t)
	w := h.call("POST", "/transfer/tokens",
		`{"name":" ","description":[{"a":"<b>","c":[null,true,-0,1e21,"x"]},[],{}],"permissions":["push",{"x":1e999}],`+
			`"lifespan":"7"}`)
	require.Equal(t,
		`{"data":null,"error":{"status":400,"name":"ValidationError","message":"7 errors occurred","details":{"errors":[`+
			`{"path":["name"],"message":"name must be at least 1 characters","name":"ValidationError","value":""},`+
			`{"path":["name"],"message":"name is a required field","name":"ValidationError","value":""},`+
			`{"path":["description"],"message":"description must be a `+"`string`"+` type, but the final value was: `+"`"+
			`[\n  {\n    \"a\": \"\\\"\u003cb\u003e\\\"\",\n    \"c\": [\n      \"null\",\n      \"true\",\n      \"-0\",\n   `+
			`   \"1e+21\",\n      \"\\\"x\\\"\"\n    ]\n  },\n  [],\n  {}\n]`+"`"+`.",`+
			`"name":"ValidationError","value":[{"a":"\u003cb\u003e","c":[null,true,0,1e+21,"x"]},[],{}]},`+
			`{"path":["permissions","1"],"message":"permissions[1] must be a `+"`string`"+` type, but the final value was: `+"`"+
			`{\n  \"x\": \"Infinity\"\n}`+"`"+`.","name":"ValidationError","value":{"x":null}},`+
			`{"path":["permissions","1"],"message":"permissions[1] must be one of the following values: push, pull",`+
			`"name":"ValidationError","value":{"x":null}},`+
			`{"path":["lifespan"],"message":"lifespan must be a `+"`number`"+` type, but the final value was: `+"`"+`\"7\"`+"`"+
			`.","name":"ValidationError","value":"7"},`+
			`{"path":["lifespan"],"message":"lifespan must be one of the following values: , 604800000, 2592000000, `+
			`7776000000","name":"ValidationError","value":"7"}]}}}`, w.Body.String())
	w = h.call("POST", "/transfer/tokens", `{"name":"a\u0000`+strings.Repeat("b", 255)+
		`","description":"\u0000","permissions":["push"]}`)
	refused(t, w, 400, "ValidationError", "3 errors occurred")
}
