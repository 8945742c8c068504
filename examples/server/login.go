package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

// login takes the form fields name and password. It redirects browsers and answers
// other clients with a status.
func login(cfg config, sessions *sessions, logger *slog.Logger) http.Handler {
	var throttle throttle
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
		if err := r.ParseForm(); err != nil {
			status := http.StatusBadRequest
			if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
				status = http.StatusRequestEntityTooLarge
			}
			refuseLogin(w, r, status, err)
			return
		}
		if !throttle.try(r.RemoteAddr) {
			logger.Warn("login refused: too many attempts", "remote", r.RemoteAddr)
			w.Header().Set("Retry-After", strconv.Itoa(int(attemptsWindow.Seconds())))
			refuseLogin(w, r, http.StatusTooManyRequests, nil)
			return
		}
		if !cfg.checkPassword(r.PostForm.Get("name"), r.PostForm.Get("password")) {
			logger.Warn("login failed", "remote", r.RemoteAddr) // the name may be a password in the wrong field
			refuseLogin(w, r, http.StatusUnauthorized, transfertoken.ErrUnauthorized)
			return
		}
		throttle.forget(r.RemoteAddr)
		logger.Info("login", "by", cfg.Admin, "remote", r.RemoteAddr)
		http.SetCookie(w, sessions.begin(cfg.Admin))
		redirectBrowser(w, r, "admin/transfer/")
	})
}

func logout(sessions *sessions, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if admin := sessions.admin(r); admin != "" {
			logger.Info("logout", "by", admin, "remote", r.RemoteAddr)
		}
		http.SetCookie(w, sessions.end(r))
		redirectBrowser(w, r, "login")
	})
}

func refuseLogin(w http.ResponseWriter, r *http.Request, status int, err error) {
	if fromBrowser(r) {
		showLogin(w, status, loginPage{Problem: http.StatusText(status)})
		return
	}
	httpauth.WriteEnvelope(w, r, status, err)
}

// redirectBrowser sends a browser on to target. Other clients get no content.
func redirectBrowser(w http.ResponseWriter, r *http.Request, target string) {
	if fromBrowser(r) {
		redirect(w, target)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// redirect leaves target relative, unlike http.Redirect: a proxy in front may have
// removed a prefix from the path.
func redirect(w http.ResponseWriter, target string) {
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
}

// fromBrowser reports whether the sender of r wants to see a page.
func fromBrowser(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

//go:embed login.html
var loginHTML string

var loginTemplate = template.Must(template.New("login").Parse(loginHTML))

type loginPage struct {
	Admin   string // the name that is logged in; "": none
	Problem string // why a login failed; "": it has not been tried
}

// offerLogin serves the page to log in on and to log out.
func offerLogin(sessions *sessions) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		showLogin(w, http.StatusOK, loginPage{Admin: sessions.admin(r)})
	})
}

func showLogin(w http.ResponseWriter, status int, page loginPage) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	loginTemplate.Execute(w, page) // fails only if the client has gone
}

const (
	minPassword = 8
	maxPassword = 72 // bcrypt does not see what comes after
)

// hashPassword reads a password, to the end of in, and prints its hash.
func hashPassword(in io.Reader, out io.Writer) error {
	text, err := io.ReadAll(io.LimitReader(in, 4096))
	if err != nil {
		return err
	}
	password := bytes.TrimRight(text, "\r\n")
	if len(password) < minPassword || len(password) > maxPassword || bytes.ContainsAny(password, "\x00\r\n") {
		return fmt.Errorf("a password is one line of %d to %d bytes", minPassword, maxPassword)
	}
	hash, err := bcrypt.GenerateFromPassword(password, bcrypt.DefaultCost)
	if err != nil {
		return errors.New("the password cannot be hashed")
	}
	_, err = fmt.Fprintf(out, "%s\n", hash)
	return err
}

type passwordHash string

func (passwordHash) Format(s fmt.State, _ rune) { io.WriteString(s, "[REDACTED]") }

// checkPassword takes as long for an unknown name as for a known one.
func (c config) checkPassword(name, password string) bool {
	wrong := bcrypt.CompareHashAndPassword([]byte(c.PasswordHash), []byte(password)) != nil
	known := subtle.ConstantTimeCompare([]byte(name), []byte(c.Admin)) == 1
	// bcrypt repeats the password with a NUL in between, and ignores what is too long.
	return !wrong && known && len(password) <= maxPassword && !strings.Contains(password, "\x00")
}

const sessionLife = 8 * time.Hour

// sessions remembers who is logged in, until the program ends. It keeps digests of
// the cookies.
type sessions struct {
	secure bool

	mu   sync.Mutex
	open map[sessionKey]session
}

type sessionKey [sha256.Size]byte

type session struct {
	admin   string
	expires time.Time
}

func newSessions(secure bool) *sessions {
	return &sessions{secure: secure, open: map[sessionKey]session{}}
}

func (s *sessions) begin(admin string) *http.Cookie {
	id := make([]byte, 32)
	rand.Read(id)
	value := base64.RawURLEncoding.EncodeToString(id)
	now := time.Now()

	s.mu.Lock()
	defer s.mu.Unlock()
	for key, old := range s.open {
		if !now.Before(old.expires) {
			delete(s.open, key)
		}
	}
	s.open[sha256.Sum256([]byte(value))] = session{admin, now.Add(sessionLife)}
	return s.cookie(value, int(sessionLife.Seconds()))
}

// admin returns who is logged in with the cookie of r, or "".
func (s *sessions) admin(r *http.Request) string {
	key, ok := s.key(r)
	if !ok {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.open[key]
	if !ok || !time.Now().Before(found.expires) {
		return ""
	}
	return found.admin
}

// end returns the cookie that makes the client forget its own.
func (s *sessions) end(r *http.Request) *http.Cookie {
	if key, ok := s.key(r); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, key)
	}
	return s.cookie("", -1)
}

func (s *sessions) key(r *http.Request) (sessionKey, bool) {
	cookie, err := r.Cookie(s.name())
	if err != nil {
		return sessionKey{}, false
	}
	return sha256.Sum256([]byte(cookie.Value)), true
}

// name returns the name of the cookie. With the prefix __Host- no other host of the
// same site can set it. Browsers require Secure for it.
func (s *sessions) name() string {
	if s.secure {
		return "__Host-session"
	}
	return "session"
}

func (s *sessions) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name:     s.name(),
		Value:    value,
		Path:     "/",
		MaxAge:   maxAge,
		Secure:   s.secure,
		HttpOnly: true,
		SameSite: http.SameSiteStrictMode,
	}
}

const (
	maxAttempts    = 5
	attemptsWindow = time.Minute
)

// throttle lets each network try a few times a minute. Behind a proxy all clients are
// one network, and the proxy should count instead.
type throttle struct {
	mu       sync.Mutex
	begun    time.Time
	attempts map[netip.Prefix]int
}

// try counts an attempt before its outcome is known, so that it also counts many at
// once.
func (t *throttle) try(remote string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); now.Sub(t.begun) >= attemptsWindow {
		t.begun, t.attempts = now, map[netip.Prefix]int{}
	}
	who := network(remote)
	t.attempts[who]++
	return t.attempts[who] <= maxAttempts
}

func (t *throttle) forget(remote string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.attempts, network(remote))
}

// network returns the network of one customer of a provider: one IPv4 address, or
// 2⁶⁴ IPv6 addresses.
func network(remote string) netip.Prefix {
	addr, _ := netip.ParseAddrPort(remote)
	ip := addr.Addr().Unmap()
	prefix, _ := ip.Prefix(min(ip.BitLen(), 64))
	return prefix
}
