// Package login lets one administrator of an example backend log in on a page, with a
// name and a password, and remembers the session in a cookie.
//
// Files: login.go has the routes, page.html the page, missing.go the answer to other
// paths, password.go, sessions.go and throttle.go the parts.
package login

import (
	_ "embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

// Options say who may log in.
type Options struct {
	Admin        string // the name
	PasswordHash PasswordHash
	Secure       bool // browsers reach the backend by HTTPS

	// TrustedOrigins are origins of pages that may log in although they are not at the
	// Host of the request.
	TrustedOrigins []string

	// Pages are offered to those who have logged in. Browsers are led to the first one.
	Pages []Page

	Logger *slog.Logger // of who did what
}

// A Page is a link. Its address is relative to that of the login.
type Page struct{ Address, Title string }

// Login serves GET /login, POST /login and POST /logout.
type Login struct {
	opts     Options
	sessions *sessions
	throttle throttle
}

// Mount puts the routes on mux. It fails if a trusted origin is none.
func Mount(mux *http.ServeMux, opts Options) (*Login, error) {
	l := &Login{opts: opts, sessions: newSessions(opts.Secure)}
	sameOrigin := http.NewCrossOriginProtection()
	for _, origin := range opts.TrustedOrigins {
		if err := sameOrigin.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.refuse(w, r, http.StatusForbidden, transfertoken.ErrForbidden)
	}))
	mux.HandleFunc("GET /login", l.offer)
	mux.Handle("POST /login", sameOrigin.Handler(http.HandlerFunc(l.logIn)))
	mux.Handle("POST /logout", sameOrigin.Handler(http.HandlerFunc(l.logOut)))
	return l, nil
}

// Admin returns who is logged in with the cookie of r, or "".
func (l *Login) Admin(r *http.Request) string { return l.sessions.admin(r) }

// logIn takes the form fields name and password. It redirects browsers and answers
// other clients with a status.
func (l *Login) logIn(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		l.refuse(w, r, status, err)
		return
	}
	if !l.throttle.try(r.RemoteAddr) {
		l.opts.Logger.Warn("login refused: too many attempts", "remote", r.RemoteAddr)
		w.Header().Set("Retry-After", strconv.Itoa(int(attemptsWindow.Seconds())))
		l.refuse(w, r, http.StatusTooManyRequests, nil)
		return
	}
	if !l.opts.matches(r.PostForm.Get("name"), r.PostForm.Get("password")) {
		// Without the name, which may be a password in the wrong field.
		l.opts.Logger.Warn("login failed", "remote", r.RemoteAddr)
		l.refuse(w, r, http.StatusUnauthorized, transfertoken.ErrUnauthorized)
		return
	}
	l.throttle.forget(r.RemoteAddr)
	l.opts.Logger.Info("login", "by", l.opts.Admin, "remote", r.RemoteAddr)
	http.SetCookie(w, l.sessions.begin(l.opts.Admin))
	redirectBrowser(w, r, l.opts.Pages[0].Address)
}

func (l *Login) logOut(w http.ResponseWriter, r *http.Request) {
	if admin := l.Admin(r); admin != "" {
		l.opts.Logger.Info("logout", "by", admin, "remote", r.RemoteAddr)
	}
	http.SetCookie(w, l.sessions.end(r))
	redirectBrowser(w, r, "login")
}

// offer serves the page to log in on and to log out.
func (l *Login) offer(w http.ResponseWriter, r *http.Request) {
	data := pageData{Title: signIn, Admin: l.Admin(r)}
	if data.Admin != "" {
		data.Title = "Signed in"
	}
	l.show(w, http.StatusOK, data)
}

func (l *Login) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	if fromBrowser(r) {
		problem, known := problems[status]
		if !known {
			problem = http.StatusText(status) + "."
		}
		l.show(w, status, pageData{Title: signIn, Problem: problem, Name: r.PostForm.Get("name")})
		return
	}
	httpauth.WriteEnvelope(w, r, status, err)
}

var problems = map[int]string{
	http.StatusUnauthorized:    "Wrong name or password.",
	http.StatusForbidden:       "That came from another site. Sign in here.",
	http.StatusTooManyRequests: "Too many attempts. Wait a minute.",
}

// redirectBrowser sends a browser on to target. Other clients get no content.
func redirectBrowser(w http.ResponseWriter, r *http.Request, target string) {
	if fromBrowser(r) {
		Redirect(w, target)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// Redirect leaves target relative, unlike http.Redirect: a proxy in front may have
// removed a prefix from the path.
func Redirect(w http.ResponseWriter, target string) {
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
}

// fromBrowser reports whether the sender of r wants to see a page.
func fromBrowser(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("login").Parse(pageHTML))

const signIn = "Sign in"

type pageData struct {
	Title   string
	Root    string // the relative address of the root; "": the page is there
	Missing bool   // there is no page at the address
	Admin   string // the name that is logged in; "": none
	Problem string // why a login failed; "": it has not been tried
	Name    string // that was typed
	Pages   []Page
}

func (l *Login) show(w http.ResponseWriter, status int, data pageData) {
	data.Pages = l.opts.Pages
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "+
		"base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	pageTemplate.Execute(w, data) // fails only if the client has gone
}
