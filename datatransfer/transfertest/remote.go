package transfertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/serve"
)

// Remote is the remote end of live transfers on a loopback port, for the tests of clients: it
// serves an instance, and misbehaves as it is told. Its methods may be called at any time, from
// any goroutine.
type Remote struct {
	URL   string // for remote.Pull, remote.Push, or `strapi transfer --from` and `--to`
	Token string // the secret that it accepts

	instance Instance
	lock     *serve.Lock
	server   *httptest.Server
	requests atomic.Int64

	mu      sync.Mutex
	idle    sync.Cond
	serving int
	refusal *refusal
	tamper  func(Message) Action
	version string
}

// NewRemote starts a Remote that serves instance until the end of the test.
func NewRemote(t testing.TB, instance Instance) *Remote {
	t.Helper()
	r := &Remote{Token: "remote-token-of-the-tests", instance: instance, lock: serve.NewLock()}
	r.idle.L = &r.mu
	r.server = httptest.NewServer(http.HandlerFunc(r.serve))
	r.URL = r.server.URL + "/admin"
	t.Cleanup(func() {
		r.server.CloseClientConnections()
		r.server.Close()
		r.Settle()
	})
	return r
}

// A Refusal is a way to answer the handshake without a connection.
type Refusal string

// The refusals.
const (
	RefuseUnauthorized Refusal = "401 Missing or invalid credentials"
	RefuseExpired      Refusal = "401 Token expired"
	RefuseSuspended    Refusal = "401 Token suspended"
	RefuseForbidden    Refusal = "403 Forbidden"
	RefuseDisabled     Refusal = "404 Not Found"
	RefuseBusy         Refusal = "503 Service Unavailable"
	RefuseWebPage      Refusal = "200 a web page" // a proxy or another server answers
	RefuseNoUpgrade    Refusal = "426 Upgrade Required"
	RefuseBadGateway   Refusal = "502 Bad Gateway"
)

type refusal struct {
	status int
	header http.Header
	body   string
}

// Refuse lets all handshakes from now on be answered in one way. The empty Refusal ends that.
func (r *Remote) Refuse(how Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refusal = nil
	if how == "" {
		return
	}
	var status int
	fmt.Sscan(string(how), &status)
	message := strings.TrimPrefix(string(how), fmt.Sprint(status, " "))
	r.refusal = &refusal{
		status: status,
		header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		body:   fmt.Sprintf(`{"data":null,"error":{"status":%d,"name":"Error","message":%q,"details":{}}}`, status, message),
	}
	if how == RefuseWebPage || how == RefuseBadGateway {
		r.refusal.header.Set("Content-Type", "text/html")
		r.refusal.body = "<!doctype html><title>Welcome</title>"
	}
}

// Claim lets the remote name a version of Strapi from now on. The empty version names none.
func (r *Remote) Claim(version string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.version = version
}

// Redirect lets all handshakes from now on be answered with a redirect to an address.
func (r *Remote) Redirect(location string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refusal = &refusal{status: http.StatusFound, header: http.Header{"Location": {location}}}
}

// Handshakes returns how many handshakes there were, refused ones among them.
func (r *Remote) Handshakes() int { return int(r.requests.Load()) }

// Tamper lets f decide what happens to each message from now on. f may be called from two
// goroutines at once, one for each direction. A nil f ends that.
func (r *Remote) Tamper(f func(Message) Action) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tamper = f
}

// A Message is a message on its way.
type Message struct {
	ToClient bool
	Number   int // from 1, on this connection and in this direction
	Text     []byte
}

// An Action says what happens to a message. The zero Action lets it pass.
type Action struct {
	drop bool
	cut  bool
	send [][]byte // nil: the message itself
}

// Texts returns the messages that Send was given.
func (a Action) Texts() [][]byte { return a.send }

// Drop makes a message disappear.
func Drop() Action { return Action{drop: true} }

