package admin

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/strapi"
)

var (
	//go:embed page/*.html
	pageTemplates embed.FS
	//go:embed page/*.css page/*.js page/*.svg
	pageFiles embed.FS
	//go:embed page/texts.json
	englishTexts []byte

	pages = template.Must(template.New("").Option("missingkey=error").ParseFS(pageTemplates, "page/*.html"))
)

// pagePolicy lets the page load the files of this package and nothing else. The host
// may show it in a frame of its own.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types 'none'"

// servePage answers with the admin page. It asks the host for each action in
// advance, so that the page offers only what is allowed.
func (a *api) servePage(r *request) (response, error) {
	may := make(map[string]bool)
	for name, action := range map[string]string{
		"read": ActionRead, "create": ActionCreate, "update": ActionUpdate, "regenerate": ActionRegenerate,
		"delete": ActionDelete,
	} {
		_, err := a.askHost(r.Request, action)
		if err != nil && refusalFor(err).Status != http.StatusForbidden {
			return response{}, err
		}
		may[name] = err == nil
	}
	allowed := make(map[string]bool)
	for _, l := range a.svc.AllowedLifespans() {
		allowed[string(l)] = true
	}
	return a.htmlResponse(http.StatusOK, "index.html", indexPage{a.texts, a.links, r.actor, a.signOut, allowed, settings{
		a.texts, may, a.signIn, a.publicURL, a.commands, a.live,
	}}), nil
}

type indexPage struct {
	Texts          map[string]string
	Links          []Link
	Actor, SignOut string
	Allowed        map[string]bool // by lifespan
	Settings       settings
}

// settings are given to the script of the page.
type settings struct {
	Texts     map[string]string `json:"texts"`
	May       map[string]bool   `json:"may"`
	SignIn    string            `json:"signIn"`
	PublicURL string            `json:"publicUrl"`
	Commands  []Command         `json:"commands"`
	Live      bool              `json:"live"`
}

// refusePage answers a browser that may not have the page, or asks for one that is
// not there.
func (a *api) refusePage(w http.ResponseWriter, r *http.Request, on route, err error) {
	refusal := refusalFor(err)
	a.logRefusal(r, on, refusal)
	page := refusedPage{Texts: a.texts, Root: rootFrom(pathBelowMount(r))}
	name, to, label := "unavailable", "", "tryAgain"
	switch refusal.Status {
	case http.StatusUnauthorized:
		name, to, label = "signedOut", a.signIn, "signIn"
	case http.StatusForbidden:
		name, to, label = "notAllowed", a.signIn, "signInAsOther"
	case http.StatusNotFound:
		name, to, label = "notFound", page.Root, "openPage"
	}
	if to == "" {
		to, label = page.Root, "tryAgain"
	}
	page.Title, page.Text, page.To, page.Label = a.texts[name+"Title"], a.texts[name+"Text"], to, a.texts[label]
	a.htmlResponse(refusal.Status, "refused.html", page).write(w)
}

type refusedPage struct {
	Texts       map[string]string
	Root        string // the relative address of the page
	Title, Text string
	To, Label   string // a link that leads on
}

// rootFrom returns the address of the page relative to a path below the mount.
func rootFrom(path string) string {
	if inside, ok := strings.CutPrefix(path, "transfer/"); ok {
		return "./" + strings.Repeat("../", strings.Count(inside, "/"))
	}
	return "./" + strings.Repeat("../", strings.Count(path, "/")) + "transfer/"
}

// wantsDocument reports whether r comes from the address bar of a browser, or from a
// link.
func wantsDocument(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && (mode == "" || mode == "navigate") &&
		strings.Contains(r.Header.Get("Accept"), "text/html")
}

func (a *api) htmlResponse(status int, name string, data any) response {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // the templates are embedded, and New has checked the texts
	}
	return response{status: status, contentType: "text/html; charset=utf-8", policy: pagePolicy, body: b.Bytes()}
}

// redirectToPage adds the trailing slash that the page's relative URLs need. The
// Location is relative because the prefix that a client sees is unknown.
func redirectToPage(*request) (response, error) {
	return response{status: http.StatusMovedPermanently, location: "transfer/", contentType: "text/plain; charset=utf-8"},
		nil
}

