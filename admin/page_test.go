package admin_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	glob "path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
)

// settings are the settings of the page for its script.
type settings struct {
	Texts  map[string]string
	May    map[string]bool
	SignIn string
}

var settingsElement = regexp.MustCompile(`(?s)<script type="application/json" id="settings">(.*?)</script>`)

func settingsOf(t testing.TB, page string) (s settings) {
	found := settingsElement.FindStringSubmatch(page)
	require.NotNil(t, found, page)
	require.NoError(t, json.Unmarshal([]byte(found[1]), &s))
	return s
}

func TestPageIsServed(t *testing.T) {
	h := newHost(t)
	w := h.call("GET", "/transfer/", "")
	require.Equal(t, 200, w.Code)
	require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, admin.Texts(), settingsOf(t, w.Body.String()).Texts)
	require.Contains(t, w.Body.String(), `<html lang="en" dir="ltr">`)

	h.asked = nil
	require.Equal(t, 200, h.call("HEAD", "/transfer/", "").Code)
	require.Equal(t, admin.ActionAccess, h.asked[0])
	require.ElementsMatch(t, []string{
		admin.ActionAccess, admin.ActionCreate, admin.ActionRead, admin.ActionUpdate, admin.ActionRegenerate,
		admin.ActionDelete,
	}, h.asked)
}

func TestPageNeedsNothingInlineAndNothingElsewhere(t *testing.T) {
	h := newHost(t)
	w := h.call("GET", "/transfer/", "")
	page := settingsElement.ReplaceAllString(w.Body.String(), "")
	require.NotRegexp(t, `(?i)<style|<script>|\sstyle=|\son[a-z]+=|javascript:`, page)
	for _, address := range regexp.MustCompile(`\s(?:src|href|action)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.Regexp(t, `^page/[a-z]+\.(js|css|svg)$`, address[1], "works under any prefix")
	}
	for _, name := range pageFiles(t) {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NotRegexp(t,
			`https?://[^w]|\beval\b|innerHTML|outerHTML|insertAdjacentHTML|document\.write|localStorage|sessionStorage|`+
				`document\.cookie|history\.[^r]|pushState|console\.`, string(text), name)
		require.NotRegexp(t, `(?m)(from|import) "(/|[a-z])`, string(text), name)
	}
}

// The policy is the same for a document that says why there is no page.
func TestPagePolicyAllowsOnlyWhatThePageNeeds(t *testing.T) {
	h := newHost(t)
	allowed := h.call("GET", "/transfer/", "").Header()
	h.verdict = transfertoken.ErrForbidden
	refused := h.call("GET", "/transfer/", "").Header()
	for _, header := range []http.Header{allowed, refused} {
		require.Len(t, header["Content-Security-Policy"], 1)
		directives := map[string]string{}
		for directive := range strings.SplitSeq(header.Get("Content-Security-Policy"), "; ") {
			name, value, _ := strings.Cut(directive, " ")
			require.NotContains(t, directives, name)
			directives[name] = value
		}
		require.Equal(t, map[string]string{
			"default-src":               "'none'",
			"script-src":                "'self'",
			"style-src":                 "'self'",
			"img-src":                   "'self'",
			"connect-src":               "'self'",
			"base-uri":                  "'none'",
			"form-action":               "'none'",
			"frame-ancestors":           "'self'",
			"require-trusted-types-for": "'script'",
			"trusted-types":             "'none'",
		}, directives)
	}
}

func pageFiles(t testing.TB) []string {
	var names []string
	for _, pattern := range []string{"page/*.js", "page/*.css", "page/*.svg"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, found)
		names = append(names, found...)
	}
	return names
}

func TestPageFilesAreServedToThoseWhoMayHaveThePage(t *testing.T) {
	h := newHost(t)
	types := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
		".svg": "image/svg+xml"}
	for _, name := range pageFiles(t) {
		h.asked = nil
		w := h.call("GET", "/transfer/"+name, "")
		require.Equal(t, 200, w.Code)
		require.Equal(t, types[glob.Ext(name)], w.Header().Get("Content-Type"))
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, string(text), w.Body.String())
		if name != "page/style.css" && name != "page/icon.svg" {
			require.Equal(t, []string{admin.ActionAccess}, h.asked)
		}
	}
	for _, name := range []string{"none.js", "index.html", "refused.html", "texts.json", ".", "..", "..%2fpage.go",
		"%2e%2e%2fpage.go", "style.css%00"} {
		require.Contains(t, []int{400, 404}, h.call("GET", "/transfer/page/"+name, "").Code, name)
	}
	h.verdict = transfertoken.ErrForbidden
	refused(t, h.call("GET", "/transfer/page/main.js", ""), 403, "PolicyError", "Policy Failed")
	require.Equal(t, 200, h.call("GET", "/transfer/page/style.css", "").Code, "the document that says why has it as well")
}