// Cut ends the connection instead of the message, without a word.
func Cut() Action { return Action{cut: true} }

// Send sends other messages instead, in their order.
func Send(texts ...[]byte) Action { return Action{send: texts} }

// Settle waits until the remote has finished with every connection that its client has left.
func (r *Remote) Settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.serving > 0 {
		r.idle.Wait()
	}
}

// count adds n to the connections that are served.
func (r *Remote) count(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.serving += n
	r.idle.Broadcast()
}

// serve answers a handshake.
func (r *Remote) serve(w http.ResponseWriter, req *http.Request) {
	r.requests.Add(1)
	r.count(1)
	defer r.count(-1)
	r.mu.Lock()
	refused, version := r.refusal, r.version
	r.mu.Unlock()
	direction, found := strings.CutPrefix(req.URL.Path, "/admin/transfer/runner/")
	switch {
	case refused != nil:
	case req.Header.Get("Authorization") != "Bearer "+r.Token:
		refused = &refusal{status: http.StatusUnauthorized}
	case !found || direction != "push" && direction != "pull":
		refused = &refusal{status: http.StatusNotFound}
	}
	if refused != nil {
		for name, values := range refused.header {
			w.Header()[name] = values
		}
		w.WriteHeader(refused.status)
		fmt.Fprint(w, refused.body)
		return
	}
	socket, err := websocket.Accept(w, req, nil)
	if err != nil {
		return // it has answered
	}
	defer socket.CloseNow()
	socket.SetReadLimit(-1)
	conn := &tamperedConn{remote: r, conn: socket}
	config := serve.Config{
		Source:        r.instance.Source,
		Destination:   r.instance.Destination,
		StrapiVersion: version,
		Lock:          r.lock,
	}
	if direction == "push" {
		_, err = serve.Push(req.Context(), conn, config)
	} else {
		_, err = serve.Pull(req.Context(), conn, config)
	}
	if err == nil {
		socket.Close(websocket.StatusNormalClosure, "")
	}
}

// tamperedConn is a connection on which messages are tampered with.
type tamperedConn struct {
	remote    *Remote
	conn      *websocket.Conn
	received  int
	sent      atomic.Int64
	incoming  [][]byte // that Read returns next
	writeLock sync.Mutex
}

var errCut = errors.New("transfertest: the connection was cut")

func (c *tamperedConn) Read(ctx context.Context, _ []byte) ([]byte, error) {
	for len(c.incoming) == 0 {
		_, text, err := c.conn.Read(ctx)
		if err != nil {
			return nil, err
		}
		c.received++
		c.incoming, err = c.decide(Message{Number: c.received, Text: text})
		if err != nil {
			return nil, err
		}
	}
	text := c.incoming[0]
	c.incoming = c.incoming[1:]
	return text, nil
}

func (c *tamperedConn) Write(ctx context.Context, text []byte) error {
	texts, err := c.decide(Message{ToClient: true, Number: int(c.sent.Add(1)), Text: text})
	if err != nil {
		return err
	}
	c.writeLock.Lock()
	defer c.writeLock.Unlock()
	for _, text := range texts {
		if err := c.conn.Write(ctx, websocket.MessageText, text); err != nil {
			return err
		}
	}
	return nil
}

func (c *tamperedConn) Ping(ctx context.Context) error { return c.conn.Ping(ctx) }

// decide returns what is to be sent instead of a message.
func (c *tamperedConn) decide(m Message) ([][]byte, error) {
	c.remote.mu.Lock()
	tamper := c.remote.tamper
	c.remote.mu.Unlock()
	if tamper == nil {
		return [][]byte{m.Text}, nil
	}
	action := tamper(m)
	switch {
	case action.cut:
		c.conn.CloseNow()
		return nil, errCut
	case action.drop:
		return nil, nil
	case action.send != nil:
		return action.send, nil
	}
	return [][]byte{m.Text}, nil
}