// servePageFile answers with a file that the page loads.
func servePageFile(r *request) (response, error) { return fileResponse(r.segment) }

// servePublicFile needs no permission, because the document that refuses the page
// uses the file as well.
func servePublicFile(name string) func(*request) (response, error) {
	return func(*request) (response, error) { return fileResponse(name) }
}

var fileTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func fileResponse(name string) (response, error) {
	body, err := pageFiles.ReadFile("page/" + name)
	if err != nil {
		return response{}, strapi.ErrNotFound
	}
	return response{status: http.StatusOK, contentType: fileTypes[path.Ext(name)], body: body}, nil
}

// Texts returns all texts of the page by name, in English: what to translate for
// [Options].Texts. "lang" is their language as a BCP 47 tag such as "pt-BR", and
// "dir" is "ltr" or "rtl". Words in braces, such as {name}, are filled in when the
// text is shown. The map belongs to the caller.
func Texts() map[string]string {
	var texts map[string]string
	if err := json.Unmarshal(englishTexts, &texts); err != nil {
		panic(err) // it is embedded
	}
	return texts
}

// replaceTexts returns the texts with some of them replaced, and adds the problems of
// the replacements.
func replaceTexts(problems *transfertoken.ValidationError, replacements map[string]string) map[string]string {
	texts := Texts()
	for _, name := range slices.Sorted(maps.Keys(replacements)) {
		original, known := texts[name]
		if !known {
			problems.Add("texts."+name, "is not among Texts()")
		} else if problem := textProblem(name, original, replacements[name]); problem != "" {
			problems.Add("texts."+name, problem)
		}
		texts[name] = replacements[name]
	}
	return texts
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

// textProblem returns why replacement cannot stand for original, or "".
func textProblem(name, original, replacement string) string {
	switch {
	case strings.TrimSpace(replacement) == "":
		return "must not be empty"
	case name == "lang" && !isLanguageTag(replacement):
		return `must be a BCP 47 language tag such as "pt-BR"`
	case name == "dir" && replacement != "ltr" && replacement != "rtl":
		return `must be "ltr" or "rtl"`
	}
	wanted, got := placeholder.FindAllString(original, -1), placeholder.FindAllString(replacement, -1)
	for _, p := range wanted {
		if !slices.Contains(got, p) {
			return "must hold " + p
		}
	}
	for _, p := range got {
		if !slices.Contains(wanted, p) {
			return "must not hold " + p
		}
	}
	return ""
}

// languageTag is the grammar of a BCP 47 tag as Intl reads it (Unicode Technical
// Standard 35, section 3.2, without what ECMA-402 leaves out): a language, script,
// region and variants, extensions, private use.
var languageTag = regexp.MustCompile(`^([a-z]{2,3}|[a-z]{5,8})(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?` + variants +
	`(` + unicodeExtension + `|` + otherExtension + `)*(-x(-[0-9a-z]{1,8})+)?$`)

const (
	variants         = `(?P<variants>(-([0-9a-z]{5,8}|[0-9][0-9a-z]{3}))*)`
	unicodeExtension = `-u(-[0-9a-z]{3,8})*(-[0-9a-z][a-z](-[0-9a-z]{3,8})*)*`
	otherExtension   = `-[0-9a-svwyz](-[0-9a-z]{2,8})+`
)

// isLanguageTag reports whether Intl of a browser accepts tag, because the page
// would stay empty without it. A tag with a -t- extension is refused.
func isLanguageTag(tag string) bool {
	tag = strings.ToLower(tag)
	found := languageTag.FindStringSubmatch(tag)
	if found == nil {
		return false
	}
	public, _, _ := strings.Cut(tag, "-x-")
	subtags := strings.Split(public, "-")
	for i, subtag := range subtags {
		isEmpty := i == len(subtags)-1 || len(subtags[i+1]) == 1
		if len(subtag) == 1 && (isEmpty || slices.Contains(subtags[:i], subtag)) {
			return false // an extension is empty or given twice
		}
	}
	chosen := strings.Split(found[languageTag.SubexpIndex("variants")], "-")[1:]
	slices.Sort(chosen)
	return len(slices.Compact(chosen)) == len(chosen)
}
