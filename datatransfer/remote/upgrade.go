package remote

import (
	"bufio"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// ownDeadlines keeps package httpauth from setting deadlines on a connection that has become a
// WebSocket. They would cut it off when its token dies, before the client could ask on and be
// told why. Package serve bounds the time of such a connection.
func ownDeadlines(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&upgradable{ResponseWriter: w}, r)
	})
}

// upgradable is a ResponseWriter whose deadlines cannot be set once it has been hijacked.
type upgradable struct {
	http.ResponseWriter
	hijacked atomic.Bool
}

func (u *upgradable) Unwrap() http.ResponseWriter { return u.ResponseWriter }

func (u *upgradable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(u.ResponseWriter).Hijack()
	u.hijacked.Store(err == nil)
	return conn, buffered, err
}

func (u *upgradable) SetReadDeadline(deadline time.Time) error {
	if u.hijacked.Load() {
		return http.ErrHijacked
	}
	return http.NewResponseController(u.ResponseWriter).SetReadDeadline(deadline)
}

func (u *upgradable) SetWriteDeadline(deadline time.Time) error {
	if u.hijacked.Load() {
		return http.ErrHijacked
	}
	return http.NewResponseController(u.ResponseWriter).SetWriteDeadline(deadline)
}
