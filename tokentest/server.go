package tokentest

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
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

	// PushPattern and PullPattern are where the two endpoints are, as patterns
	// of http.ServeMux. "" means "POST /push" and "GET /pull".
	PushPattern, PullPattern string

	// Push and Pull handle what arrives at the endpoints with a good token,
	// instead of what Server describes, for clients that speak a protocol of
	// their own. httpauth.GrantFrom tells them the token, and their context
	// ends with it. They record nothing, and Hold does not hold them.
	Push, Pull http.Handler

	// TLS makes the server speak HTTPS. Client of Server returns a client that
	// trusts it.
	TLS bool
}

// recheckEvery is how soon a transfer under way notices what happened to its
// token. It is only a delay: no outcome depends on it.
const recheckEvery = 5 * time.Millisecond

// Server stands for the remote end of a transfer. Make one with [NewServer].
//
// POST /push takes the body of the request, whatever it is, and answers 204. GET
// /pull answers 200 with what SetPull set. Both are guarded by
// httpauth.Require, whose package comment lists its answers to tokens that are
// no good. If the token ends during a transfer, or the store goes on failing,
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

// A Transfer is what the server received in a push or sent in a pull.
type Transfer struct {
	Token  transfertoken.Token // whose secret was presented, as it was then
	Header http.Header         // of the request, without Authorization
	Data   []byte              // as far as it got
	Err    error               // why it was cut off; nil: it was whole
}

// NewServer starts a server that is closed at the end of the test. What the
// server refuses, and why, is in the log of the test.
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

func (s *Server) guard(need transfertoken.Permissions, own http.Handler, standard http.HandlerFunc, log *slog.Logger) http.Handler {
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

// Enable takes Disable back.
func (s *Server) Enable() { s.disabled.Store(false) }

// SetPull sets what is sent to those who pull from now on. At first it is
// nothing.
func (s *Server) SetPull(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pull = slices.Clone(data)
}

// Pushes returns what was received, in the order in which the transfers ended. A
// push is in it before its client gets the answer.
func (s *Server) Pushes() []Transfer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.pushes)
}

// Pulls returns what was sent, in the order in which the transfers ended. A pull
// is in it before its client gets the last of the data.
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
