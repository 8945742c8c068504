package httpauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-39e76d91/transfertoken"
)

// Options are the settings of [Require] and [Check]. The zero Options are good
// defaults, and nil stands for them. Require copies them.
type Options struct {
	// Header is the name of a header that holds the secret, and nothing else,
	// instead of Authorization. It is for backends behind a proxy that needs
	// Authorization itself. "" means "Authorization: Bearer". Names that proxies
	// and the server take for themselves, such as Connection, are refused.
	Header string

	// ExpiryHeader is the name of a header that Require sets to the end of the
	// token, by RFC 3339, when it lets a request through. A token without an end
	// has none. "" means no header. The rules for Header apply.
	ExpiryHeader string

	// Answer writes the answer to a request that is refused: its status, and a body
	// of its choice. WWW-Authenticate and Cache-Control are set before. nil means
	// WriteEnvelope.
	//
	// err is the reason: ErrManyCredentials (400), ErrNoCredentials (401),
	// transfertoken.ErrUnauthorized, ErrExpired or ErrSuspended (401), ErrForbidden
	// (403), ErrDisabled (501), or the error of the store (503), whose text is not for
	// clients. Test ErrNoCredentials, ErrExpired and ErrSuspended first, because they
	// are ErrUnauthorized as well.
	Answer func(w http.ResponseWriter, r *http.Request, status int, err error)

	// Logger receives every request that is refused, and every recheck that fails
	// or ends a transfer: mistakes of the client at level Info, a disabled service
	// and failed rechecks at Warn, a failing store at Error. It gets the address
	// of the client and nothing that the client sent. nil means no log.
	Logger *slog.Logger

	// RecheckEvery makes the context of a guarded handler end when its token
	// expires, and when a recheck, done this often, finds that the token was
	// deleted, regenerated, narrowed or suspended. Reads and writes that block end then, too.
	// Each recheck reads the token from the store. The goroutine that does this
	// ends with the handler. The context has then ended, also that of a hijacked
	// connection.
	//
	// A store that fails does not end a transfer at once. The recheck is
	// logged and repeated. After ten failures in a row the context ends with the
	// last one as its cause. An expired token ends it in any case. A recheck has
	// failed if it has no answer after RecheckEvery.
	//
	// A panic in a recheck, for instance in the service's OnEvent, ends the
	// context. It goes on in the goroutine of the handler when that has returned.
	//
	// 0 means never: a transfer that was let through goes on for as long as
	// the handler wants. Require panics if it is negative.
	RecheckEvery time.Duration
}

// Errors that [Options].Answer gets and [Check] returns, beside those of
// [transfertoken.TokenService.Authorize].
var (
	// ErrNoCredentials means that the request presents no Bearer token. It is
	// also transfertoken.ErrUnauthorized.
	ErrNoCredentials = fmt.Errorf("%w: no Bearer token in the request", transfertoken.ErrUnauthorized)

	// ErrManyCredentials means that the request has more than one header with
	// credentials.
	ErrManyCredentials = errors.New("httpauth: more than one header with credentials")
)

// Require returns a middleware that lets a request through to the handler if it
// presents a token of svc that grants need, whatever its method. The package
// comment lists the answers to all other requests.
//
// A nil svc is a disabled one, so that everything is answered with 501. Require or
// its middleware panics if need is not Push, Pull or FullAccess, if opts name an
// impossible header or a negative RecheckEvery, or if the handler is nil.
//
// The handlers are safe for concurrent use if the handlers that they guard are.
func Require(svc *transfertoken.TokenService, need transfertoken.Permissions,
	opts *Options) func(http.Handler) http.Handler {
	if !need.Has(need) {
		panic("httpauth: Require needs Push, Pull or FullAccess")
	}
	g := &guard{svc: svc, need: need}
	if opts != nil {
		g.opts = *opts
	}
	switch {
	case g.opts.RecheckEvery < 0:
		panic("httpauth: RecheckEvery must not be negative")
	case secretHeaderProblem(g.opts.Header) != "":
		panic("httpauth: Header " + secretHeaderProblem(g.opts.Header))
	case headerProblem(g.opts.ExpiryHeader) != "":
		panic("httpauth: ExpiryHeader " + headerProblem(g.opts.ExpiryHeader))
	}
	if g.opts.Answer == nil {
		g.opts.Answer = WriteEnvelope
	}
	if g.opts.Logger == nil {
		g.opts.Logger = slog.New(slog.DiscardHandler)
	}
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("httpauth: nil handler")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, next) })
	}
}

// isHeaderName reports whether name is a token of RFC 9110 or empty.
func isHeaderName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// headerProblem returns why a header with the name cannot carry what a client or
// the backend says, or "". The empty name means no header.
func headerProblem(name string) string {
	switch {
	case !isHeaderName(name):
		return "must be the name of a header"
	case slices.Contains(hopByHop, http.CanonicalHeaderKey(name)):
		return "must not be a header that a proxy or the server takes for itself"
	}
	return ""
}

