package admin

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"path"

	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

var (
	//go:embed page/*.html
	pageTemplates embed.FS
	//go:embed page/*.css page/*.js
	pageFiles embed.FS

	pages = template.Must(template.New("").Option("missingkey=error").ParseFS(pageTemplates, "page/*.html"))
)

// pagePolicy lets the page load what this package serves and nothing else. The
// host may show it in a frame of its own.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types 'none'"

// page answers with the admin page, which offers what the host allows: Authorize
// is asked for each action in advance.
func (a *api) page(r *request) (answer, error) {
	may := make(map[string]bool)
	for name, action := range map[string]string{
		"read": ActionRead, "create": ActionCreate, "update": ActionUpdate, "regenerate": ActionRegenerate, "delete": ActionDelete,
	} {
		_, err := a.allowed(r.Request, action)
		if err != nil && refusalFor(err).Status != http.StatusForbidden {
			return answer{}, err
		}
		may[name] = err == nil
	}
	return a.html(http.StatusOK, "index.html", struct {
		Texts    map[string]string
		Settings any
	}{a.texts, struct {
		Texts  map[string]string `json:"texts"`
		May    map[string]bool   `json:"may"`
		SignIn string            `json:"signIn"`
	}{a.texts, may, a.signIn}}), nil
}

// refusePage answers a browser that cannot have the page.
func (a *api) refusePage(w http.ResponseWriter, r *http.Request, on route, err error) {
	refusal := refusalFor(err)
	a.log(r, on, refusal)
	name, signIn := "unavailable", ""
	switch refusal.Status {
	case http.StatusUnauthorized:
		name, signIn = "signedOut", a.signIn
	case http.StatusForbidden:
		name = "notAllowed"
	}
	a.html(refusal.Status, "refused.html", struct {
		Texts               map[string]string
		Title, Text, SignIn string
	}{a.texts, a.texts[name+"Title"], a.texts[name+"Text"], signIn}).write(w)
}

func (a *api) html(status int, name string, data any) answer {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // the templates are embedded, and New has seen the texts
	}
	return answer{status: status, contentType: "text/html; charset=utf-8", policy: pagePolicy, body: b.Bytes()}
}

var pageTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
}

// pageFile answers with a file that the page loads.
func pageFile(r *request) (answer, error) {
	return file(r.value)
}

// styleSheet is for everyone, as it dresses the documents that say why there is
// no page.
func styleSheet(*request) (answer, error) { return file("style.css") }

func file(name string) (answer, error) {
	body, err := pageFiles.ReadFile("page/" + name)
	if err != nil {
		return answer{}, strapi.ErrNotFound
	}
	return answer{status: http.StatusOK, contentType: pageTypes[path.Ext(name)], body: body}, nil
}

// toPage leads from the path without its slash, below which the addresses that
// the page uses would be wrong. The location is relative: the prefix of the
// mount is not known here.
func toPage(*request) (answer, error) {
	return answer{status: http.StatusMovedPermanently, location: "transfer/", contentType: "text/plain; charset=utf-8"}, nil
}
