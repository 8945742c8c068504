package admin

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/seed-39e76d91/transfertoken"
)

// Options are the settings of [New]. Authorize is required. New copies them.
type Options struct {
	// Authorize decides whether the sender of r may do action, which is one of
	// the constants of this package. It is called once for each request,
	// before anything else is looked at, and for the page once more for each
	// action, so that the page offers only what it allows. What it returns as actor becomes
	// CreatedBy of a token that is created: a name or an ID of at most 255
	// characters, or "".
	//
	// transfertoken.ErrUnauthorized, also wrapped, means that nobody is logged
	// in and is answered with 401; transfertoken.ErrForbidden means that
	// somebody is, who may not, and is answered with 403. Any other error is
	// answered with 503 and logged.
	//
	// r is the request as the handler got it, with the pattern and the path
	// values of the host's mux. Authorize must not read its body, and must not
	// conclude from its path what is asked for: action says that.
	Authorize func(r *http.Request, action string) (actor string, err error)

	// TrustedOrigins may send writes although they are other origins, such as
	// "https://console.example.com". See [http.CrossOriginProtection].
	TrustedOrigins []string

	// SignInURL is where the page sends whoever is not signed in: a path such
	// as "/login", or an http or https URL. "": the page has no link.
	SignInURL string

	// Texts replaces texts of the page, to translate it or to say how this
	// backend is configured. The names are those of [Texts]; what is not in it
	// stays as it is there.
	Texts map[string]string

	// Logger receives what went wrong: refused requests at level Info, a
	// disabled service at Warn, and failures of the store and of Authorize at
	// Error, with all that is known of them. nil means no log.
	Logger *slog.Logger
}

// New returns the handler of the admin API for the tokens of svc. It fails with
// a *transfertoken.ValidationError if Authorize is nil, a trusted origin or
// SignInURL is malformed, or Texts does not fit [Texts]. A nil svc is a disabled one.
//
// The handler is safe for concurrent use if Authorize is.
func New(svc *transfertoken.TokenService, opts *Options) (http.Handler, error) {
	if opts == nil {
		opts = &Options{}
	}
	var problems []transfertoken.FieldError
	if opts.Authorize == nil {
		problems = append(problems, transfertoken.FieldError{Field: "authorize", Problem: "must be set: it decides who may do what"})
	}
	a := &api{svc: svc, authorize: opts.Authorize, signIn: opts.SignInURL, logger: opts.Logger, origins: http.NewCrossOriginProtection()}
	if slices.ContainsFunc(opts.TrustedOrigins, func(o string) bool { return a.origins.AddTrustedOrigin(o) != nil }) {
		problems = append(problems, transfertoken.FieldError{Field: "trustedOrigins", Problem: `must be origins such as "https://example.com"`})
	}
	if opts.SignInURL != "" && !isWebAddress(opts.SignInURL) {
		problems = append(problems, transfertoken.FieldError{Field: "signInURL", Problem: `must be a path such as "/login" or an http or https URL`})
	}
	texts, unfit := translated(opts.Texts)
	problems = append(problems, unfit...)
	if problems != nil {
		return nil, &transfertoken.ValidationError{Fields: problems}
	}
	a.texts = texts
	if a.logger == nil {
		a.logger = slog.New(slog.DiscardHandler)
	}
	a.table = a.routes()
	return a, nil
}

// isWebAddress keeps javascript: and the like out of a link.
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

type api struct {
	svc       *transfertoken.TokenService
	authorize func(r *http.Request, action string) (actor string, err error)
	origins   *http.CrossOriginProtection
	texts     map[string]string
	signIn    string
	logger    *slog.Logger
	table     []route
}
