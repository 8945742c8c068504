package login

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"sync"
	"time"
)

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
