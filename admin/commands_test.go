package admin_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
)

func TestCommandsAndLinksThatDoNotFitAreRefused(t *testing.T) {
	for name, row := range map[string]struct {
		opts  admin.Options
		field string
	}{
		"no name":      {admin.Options{Commands: []admin.Command{{Pull: "get {secret}"}}}, "commands[0].name"},
		"no command":   {admin.Options{Commands: []admin.Command{{Name: "tool"}}}, "commands[0]"},
		"no secret":    {admin.Options{Commands: []admin.Command{{Name: "tool", Push: "put {url}"}}}, "commands[0].push"},
		"no scheme":    {admin.Options{PublicURL: "/admin"}, "publicURL"},
		"wrong scheme": {admin.Options{PublicURL: "javascript:alert(1)"}, "publicURL"},
		"no text":      {admin.Options{Links: []admin.Link{{Text: " ", URL: "/transfers"}}}, "links[0].text"},
		"no address":   {admin.Options{Links: []admin.Link{{Text: "Transfers"}}}, "links[0].url"},
		"script":       {admin.Options{Links: []admin.Link{{Text: "Transfers", URL: "javascript:alert(1)"}}}, "links[0].url"},
		"other host":   {admin.Options{Links: []admin.Link{{Text: "Transfers", URL: "//example.com/"}}}, "links[0].url"},
		"sign out":     {admin.Options{SignOutURL: "javascript:alert(1)"}, "signOutURL"},
	} {
		t.Run(name, func(t *testing.T) {
			row.opts.Authorize = everybody
			_, err := admin.New(nil, &row.opts)
			var invalid *transfertoken.ValidationError
			require.ErrorAs(t, err, &invalid)
			require.Len(t, invalid.Fields, 1)
			require.Equal(t, row.field, invalid.Fields[0].Field)
		})
	}
}

func TestAPathThatIsNotThereIsADocumentForBrowsersAlone(t *testing.T) {
	h := newHost(t)
	for _, row := range []struct {
		name, method, accept, mode, contentType string
	}{
		{"link", "GET", "text/html,*/*", "navigate", "text/html; charset=utf-8"},
		{"old browser", "GET", "text/html,*/*", "", "text/html; charset=utf-8"},
		{"script", "GET", "text/html", "cors", "application/json; charset=utf-8"},
		{"client", "GET", "*/*", "", "application/json; charset=utf-8"},
		{"form", "POST", "text/html", "navigate", "application/json; charset=utf-8"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRequest(row.method, "/transfer/nope", "")
			r.Header = http.Header{"Accept": {row.accept}, "Sec-Fetch-Mode": {row.mode}}
			w := serve(h.handler, r)
			require.Equal(t, 404, w.Code)
			require.Equal(t, row.contentType, w.Header().Get("Content-Type"))
		})
	}
}