func TestPageOffersOnlyWhatTheHostAllows(t *testing.T) {
	names := map[string]string{
		"read": admin.ActionRead, "create": admin.ActionCreate, "update": admin.ActionUpdate,
		"regenerate": admin.ActionRegenerate, "delete": admin.ActionDelete,
	}
	h := newHost(t)
	for name, forbidden := range names {
		handler := pageFor(t, h, func(action string) error {
			if action == forbidden {
				return transfertoken.ErrForbidden
			}
			return nil
		}, nil)
		w := send(handler, "GET", "/transfer/", "")
		require.Equal(t, 200, w.Code)
		may := settingsOf(t, w.Body.String()).May
		require.Len(t, may, len(names))
		for other, allowed := range may {
			require.Equal(t, other != name, allowed, other)
		}
	}
}

// pageFor returns a handler whose host decides by the action alone.
func pageFor(t testing.TB, h *host, decide func(action string) error, opts *admin.Options) http.Handler {
	if opts == nil {
		opts = &admin.Options{}
	}
	opts.Authorize = func(_ *http.Request, action string) (string, error) { return "ann", decide(action) }
	handler, err := admin.New(h.svc, opts)
	require.NoError(t, err)
	return handler
}

func TestBrowserIsToldWhyThereIsNoPage(t *testing.T) {
	texts := admin.Texts()
	broken := errors.New("the session store says <b>no</b>")
	for _, row := range []struct {
		name   string
		err    error
		at     string // the action that gets it
		status int
		text   string
		signIn bool
	}{
		{"signed out", transfertoken.ErrUnauthorized, admin.ActionAccess, 401, "signedOut", true},
		{"signed out meanwhile", transfertoken.ErrUnauthorized, admin.ActionDelete, 401, "signedOut", true},
		{"not allowed", transfertoken.ErrForbidden, admin.ActionAccess, 403, "notAllowed", true},
		{"broken", broken, admin.ActionAccess, 503, "unavailable", false},
		{"broken meanwhile", broken, admin.ActionUpdate, 503, "unavailable", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			decide := func(action string) error {
				if action == row.at {
					return row.err
				}
				return nil
			}
			w := send(pageFor(t, newHost(t), decide, &admin.Options{SignInURL: "/login?a=1&b=2"}), "GET", "/transfer/", "")
			require.Equal(t, row.status, w.Code)
			require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
			require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
			require.Contains(t, w.Body.String(), texts[row.text+"Title"])
			require.Contains(t, w.Body.String(), texts[row.text+"Text"])
			require.Equal(t, row.signIn, strings.Contains(w.Body.String(), `href="/login?a=1&amp;b=2"`))
			require.NotContains(t, w.Body.String(), "session store")

			w = send(pageFor(t, newHost(t), decide, nil), "GET", "/transfer/", "")
			require.Contains(t, w.Body.String(), `href="./">Try again</a>`)
			require.Equal(t, 1, strings.Count(w.Body.String(), "<a "))
		})
	}
}

func TestPageOfADisabledServiceIsServed(t *testing.T) {
	h := newHost(t)
	h.mount(t, nil, nil)
	require.Equal(t, 200, h.call("GET", "/transfer/", "").Code, "it says so itself")
}

func TestPathWithoutItsSlashLeadsToThePage(t *testing.T) {
	h := newHost(t)
	mounted := http.NewServeMux()
	mounted.Handle("/stripped/", http.StripPrefix("/stripped", h.handler))
	mounted.Handle("/deep/er/", h.handler)
	mounted.Handle("/", h.handler)
	for _, target := range []string{"/transfer", "/stripped/transfer", "/deep/er/transfer"} {
		w := send(mounted, "GET", target, "")
		require.Equal(t, 301, w.Code, target)
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
		location, err := newRequest("GET", target, "").URL.Parse(w.Header().Get("Location"))
		require.NoError(t, err)
		require.Equal(t, target+"/", location.Path)
		require.Equal(t, 200, send(mounted, "GET", location.Path, "").Code)
		require.Equal(t, 200, send(mounted, "GET", location.Path+"page/main.js", "").Code)
		require.Equal(t, 405, send(mounted, "POST", target, "").Code)
	}
}
