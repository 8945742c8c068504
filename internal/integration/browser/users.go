package browser

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/admin"
)

const sessionCookie = "session"

// users are the administrators of a backend, and their sessions.
type users struct {
	mu       sync.Mutex
	may      map[string][]string // actions, by name
	sessions map[string]string   // names, by the value of the cookie
	broken   error
}

func newUsers() *users {
	return &users{sessions: map[string]string{}, may: map[string][]string{"ann": {
		admin.ActionAccess, admin.ActionCreate, admin.ActionRead, admin.ActionUpdate, admin.ActionRegenerate,
		admin.ActionDelete,
	}}}
}

// Permit makes name a user who may do these actions and no other.
func (u *users) Permit(name string, actions ...string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.may[name] = actions
}

// EndSessions logs everybody out, who will see it at the next request.
func (u *users) EndSessions() {
	u.mu.Lock()
	defer u.mu.Unlock()
	clear(u.sessions)
}

// BreakSessions makes the host unable to tell who is logged in; nil repairs it.
func (u *users) BreakSessions(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.broken = err
}

func (u *users) authorize(r *http.Request, action string) (actor string, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.broken != nil {
		return "", u.broken
	}
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return "", transfertoken.ErrUnauthorized
	}
	name, ok := u.sessions[cookie.Value]
	switch {
	case !ok:
		return "", transfertoken.ErrUnauthorized
	case !slices.Contains(u.may[name], action):
		return "", transfertoken.ErrForbidden
	}
	return name, nil
}

func (u *users) session(name string) (id string, known bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	id = rand.Text()
	u.sessions[id] = name
	return id, u.may[name] != nil
}

// LogIn gives p, and its other tabs, a session of name.
func (b *Backend) LogIn(p *Page, name string) {
	p.T.Helper()
	id, known := b.session(name)
	require.True(p.T, known, name)
	p.do(func(ctx context.Context, t tab) error { return t.setCookie(ctx, b.Server.URL, sessionCookie, id) })
}

// logOut takes the cookies of p away.
func (b *Backend) logOut(p *Page) {
	p.T.Helper()
	p.do(func(ctx context.Context, t tab) error { return t.clearCookies(ctx) })
}
