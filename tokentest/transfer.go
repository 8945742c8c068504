package tokentest

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/seed-39e76d91/transfertoken/httpauth"
)

// receive handles a push.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) {
	defer breakOff(w, r)()
	push, _, gate := s.begin(r)
	gate.pass(r.Context())
	push.Data, push.Err = io.ReadAll(r.Body)
	if err := context.Cause(r.Context()); err != nil {
		push.Err = err
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
	defer breakOff(w, r)()
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

// begin returns the transfer so far, what is there to be pulled, and the gate.
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

// breakOff makes reads and writes fail from when the context of r has ended,
// until the function that it returns is called.
func breakOff(w http.ResponseWriter, r *http.Request) (stop func()) {
	rc := http.NewResponseController(w)
	undo := context.AfterFunc(r.Context(), func() {
		rc.SetReadDeadline(time.Now())
		rc.SetWriteDeadline(time.Now())
	})
	return func() { undo() }
}
