package admin_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// exchange is one entry of testdata/rest.json.
type exchange struct {
	Case          string
	Method        string
	Path          string
	Authorization *string
	ContentType   *string `json:"content_type"`
	Request       json.RawMessage
	Status        int
	Response      json.RawMessage
}

func recorded(t testing.TB) []exchange {
	data, err := os.ReadFile("testdata/rest.json")
	require.NoError(t, err)
	var all []exchange
	require.NoError(t, json.Unmarshal(data, &all))
	require.Greater(t, len(all), 240)
	return all
}

// body returns the body that was sent. Long bodies are not in the file. They are made
// again from the name of their case.
func (x exchange) body(t testing.TB) string {
	switch x.Case {
	case "create/name 5000 chars":
		return `{"name":"` + strings.Repeat("n", 5000) + `","permissions":["push"]}`
	case "create/description 5000 chars":
		return `{"name":"Tdesc5000","description":"` + strings.Repeat("d", 5000) + `","permissions":["push"]}`
	case "update/name 5000 chars":
		return `{"name":"` + strings.Repeat("n", 5000) + `"}`
	case "create/body over 1mb limit":
		return `{"name":"big","description":"` + strings.Repeat("x", 1100000) + `","permissions":["push"]}`
	}
	var text string
	if json.Unmarshal(x.Request, &text) != nil {
		return string(x.Request)
	}
	require.NotContains(t, text, "<shortened", x.Case)
	return text
}

// shortened reports whether only the status was kept of the answer.
func (x exchange) shortened() bool {
	return strings.HasPrefix(string(x.Response), `"<shortened`)
}

// token returns the token in the answer, or nil.
func (x exchange) token() map[string]any {
	answer, _ := decoded(x.Response).(map[string]any)
	token, _ := answer["data"].(map[string]any)
	return token
}
