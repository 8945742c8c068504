package admin

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

// The actions that [Options].Authorize is asked for have the names that Strapi gives
// them, so that roles can move over unchanged.
const (
	ActionAccess     = "admin::transfer.tokens.access"     // open the page; read the description of the API
	ActionCreate     = "admin::transfer.tokens.create"     // make a token
	ActionRead       = "admin::transfer.tokens.read"       // list tokens, get one
	ActionUpdate     = "admin::transfer.tokens.update"     // change name, description, permissions; suspend
	ActionRegenerate = "admin::transfer.tokens.regenerate" // replace the secret
	ActionDelete     = "admin::transfer.tokens.delete"     // revoke a token
)

// Options are the settings of [New]. Authorize is required. New copies them.
type Options struct {
	// Authorize decides whether the sender of r may do action, which is one of the
	// constants of this package. It is called once for each request, before the
	// request is looked at any further. For the page it is called once more for
	// each action, so that the page offers only what is allowed. The actor that it
	// returns becomes CreatedBy of a token that is created: a name or an ID of at
	// most 255 characters, or "".
	//
	// transfertoken.ErrUnauthorized, also wrapped, means that nobody is logged in,
	// and is answered with 401. transfertoken.ErrForbidden means that whoever is
	// logged in may not do this, and is answered with 403. Any other error is
	// answered with 503 and logged.
	//
	// r is the request as the handler got it, with the pattern and the path values
	// of the host's mux. Authorize must not read its body. It must not conclude the
	// action from the path.
	Authorize func(r *http.Request, action string) (actor string, err error)

	// TrustedOrigins are other origins that may send writes, such as
	// "https://console.example.com". See [http.CrossOriginProtection].
	TrustedOrigins []string

	// SignInURL is the address to which the page sends those who are not signed
	// in: a path such as "/login", also a relative one, or an http or https URL.
	// "" means that the page has no link.
	SignInURL string

	// SignOutURL is the address of the link "Sign out" at the top of the page, with
	// the same form as SignInURL. The link is a GET, so it should lead to a page that
	// asks and then sends a POST. "" means that there is no link.
	SignOutURL string

	// Links are shown at the top of the page, before the name of who is signed in, such as
	// one to a page of the host about past transfers.
	Links []Link

	// PublicURL replaces {url} in the commands beside a new secret: the http or
	// https URL below which clients reach the backend, such as
	// "https://cms.example.com/admin". "" means the address of the page without its
	// last segment.
	PublicURL string

	// Commands are shown beside a new secret, each under a tab, so that
	// people see how it is used. nil stands for those of xfer, strapi transfer and
	// curl, for a backend that serves transfers below PublicURL as Strapi does. A
	// slice that is empty and not nil shows none.
	Commands []Command

	// NoLiveUpdates stops the page from asking for the list once a minute while
	// somebody looks at it. The zero value lets it ask, so that it shows what other
	// administrators change.
	NoLiveUpdates bool

	// Texts replaces texts of the page, to translate it or to say how this backend
	// is configured. The keys are those of [Texts]; others stay in English.
	Texts map[string]string

	// Logger receives refused requests at level Info, a disabled service at Warn,
	// and failures of the store and of Authorize at Error, with all that is known
	// of them. nil means no log.
	Logger *slog.Logger
}

// Link leads from the page to another one. URL has the same form as
// [Options].SignInURL. Both must be set.
type Link struct{ Text, URL string }

// New returns the handler of the admin page and API for the tokens of svc. A nil svc
// is a disabled one. New fails with a *transfertoken.ValidationError if Authorize is
// nil, if a trusted origin or a URL is malformed, if a link lacks its text, if a command
// lacks its name or {secret}, or if Texts does not fit [Texts].
//
// The handler is safe for concurrent use if Authorize is.
func New(svc *transfertoken.TokenService, opts *Options) (http.Handler, error) {
	if opts == nil {
		opts = &Options{}
	}
	a := &api{
		svc:       svc,
		authorize: opts.Authorize,
		origins:   http.NewCrossOriginProtection(),
		signIn:    opts.SignInURL,
		signOut:   opts.SignOutURL,
		links:     slices.Clone(opts.Links),
		publicURL: strings.TrimSuffix(opts.PublicURL, "/"),
		commands:  slices.Clone(opts.Commands),
		live:      !opts.NoLiveUpdates,
		logger:    opts.Logger,
	}
	var problems transfertoken.ValidationError
	if opts.Authorize == nil {
		problems.Add("authorize", "must be set: it decides who may do what")
	}
	if slices.ContainsFunc(opts.TrustedOrigins, func(o string) bool { return a.origins.AddTrustedOrigin(o) != nil }) {
		problems.Add("trustedOrigins", `must be origins such as "https://example.com"`)
	}
	for _, link := range [][2]string{{"signInURL", opts.SignInURL}, {"signOutURL", opts.SignOutURL}} {
		if link[1] != "" && !isWebAddress(link[1]) {
			problems.Add(link[0], notWebAddress)
		}
	}
	checkLinks(&problems, a.links)
	if opts.PublicURL != "" && (!isWebAddress(opts.PublicURL) || !strings.HasPrefix(opts.PublicURL, "http")) {
		problems.Add("publicURL", "must be an http or https URL")
	}
	a.texts = replaceTexts(&problems, opts.Texts)
	if opts.Commands == nil {
		a.commands = usualCommands(a.texts)
	}
	checkCommands(&problems, a.commands)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	if a.logger == nil {
		a.logger = slog.New(slog.DiscardHandler)
	}
	a.routes = a.newRoutes()
	return a, nil
}

func checkLinks(problems *transfertoken.ValidationError, links []Link) {
	for i, l := range links {
		field := fmt.Sprintf("links[%d]", i)
		if strings.TrimSpace(l.Text) == "" {
			problems.Add(field+".text", "must not be empty")
		}
		if !isWebAddress(l.URL) {
			problems.Add(field+".url", notWebAddress)
		}
	}
}

const notWebAddress = `must be a path such as "/login" or an http or https URL`

// isWebAddress reports whether address may be the target of a link. It refuses
// javascript: and the like.
func isWebAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Opaque != "" {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Host != ""
	case "":
		return u.Host == "" && u.Path != ""
	}
	return false
}

// api is the handler that New returns.
type api struct {
	svc       *transfertoken.TokenService
	authorize func(r *http.Request, action string) (actor string, err error)
	origins   *http.CrossOriginProtection
	texts     map[string]string
	signIn    string
	signOut   string
	links     []Link
	publicURL string
	commands  []Command
	live      bool
	logger    *slog.Logger
	routes    []route
}
