package strapi_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

var jsonHeader = http.Header{"Content-Type": {"application/json"}}

func TestErrorsAreNamedAfterTheirStatus(t *testing.T) {
	for status, want := range map[int]string{
		400: `{"data":null,"error":{"status":400,"name":"BadRequestError","message":"<b>","details":{}}}`,
		409: `{"data":null,"error":{"status":409,"name":"ConflictError","message":"<b>","details":{}}}`,
		500: `{"data":null,"error":{"status":500,"name":"InternalServerError","message":"<b>","details":{}}}`,
	} {
		got := strapi.NewError(status, "<b>").Because(errors.New("not for clients")).Envelope()
		require.JSONEq(t, want, string(got))
		require.NotContains(t, string(got), "<", "a browser may take it for a page")
	}
}

func TestACauseBelongsToOneAnswer(t *testing.T) {
	cause := errors.New("connection refused")
	require.Equal(t, cause, strapi.ErrCredentials.Because(cause).Cause)
	require.NoError(t, strapi.ErrCredentials.Cause)
}

func TestKeysAreInTheOrderOfJavaScript(t *testing.T) {
	v, err := strapi.ReadBody(strings.NewReader(`{"b":1,"2":[],"a":{"1":1,"x":2,"0":3},"10":null,"02":true}`), jsonHeader,
		-1)
	require.NoError(t, err)
	require.Equal(t, strapi.Object{
		{"2", []any{}}, {"10", nil}, {"b", strapi.Number(1)},
		{"a", strapi.Object{{"0", strapi.Number(3)}, {"1", strapi.Number(1)}, {"x", strapi.Number(2)}}}, {"02", true},
	}, v)
}

// FuzzReadBody requires that a body that is accepted means the same to
// encoding/json, and that any error is short and can be sent.
func FuzzReadBody(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `[]`, "\ufeff{}", `{"a":[1,-0,1e999,"x",null,true,{"b":{}}]}`, `{"a":1,"a":2}`, `{"\ud83d\ude80":"\ud800"}`,
		"{\"\xff\":1}", `{"__proto__":1}`,
		strings.Repeat("[", 40), `[` + strings.Repeat(`1,`, 1001) + `1]`, `{} {}`, `{"a"`, `[1}`, `nul`, `{"` +
			strings.Repeat("<", 5000) + `":{"x":1,"x":2}}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		v, err := strapi.ReadBody(strings.NewReader(body), jsonHeader, int64(len(body)))
		if err != nil {
			var refusal *strapi.Error
			require.ErrorAs(t, err, &refusal)
			require.True(t, json.Valid(refusal.Envelope()))
			require.Less(t, len(refusal.Envelope()), 80<<10)
			return
		}
		if body == "" {
			require.Nil(t, v)
			return
		}
		var want any
		decoder := json.NewDecoder(strings.NewReader(strings.TrimPrefix(body, "\ufeff")))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&want))
		require.Equal(t, want, plain(v, want))
		var p strapi.Problems
		p.Add("field", "is wrong", v)
		p.Choices("field", v, []string{"push"}, func(string) {})
		p.OneOf("field", v, []int64{1}, true)
		envelope := errorOf(t, &p).Envelope()
		require.True(t, json.Valid(envelope))
		require.Less(t, len(envelope), 80<<10)
	})
}

func errorOf(t *testing.T, p *strapi.Problems) (refusal *strapi.Error) {
	require.ErrorAs(t, p.Err(), &refusal)
	return refusal
}

// plain returns v as encoding/json decodes it. Numbers are taken from want, because
// a Number may be less exact than its text.
func plain(v, want any) any {
	switch v := v.(type) {
	case strapi.Object:
		o := map[string]any{}
		wanted, _ := want.(map[string]any)
		for _, m := range v {
			o[m.Key] = plain(m.Value, wanted[m.Key])
		}
		return o
	case []any:
		items := make([]any, len(v))
		wanted, _ := want.([]any)
		for i := range v {
			if i < len(wanted) {
				items[i] = plain(v[i], wanted[i])
			}
		}
		return items
	case strapi.Number:
		if n, ok := want.(json.Number); ok {
			return n
		}
	}
	return v
}
