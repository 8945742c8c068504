package serve_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/serve"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// pipe is a connection whose other end is a test.
type pipe struct {
	toServer, toClient chan []byte
	closed             chan struct{}
}

func newPipe() *pipe {
	return &pipe{toServer: make(chan []byte), toClient: make(chan []byte), closed: make(chan struct{})}
}

func (p *pipe) Read(ctx context.Context, _ []byte) ([]byte, error) {
	select {
	case text := <-p.toServer:
		return text, nil
	case <-p.closed:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipe) Write(ctx context.Context, text []byte) error {
	select {
	case p.toClient <- text:
		return nil
	case <-p.closed:
		return io.ErrClosedPipe
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pipe) Ping(context.Context) error { return nil }

// message is a request of a client, as a name in a table: "init", "close", "start links",
// "stream assets".
type message string

func messages() []message {
	all := []message{"init", "end", "status", "bootstrap", "getMetadata", "getSchemas", "beforeTransfer", "close", "rollback", "jump"}
	for _, stage := range append(datatransfer.Stages(), "schemas") {
		for _, action := range []string{"start", "stream", "end"} {
			all = append(all, message(action+" "+string(stage)))
		}
	}
	return all
}

// client sends messages over a pipe.
type client struct {
	*pipe
	sent       int
	transferID string
}

// send sends a message and reports whether the reply is not an error.
func (c *client) send(t testing.TB, m message) bool {
	t.Helper()
	c.sent++
	request := map[string]any{"uuid": fmt.Sprint(c.sent), "type": "transfer", "kind": "action", "action": string(m)}
	switch action, stage, step := strings.Cut(string(m), " "); {
	case step:
		request["kind"], request["action"], request["step"] = "step", action, stage
		if action == "stream" {
			request["data"] = recordsOf(stage)
		}
	case m == "init":
		request = map[string]any{"uuid": request["uuid"], "type": "command", "command": "init", "params": map[string]any{
			"transfer": "push", "options": map[string]any{"strategy": "restore", "restore": map[string]any{}},
		}}
	case m == "end" || m == "status":
		request = map[string]any{"uuid": request["uuid"], "type": "command", "command": string(m), "params": map[string]any{
			"transferID": c.transferID,
		}}
	}
	return c.exchange(t, request)
}

// exchange sends a request and reports whether the reply is not an error.
func (c *client) exchange(t testing.TB, request map[string]any) bool {
	t.Helper()
	text, err := json.Marshal(request)
	require.NoError(t, err)
	select {
	case c.toServer <- text:
	case <-c.closed:
		return false
	}
	var reply struct {
		UUID  string
		Data  struct{ TransferID string }
		Error any
	}
	var raw struct{ Data json.RawMessage }
	var answer []byte
	select {
	case answer = <-c.toClient:
	case <-c.closed:
		return false
	}
	require.NoError(t, json.Unmarshal(answer, &raw))
	_ = json.Unmarshal(answer, &reply)
	require.Equal(t, request["uuid"], reply.UUID)
	if request["command"] == "init" && reply.Error == nil {
		c.transferID = reply.Data.TransferID
	}
	return reply.Error == nil
}

var generated = transfertest.Generate(nil, 2)

func recordsOf(stage string) []any {
	data := generated
	switch datatransfer.Stage(stage) {
	case datatransfer.StageEntities:
		return []any{data.Entities[0]}
	case datatransfer.StageLinks:
		return []any{data.Links[0]}
	case datatransfer.StageConfiguration:
		return []any{data.Configuration[0]}
	}
	return []any{}
}

// model says what the rules of the protocol are: see the package comment of datatransfer/remote.
type model struct {
	phase  string // new, ready, begun, failed, rolled back, committed
	open   string // stage
	passed int    // stages that cannot be started any more
}

// next returns the state after a message, and whether its reply is not an error.
func (m model) next(msg message) (model, bool) {
	fail := model{phase: "failed"}
	switch {
	case msg == "init":
		if m.phase == "new" {
			return model{phase: "ready"}, true
		}
		return m, false
	case m.phase == "new":
		return m, false
	case msg == "status":
		return m, true
	case msg == "end":
		switch m.phase {
		case "begun":
			return model{phase: "rolled back"}, true
		case "ready":
			return model{phase: "new"}, true
		}
		return m, true
	case msg == "rollback" && m.phase != "committed":
		if m.phase == "ready" || m.phase == "begun" {
			return model{phase: "rolled back"}, true
		}
		return m, true
	case msg == "close" && m.phase == "rolled back":
		return m, true
	case m.phase != "ready" && m.phase != "begun":
		return m, false
	case msg == "bootstrap" || msg == "getMetadata" || msg == "getSchemas":
		return m, true
	case msg == "beforeTransfer":
		m.phase = "begun"
		return m, true
	case msg == "close":
		if m.open != "" {
			return fail, false
		}
		return model{phase: "committed"}, true
	}
	action, stage, _ := strings.Cut(string(msg), " ")
	place := slices.Index(datatransfer.Stages(), datatransfer.Stage(stage))
	switch {
	case action == "start" && place >= m.passed && m.open == "":
		return model{phase: "begun", open: stage, passed: place + 1}, true
	case action == "stream" && m.open == stage && stage != "":
		return m, true
	case action == "end" && m.open == stage && stage != "":
		m.open = ""
		return m, true
	}
	return fail, false
}

// Every pair of messages is sent in every state. The replies are those of the model, and the
// destination is told to commit if and only if the model says so.
func TestEveryPairOfMessagesInEveryState(t *testing.T) {
	states := map[string][]message{
		"new":               {},
		"ready":             {"init", "bootstrap", "getMetadata", "getSchemas"},
		"begun":             {"init", "beforeTransfer"},
		"entities open":     {"init", "beforeTransfer", "start entities", "stream entities"},
		"entities ended":    {"init", "beforeTransfer", "start entities", "stream entities", "end entities"},
		"assets open":       {"init", "start assets", "stream assets"},
		"links open":        {"init", "beforeTransfer", "start links", "stream links"},
		"links ended":       {"init", "beforeTransfer", "start links", "end links"},
		"configuration set": {"init", "start configuration", "stream configuration", "end configuration"},
		"failed":            {"init", "beforeTransfer", "start entities", "start links"},
		"rolled back":       {"init", "beforeTransfer", "start entities", "rollback"},
		"committed":         {"init", "beforeTransfer", "close"},
	}
	step := 4 // a quarter of the pairs, unless everything is wanted
	if os.Getenv("TRANSFERTOKEN_TEST_FULL") != "" {
		step = 1
	}
	for name, prefix := range states {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, first := range messages() {
				for j, second := range messages() {
					if (i+j)%step != 0 {
						continue
					}
					playMessages(t, append(slices.Clone(prefix), first, second))
				}
			}
		})
	}
}

