package tokentest

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/httpauth"
)

// Options are the settings of a [Server]. The zero Options are good defaults,
// and nil stands for them.
type Options struct {
	// Service checks the tokens. nil means a new one.
	Service *Service

	// PushPattern and PullPattern are the patterns of the two endpoints for
	// http.ServeMux. "" means "POST /push" and "GET /pull".
	PushPattern, PullPattern string

	// Push and Pull handle requests with a good token, instead of the behaviour
	// that Server describes, for clients that speak a protocol of their own.
	// httpauth.GrantFrom returns the grant, and their context ends with the token.
	// They record nothing, and Hold does not hold them.
	Push, Pull http.Handler

	// TLS makes the server speak HTTPS. Client of Server returns a client that
	// trusts it.
	TLS bool
}

// recheckEvery is the time in which a transfer under way notices that its token has
// ended. It is only a delay: no outcome depends on it.
const recheckEvery = 5 * time.Millisecond

// Server stands for the remote end of a transfer. Make one with [NewServer].
//
// POST /push takes the body of the request, whatever it is, and answers 204. GET
// /pull answers 200 with what SetPull set. Both are guarded by
// httpauth.Require, whose package comment lists its answers to tokens that it
// refuses. If the token ends during a transfer, or the store goes on failing,
// the server closes the connection: a push gets no answer, a pull not all of the
// data.
type Server struct {
	*httptest.Server // URL, Client, Close and more
	Service          *Service

	disabled atomic.Bool

	mu     sync.Mutex
	pull   []byte
	pushes []Transfer
	pulls  []Transfer
	gates  []*Gate // the last one holds
}

// A Transfer is a push that the server received or a pull that it sent.
type Transfer struct {
	Token  transfertoken.Token // whose secret was presented, as it was then
	Header http.Header         // of the request, without Authorization
	Data   []byte              // as far as it got
	Err    error               // why it was cut off; nil: it was whole
}

// NewServer starts a server that is closed at the end of the test. The log of the
// test says which requests the server refuses, and why.
func NewServer(tb TB, opts *Options) *Server {
	tb.Helper()
	if opts == nil {
		opts = &Options{}
	}
	s := &Server{Service: opts.Service}
	if s.Service == nil {
		s.Service = NewService(tb, nil)
	}
	out := &logWriter{tb: tb}
	log := slog.New(slog.NewTextHandler(out, nil))
	mux := http.NewServeMux()
	mux.Handle(cmp.Or(opts.PushPattern, "POST /push"), s.guard(transfertoken.Push, opts.Push, s.receive, log))
	mux.Handle(cmp.Or(opts.PullPattern, "GET /pull"), s.guard(transfertoken.Pull, opts.Pull, s.send, log))
	s.Server = httptest.NewUnstartedServer(mux)
	s.Config.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelError)
	if opts.TLS {
		s.StartTLS()
	} else {
		s.Start()
	}
	tb.Cleanup(func() {
		s.openGates()
		s.CloseClientConnections()
		s.Close()
		out.close()
	})
	return s
}

func (s *Server) guard(need transfertoken.Permissions, own http.Handler, standard http.HandlerFunc,
	log *slog.Logger) http.Handler {
	if own == nil {
		own = standard
	}
	opts := &httpauth.Options{Logger: log, RecheckEvery: recheckEvery}
	enabled := httpauth.Require(s.Service.TokenService, need, opts)(own)
	disabled := httpauth.Require(nil, need, opts)(own)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.disabled.Load() {
			disabled.ServeHTTP(w, r)
			return
		}
		enabled.ServeHTTP(w, r)
	})
}

// Disable makes the server act as if no salt were configured: new requests are
// answered with 501.
func (s *Server) Disable() { s.disabled.Store(true) }

// Enable ends the effect of Disable.
func (s *Server) Enable() { s.disabled.Store(false) }

// SetPull sets the data that is sent to those who pull from now on. At first there
// is none.
func (s *Server) SetPull(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pull = slices.Clone(data)
}

// Pushes returns the pushes, in the order in which they ended. A push is among them
// before its client gets the answer.
func (s *Server) Pushes() []Transfer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pushes)
}

// Pulls returns the pulls, in the order in which they ended. A pull is among them
// before its client gets the last of the data.
func (s *Server) Pulls() []Transfer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pulls)
}

// Hold makes the transfers that begin from now on stop in their middle until the
// gate is opened or their token ends: a push before its body is read, a pull
// when half of the data was sent. The end of the test opens all gates.
func (s *Server) Hold() *Gate {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := newGate()
	s.gates = append(s.gates, g)
	return g
}

func (s *Server) openGates() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.gates {
		g.Open()
	}
}

// receive handles a push.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) {
	push, _, gate := s.begin(r)
	gate.pass(r.Context())
	push.Data, push.Err = io.ReadAll(r.Body)
	if cause := context.Cause(r.Context()); cause != nil {
		push.Err = cause
	}
	s.mu.Lock()
	s.pushes = append(s.pushes, push)
	s.mu.Unlock()
	if push.Err != nil {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(http.StatusNoContent)
}

// send handles a pull.
func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	pull, data, gate := s.begin(r)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	half := len(data) / 2
	if half > 0 {
		w.Write(data[:half])
		http.NewResponseController(w).Flush()
	}
	gate.pass(r.Context())
	pull.Data = data
	if err := context.Cause(r.Context()); err != nil {
		pull.Data, pull.Err = data[:half], err
	}
	s.mu.Lock()
	s.pulls = append(s.pulls, pull)
	s.mu.Unlock()
	if pull.Err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Write(data[half:])
}

// begin returns a transfer without its data, the data to be pulled, and the gate.
func (s *Server) begin(r *http.Request) (t Transfer, data []byte, gate *Gate) {
	grant, _ := httpauth.GrantFrom(r.Context())
	t.Token = grant.Token
	t.Header = r.Header.Clone()
	t.Header.Del("Authorization")
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.gates) > 0 {
		gate = s.gates[len(s.gates)-1]
	}
	return t, s.pull, gate
}

// A Gate holds transfers in their middle. Make one with [Server.Hold].
type Gate struct {
	reached, open           chan struct{}
	reachedOnce, openedOnce sync.Once
}

func newGate() *Gate {
	return &Gate{reached: make(chan struct{}), open: make(chan struct{})}
}

// Reached returns a channel that is closed when the first transfer has arrived
// at the gate.
func (g *Gate) Reached() <-chan struct{} { return g.reached }

// Open lets all transfers pass, those that wait and those that come. It can be called
// again.
func (g *Gate) Open() { g.openedOnce.Do(func() { close(g.open) }) }

// pass returns when the gate is open or ctx has ended. A nil gate is open.
func (g *Gate) pass(ctx context.Context) {
	if g == nil {
		return
	}
	g.reachedOnce.Do(func() { close(g.reached) })
	select {
	case <-g.open:
	case <-ctx.Done():
	}
}

// logWriter writes to the log of a test until it is closed: a test that has
// ended panics when something is logged.
type logWriter struct {
	mu     sync.Mutex
	tb     TB
	closed bool
}

func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.tb.Logf("tokentest server: %s", strings.TrimSuffix(string(line), "\n"))
	}
	return len(line), nil
}

func (w *logWriter) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
}