// secretHeaderProblem returns why a header with the name cannot hold the secret, or "".
func secretHeaderProblem(name string) string {
	if http.CanonicalHeaderKey(name) == "Authorization" {
		return "must be empty for Authorization, which holds more than the secret"
	}
	return headerProblem(name)
}

// hopByHop are the names that RFC 9110, section 7.6.1, and RFC 9112 keep to one
// connection, and those that net/http takes out of the headers.
var hopByHop = []string{
	"Connection", "Content-Length", "Host", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info",
	"Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// guard is the middleware of Require.
type guard struct {
	svc  *transfertoken.TokenService
	need transfertoken.Permissions
	opts Options
}

func (g *guard) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	grant, err := check(g.svc, g.need, r, g.opts.Header)
	if err != nil {
		g.refuse(w, r, err)
		return
	}
	if g.opts.ExpiryHeader != "" && !grant.Token.ExpiresAt.IsZero() {
		w.Header().Set(g.opts.ExpiryHeader, grant.Token.ExpiresAt.Format(time.RFC3339Nano))
	}
	passed := r.WithContext(context.WithValue(r.Context(), grantKey{}, &grant))
	// The server removes the files of a multipart form that it finds in its own
	// request (golang/go#58809).
	defer func() { r.MultipartForm = passed.MultipartForm }()
	if g.opts.RecheckEvery == 0 {
		next.ServeHTTP(w, passed)
		return
	}
	t := g.watch(w, passed, grant)
	defer t.stop() // also if the handler panics
	passed = t.request
	next.ServeHTTP(w, passed)
	if panicked := t.stop(); panicked != nil {
		panic(panicked)
	}
}

// Check returns the grant of the token that r presents, or the error for which
// [Require] would refuse r: ErrNoCredentials, ErrManyCredentials, or an error of
// [transfertoken.TokenService.Authorize]. Then the grant is zero. A nil svc is
// ErrDisabled. A need that is not Push, Pull or FullAccess is ErrInvalid, and so is a
// Header for which Require panics.
//
// Check is for hosts that cannot wrap their handler, for instance in a chain of
// their own or before the upgrade of a connection. It answers nothing, which
// [Refuse] does, and it does not watch the token: call Recheck of the grant from
// time to time. Of opts it uses Header alone; nil stands for the zero Options.
func Check(svc *transfertoken.TokenService, need transfertoken.Permissions, r *http.Request,
	opts *Options) (transfertoken.Grant, error) {
	if opts == nil {
		opts = &Options{}
	}
	if problem := secretHeaderProblem(opts.Header); problem != "" {
		invalid := &transfertoken.ValidationError{}
		invalid.Add("header", problem)
		return transfertoken.Grant{}, invalid
	}
	return check(svc, need, r, opts.Header)
}

// check is Check with a header that cannot be at fault.
func check(svc *transfertoken.TokenService, need transfertoken.Permissions, r *http.Request,
	header string) (transfertoken.Grant, error) {
	if !svc.Enabled() {
		return transfertoken.Grant{}, transfertoken.ErrDisabled
	}
	secret, err := presentedSecret(r, header)
	if err != nil {
		return transfertoken.Grant{}, err
	}
	return svc.Authorize(r.Context(), secret, need)
}

// presentedSecret returns the value of header, or the rest of Authorization after
// the scheme Bearer. It may be empty or hold spaces: Authorize refuses it then.
func presentedSecret(r *http.Request, header string) (string, error) {
	if header != "" {
		return singleHeader(r, http.CanonicalHeaderKey(header))
	}
	value, err := singleHeader(r, "Authorization")
	if err != nil {
		return "", err
	}
	scheme, secret, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", ErrNoCredentials
	}
	return strings.TrimLeft(secret, " "), nil
}

func singleHeader(r *http.Request, name string) (string, error) {
	switch values := r.Header[name]; {
	case len(values) > 1:
		return "", &manyHeaders{name}
	case len(values) == 0 || values[0] == "":
		return "", ErrNoCredentials
	default:
		return values[0], nil
	}
}

// manyHeaders is ErrManyCredentials with the name of the header.
type manyHeaders struct{ name string }

func (e *manyHeaders) Error() string { return "httpauth: more than one " + e.name + " header" }

func (e *manyHeaders) Unwrap() error { return ErrManyCredentials }

// GrantFrom returns the grant of the request that ctx comes from. If it did not pass
// through [Require], ok is false and the grant is zero and grants nothing. If one
// guarded handler wraps another, it is the grant of the inner one.
func GrantFrom(ctx context.Context) (grant transfertoken.Grant, ok bool) {
	if g, ok := ctx.Value(grantKey{}).(*transfertoken.Grant); ok {
		return *g, true
	}
	return transfertoken.Grant{}, false
}

type grantKey struct{}