// countingDestination counts commits and rollbacks.
type countingDestination struct {
	datatransfer.Destination
	commits, rollbacks int
}

func (d *countingDestination) Commit(ctx context.Context) error {
	d.commits++
	return d.Destination.Commit(ctx)
}

func (d *countingDestination) Rollback(ctx context.Context) error {
	d.rollbacks++
	return d.Destination.Rollback(ctx)
}

// playMessages sends messages and checks the replies and what they do to the destination.
func playMessages(t *testing.T, sent []message) {
	t.Helper()
	instance := &transfertest.MemoryInstance{Schemas: generated.Schemas}
	dst := &countingDestination{}
	open := func(ctx context.Context) (_ datatransfer.Destination, err error) {
		dst.Destination, err = instance.Destination(ctx)
		return dst, err
	}
	c := &client{pipe: newPipe()}
	lock := serve.NewLock()
	done := make(chan error, 1)
	go func() {
		_, err := serve.Push(t.Context(), c.pipe, serve.Config{Destination: open, Lock: lock})
		close(c.closed)
		done <- err
	}()
	state, begun, ended := model{phase: "new"}, false, false
	for i, m := range sent {
		if ended {
			break
		}
		next, want := state.next(m)
		got := c.send(t, m)
		require.Equal(t, want, got, "%q: reply to message %d in state %+v", sent, i+1, state)
		ended = m == "end" && got && next.phase != "new"
		state = next
		begun = begun || state.phase == "begun" || state.phase == "committed"
	}
	if !ended {
		select {
		case c.toServer <- []byte("not JSON"): // ends the connection
		case <-c.closed:
		}
	}
	err := <-done
	require.True(t, lock.Await(t.Context()), "%q: the lock is still held", sent)
	if state.phase == "committed" {
		require.NoError(t, err, sent)
		require.Equal(t, 1, dst.commits, sent)
		return
	}
	require.Zero(t, dst.commits, sent)
	require.Equal(t, begun, dst.rollbacks > 0, "%q: what has begun is rolled back", sent)
}
