package remote_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// backend is a Go backend that serves an instance.
type backend struct {
	*transfertest.MemoryInstance
	svc    *transfertoken.TokenService
	server *httptest.Server

	mu     sync.Mutex
	events []remote.Event
}

func newBackend(t testing.TB, opts remote.HandlerOptions) *backend {
	t.Helper()
	b := &backend{MemoryInstance: newInstance(t)}
	var err error
	b.svc, err = transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	require.NoError(t, err)
	if opts.Source == nil {
		opts.Source = b.Source
	}
	if opts.Destination == nil {
		opts.Destination = b.Destination
	}
	opts.OnEvent = func(_ context.Context, e remote.Event) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.events = append(b.events, e)
	}
	handler, err := remote.NewHandler(b.svc, &opts)
	require.NoError(t, err)
	b.server = httptest.NewServer(http.StripPrefix("/admin", handler))
	t.Cleanup(b.server.Close)
	return b
}

func (b *backend) url() string { return b.server.URL + "/admin" }

func (b *backend) issue(t testing.TB, name string, permissions transfertoken.Permissions) transfertoken.Issued {
	t.Helper()
	issued, err := b.svc.Create(t.Context(), transfertoken.NewToken{Name: name, Permissions: permissions, Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	return issued
}

// awaitEvent waits for an event of the kind and returns it.
func (b *backend) awaitEvent(t testing.TB, kind remote.EventKind) remote.Event {
	t.Helper()
	var found remote.Event
	require.Eventually(t, func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, e := range b.events {
			if e.Kind == kind {
				found = e
				return true
			}
		}
		return false
	}, time.Minute, time.Millisecond)
	return found
}

func TestHandlerAnswersInOrder(t *testing.T) {
	b := newBackend(t, remote.HandlerOptions{})
	full := b.issue(t, "full", transfertoken.FullAccess).Secret.Reveal()
	pull := b.issue(t, "pull", transfertoken.Pull).Secret.Reveal()
	for _, c := range []struct {
		method, path, token string
		want                int
	}{
		{"GET", "/transfer/runner/push", "", http.StatusUnauthorized},
		{"GET", "/transfer/runner/push", "another", http.StatusUnauthorized},
		{"GET", "/transfer/runner/push", pull, http.StatusForbidden},
		{"GET", "/transfer/runner/push", full, http.StatusUpgradeRequired},
		{"GET", "/transfer/runner/pull", pull, http.StatusUpgradeRequired},
		{"POST", "/transfer/runner/pull", pull, http.StatusMethodNotAllowed},
		{"GET", "/transfer/runner/other", full, http.StatusNotFound},
		{"GET", "/transfer/runner", full, http.StatusNotFound},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, b.url()+c.path, nil)
		r.RequestURI = ""
		if c.token != "" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, c.want, response.StatusCode, "%s %s", c.method, c.path)
	}
	require.Empty(t, b.events)
}

func TestHandlerNeedsSomethingToTransfer(t *testing.T) {
	for _, opts := range []*remote.HandlerOptions{nil, {}, {RecheckEvery: -1, Source: newInstance(t).Source}} {
		_, err := remote.NewHandler(nil, opts)
		require.ErrorIs(t, err, datatransfer.ErrInvalid)
	}
	handler, err := remote.NewHandler(nil, &remote.HandlerOptions{Source: newInstance(t).Source})
	require.NoError(t, err)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("GET", "/transfer/runner/pull", nil))
	require.Equal(t, http.StatusNotImplemented, answer.Code, "a nil service is a disabled one")
}

func TestDirectionThatIsNotServedIsNotFound(t *testing.T) {
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	require.NoError(t, err)
	issued, err := svc.Create(t.Context(), transfertoken.NewToken{
		Name: "full", Permissions: transfertoken.FullAccess, Lifespan: transfertoken.Days7,
	})
	require.NoError(t, err)
	handler, err := remote.NewHandler(svc, &remote.HandlerOptions{Source: newInstance(t).Source})
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	_, err = remote.Push(t.Context(), server.URL, issued.Secret.Reveal(), nil)
	require.ErrorIs(t, err, remote.ErrDisabled)
	_, err = remote.Push(t.Context(), server.URL, "another", nil)
	require.ErrorIs(t, err, remote.ErrUnauthorized, "who has no token learns nothing")
}

func TestTooManyConnectionsAreRefusedBeforeTheUpgrade(t *testing.T) {
	for name, limits := range map[string]remote.HandlerLimits{
		"in all":    {Connections: 2, PerToken: -1},
		"per token": {Connections: -1, PerToken: 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t, remote.HandlerOptions{Limits: limits})
			secret := b.issue(t, "pull", transfertoken.Pull).Secret.Reveal()
			var open []*remote.Source
			for range 2 {
				src, err := remote.Pull(t.Context(), b.url(), secret, nil)
				require.NoError(t, err)
				open = append(open, src)
			}
			_, err := remote.Pull(t.Context(), b.url(), secret, nil)
			require.ErrorIs(t, err, remote.ErrBusy)
			b.awaitEvent(t, remote.EventRefused)
			if name == "per token" {
				src, err := remote.Pull(t.Context(), b.url(), b.issue(t, "other", transfertoken.Pull).Secret.Reveal(), nil)
				require.NoError(t, err)
				require.NoError(t, src.Close())
			}
			require.NoError(t, open[0].Close())
			require.Eventually(t, func() bool {
				src, err := remote.Pull(t.Context(), b.url(), secret, nil)
				if err == nil {
					src.Close()
				}
				return err == nil
			}, time.Minute, 10*time.Millisecond, "a connection that ended makes room")
		})
	}
}

func TestEventsTellWhoTransferredWhat(t *testing.T) {
	b := newBackend(t, remote.HandlerOptions{})
	issued := b.issue(t, "both", transfertoken.FullAccess)
	src, err := remote.Pull(t.Context(), b.url(), issued.Secret.Reveal(), nil)
	require.NoError(t, err)
	_, err = transfertest.ReadSnapshot(t.Context(), src)
	require.NoError(t, err)
	require.NoError(t, src.Close())
	e := b.awaitEvent(t, remote.EventFinished)
	require.Equal(t, issued.Token.ID, e.Token.ID)
	require.Equal(t, transfertoken.Pull, e.Direction)
	require.Len(t, e.Report.Stages, 4)
	require.EqualValues(t, len(b.Snapshot().Entities), e.Report.Stages[0].Records)

	b.mu.Lock()
	b.events = nil
	b.mu.Unlock()
	dst, err := remote.Push(t.Context(), b.url(), issued.Secret.Reveal(), nil)
	require.NoError(t, err)
	report, err := datatransfer.Run(t.Context(), transfertest.Generate(nil, 2).Source(), dst, nil)
	require.NoError(t, err)
	e = b.awaitEvent(t, remote.EventFinished)
	require.Equal(t, transfertoken.Push, e.Direction)
	for i := range report.Stages {
		require.Equal(t, report.Stages[i].Records, e.Report.Stages[i].Records)
	}
}

func TestProgressIsToldBetweenTheEvents(t *testing.T) {
	type told struct {
		id   uuid.UUID
		last datatransfer.Progress
		done []datatransfer.Stage
	}
	var mu sync.Mutex
	var all []told
	b := newBackend(t, remote.HandlerOptions{OnProgress: func(id uuid.UUID, p datatransfer.Progress) {
		mu.Lock()
		defer mu.Unlock()
		if len(all) == 0 || all[len(all)-1].id != id {
			all = append(all, told{id: id})
		}
		transfer := &all[len(all)-1]
		if p.Stage == transfer.last.Stage && (p.Records < transfer.last.Records || transfer.last.Done) {
			t.Errorf("%v after %v", p, transfer.last)
		}
		if transfer.last = p; p.Done {
			transfer.done = append(transfer.done, p.Stage)
		}
	}})
	secret := b.issue(t, "both", transfertoken.FullAccess).Secret.Reveal()

	src, err := remote.Pull(t.Context(), b.url(), secret, nil)
	require.NoError(t, err)
	_, err = transfertest.ReadSnapshot(t.Context(), src)
	require.NoError(t, errors.Join(err, src.Close()))
	pulled := b.awaitEvent(t, remote.EventFinished)

	b.mu.Lock()
	b.events = nil
	b.mu.Unlock()
	dst, err := remote.Push(t.Context(), b.url(), secret, nil)
	require.NoError(t, err)
	_, err = datatransfer.Run(t.Context(), transfertest.Generate(nil, 2).Source(), dst, nil)
	require.NoError(t, err)
	pushed := b.awaitEvent(t, remote.EventFinished)
	require.Equal(t, pushed.ID, b.awaitEvent(t, remote.EventStarted).ID)

	mu.Lock()
	defer mu.Unlock()
	require.Len(t, all, 2)
	for i, e := range []remote.Event{pulled, pushed} {
		require.Equal(t, e.ID, all[i].id)
		require.Equal(t, datatransfer.Stages(), all[i].done)
		require.Equal(t, e.Report.Stages[3].Records, all[i].last.Records)
		require.Equal(t, e.Report.Stages[3].Bytes, all[i].last.Bytes)
	}
}

// Each way to take a token away ends the transfers that run with it.
func TestTokenThatDiesEndsItsTransfers(t *testing.T) {
	for name, kill := range map[string]func(t *testing.T, svc *transfertoken.TokenService, token transfertoken.Token){
		"deleted": func(t *testing.T, svc *transfertoken.TokenService, token transfertoken.Token) {
			require.NoError(t, svc.Delete(t.Context(), token.ID, transfertoken.AnyRevision))
		},
		"regenerated": func(t *testing.T, svc *transfertoken.TokenService, token transfertoken.Token) {
			_, err := svc.Regenerate(t.Context(), token.ID, transfertoken.AnyRevision)
			require.NoError(t, err)
		},
		"suspended": func(t *testing.T, svc *transfertoken.TokenService, token transfertoken.Token) {
			suspended := true
			_, err := svc.Update(t.Context(), token.ID, transfertoken.Changes{Suspended: &suspended})
			require.NoError(t, err)
		},
	} {
		t.Run(name+"/push", func(t *testing.T) {
			b := newBackend(t, remote.HandlerOptions{RecheckEvery: 10 * time.Millisecond})
			before := b.Snapshot()
			issued := b.issue(t, "push", transfertoken.Push)
			dst, err := remote.Push(t.Context(), b.url(), issued.Secret.Reveal(), nil)
			require.NoError(t, err)
			require.NoError(t, dst.Begin(t.Context(), datatransfer.Start{}))
			kill(t, b.svc, issued.Token)
			e := b.awaitEvent(t, remote.EventAborted)
			require.ErrorIs(t, e.Err, transfertoken.ErrUnauthorized)
			require.ErrorIs(t, dst.Commit(t.Context()), remote.ErrUnauthorized)
			transfertest.RequireEqual(t, before.Source(), b.Snapshot().Source())
		})
		t.Run(name+"/pull", func(t *testing.T) {
			b := newBackend(t, remote.HandlerOptions{RecheckEvery: 10 * time.Millisecond})
			issued := b.issue(t, "pull", transfertoken.Pull)
			src, err := remote.Pull(t.Context(), b.url(), issued.Secret.Reveal(), nil)
			require.NoError(t, err)
			kill(t, b.svc, issued.Token)
			b.awaitEvent(t, remote.EventAborted)
			_, err = transfertest.ReadSnapshot(t.Context(), src)
			require.ErrorIs(t, err, remote.ErrUnauthorized)
			require.NoError(t, src.Close())
		})
		t.Run(name+"/in the middle of a pull", func(t *testing.T) {
			b := newBackend(t, remote.HandlerOptions{RecheckEvery: 10 * time.Millisecond})
			issued := b.issue(t, "pull", transfertoken.Pull)
			src, err := remote.Pull(t.Context(), b.url(), issued.Secret.Reveal(), nil)
			require.NoError(t, err)
			var failure error
			records := 0
			for _, err := range src.Entities(t.Context()) {
				if failure = err; records == 0 {
					kill(t, b.svc, issued.Token)
					b.awaitEvent(t, remote.EventAborted)
				}
				records++
			}
			require.Greater(t, records, 1)
			require.ErrorIs(t, failure, remote.ErrUnauthorized)
			require.NoError(t, src.Close())
		})
	}
	t.Run("narrowed between two checks", func(t *testing.T) {
		b := newBackend(t, remote.HandlerOptions{RecheckEvery: time.Hour})
		before := b.Snapshot()
		issued := b.issue(t, "push", transfertoken.FullAccess)
		for _, when := range []string{"before Begin", "before Commit"} {
			dst, err := remote.Push(t.Context(), b.url(), issued.Secret.Reveal(), nil)
			require.NoError(t, err)
			narrow := func(to transfertoken.Permissions) {
				_, err = b.svc.Update(t.Context(), issued.Token.ID, transfertoken.Changes{Permissions: &to})
				require.NoError(t, err)
			}
			if when == "before Begin" {
				narrow(transfertoken.Pull)
				require.ErrorIs(t, dst.Begin(t.Context(), datatransfer.Start{}), remote.ErrForbidden, when)
			} else {
				require.NoError(t, dst.Begin(t.Context(), datatransfer.Start{}))
				narrow(transfertoken.Pull)
				require.ErrorIs(t, dst.Commit(t.Context()), remote.ErrForbidden, when)
			}
			narrow(transfertoken.FullAccess)
			transfertest.RequireEqual(t, before.Source(), b.Snapshot().Source())
		}
	})
}

func TestBrowserOfAnotherOriginIsRefused(t *testing.T) {
	b := newBackend(t, remote.HandlerOptions{})
	secret := b.issue(t, "pull", transfertoken.Pull).Secret.Reveal()
	for origin, want := range map[string]int{"https://elsewhere.invalid": http.StatusForbidden, b.server.URL: http.StatusSwitchingProtocols} {
		conn, response, _ := websocket.Dial(t.Context(), b.url()+"/transfer/runner/pull", &websocket.DialOptions{
			HTTPHeader: http.Header{"Authorization": {"Bearer " + secret}, "Origin": {origin}},
		})
		require.Equal(t, want, response.StatusCode, origin)
		if conn != nil {
			conn.CloseNow()
		}
	}
}

func TestLimitsEndAPushAndLeaveTheOldData(t *testing.T) {
	for name, limits := range map[string]remote.HandlerLimits{
		"a message": {Message: 2000},
		"a record":  {Record: 40},
		"a file":    {Asset: 3},
		"in all":    {Total: 1000},
		"records":   {Records: 3},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t, remote.HandlerOptions{Limits: limits})
			before := b.Snapshot()
			dst, err := remote.Push(t.Context(), b.url(), b.issue(t, "push", transfertoken.Push).Secret.Reveal(), nil)
			require.NoError(t, err)
			_, err = datatransfer.Run(t.Context(), transfertest.Generate(nil, 2).Source(), dst, nil)
			require.Error(t, err)
			b.awaitEvent(t, remote.EventAborted)
			transfertest.RequireEqual(t, before.Source(), b.Snapshot().Source())
		})
	}
}

func TestSilentClientIsGivenUp(t *testing.T) {
	b := newBackend(t, remote.HandlerOptions{Limits: remote.HandlerLimits{Idle: 20 * time.Millisecond}})
	before := b.Snapshot()
	dst, err := remote.Push(t.Context(), b.url(), b.issue(t, "push", transfertoken.Push).Secret.Reveal(), nil)
	require.NoError(t, err)
	require.NoError(t, dst.Begin(t.Context(), datatransfer.Start{}))
	e := b.awaitEvent(t, remote.EventAborted)
	require.ErrorContains(t, e.Err, "silent")
	transfertest.RequireEqual(t, before.Source(), b.Snapshot().Source())
}

// Replies that nobody reads fill the buffers of the connection. The push must not hold its lock and its transaction until
// the client reads them.
func TestClientThatReadsNothingIsGivenUp(t *testing.T) {
	b := newBackend(t, remote.HandlerOptions{Limits: remote.HandlerLimits{Idle: time.Second}})
	before := b.Snapshot()
	secret := b.issue(t, "push", transfertoken.Push).Secret.Reveal()
	conn, _, err := websocket.Dial(t.Context(), b.url()+"/transfer/runner/push", &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + secret}},
	})
	require.NoError(t, err)
	defer conn.CloseNow()
	write := func(action string, params any) error {
		request := map[string]any{"type": "transfer", "kind": "action", "action": action, "uuid": uuid.NewString()}
		if params != nil {
			request = map[string]any{"type": "command", "command": action, "params": params, "uuid": uuid.NewString()}
		}
		text, err := json.Marshal(request)
		require.NoError(t, err)
		return conn.Write(t.Context(), websocket.MessageText, text)
	}
	require.NoError(t, write("init", map[string]any{"transfer": "push", "options": map[string]any{}}))
	require.NoError(t, write("beforeTransfer", nil))
	for write("getSchemas", nil) == nil {
	}
	e := b.awaitEvent(t, remote.EventAborted)
	require.ErrorContains(t, e.Err, "read nothing")
	transfertest.RequireEqual(t, before.Source(), b.Snapshot().Source())
}

// An error of the backend may hold anything, so the client hears only that there is one.
func TestErrorsOfTheBackendStayThere(t *testing.T) {
	secret := errors.New("password=hunter2 /var/lib/backend")
	b := newBackend(t, remote.HandlerOptions{
		Destination: func(context.Context) (datatransfer.Destination, error) { return nil, secret },
		Source:      func(context.Context) (datatransfer.Source, error) { return nil, secret },
	})
	issued := b.issue(t, "both", transfertoken.FullAccess).Secret.Reveal()
	_, err := remote.Push(t.Context(), b.url(), issued, nil)
	require.ErrorContains(t, err, "failed at the remote")
	require.NotContains(t, err.Error(), "hunter2")
	_, err = remote.Pull(t.Context(), b.url(), issued, nil)
	require.ErrorContains(t, err, "failed at the remote")
	require.NotContains(t, err.Error(), "hunter2")
	e := b.awaitEvent(t, remote.EventAborted)
	require.ErrorIs(t, e.Err, secret)
}

func TestProtectedDataIsRefusedByTheRemoteEnd(t *testing.T) {
	b := newBackend(t, remote.HandlerOptions{Protected: []string{"api::tag.tag"}})
	before := b.Snapshot()
	secret := b.issue(t, "push", transfertoken.Push).Secret.Reveal()
	for _, records := range []struct{ stage, record string }{
		{"entities", `{"type":"admin::user","id":1,"data":{}}`},
		{"entities", `{"type":"api::tag.tag","id":1,"data":{}}`},
		{"entities", `{"type":"plugin::content-releases.release","id":1,"data":{}}`},
		{"entities", `{"type":"api::unknown.unknown","id":1,"data":{}}`},
		{"links", `{"kind":"relation.basic","relation":"oneToOne","left":{"type":"api::note.note","ref":1,"field":"createdBy"},"right":{"type":"admin::user","ref":1}}`},
	} {
		conn, _, err := websocket.Dial(t.Context(), b.url()+"/transfer/runner/push", &websocket.DialOptions{
			HTTPHeader: http.Header{"Authorization": {"Bearer " + secret}},
		})
		require.NoError(t, err)
		conn.SetReadLimit(-1)
		send := func(text string) map[string]any {
			require.NoError(t, conn.Write(t.Context(), websocket.MessageText, []byte(text)))
			_, reply, err := conn.Read(t.Context())
			require.NoError(t, err)
			var m map[string]any
			require.NoError(t, json.Unmarshal(bytes.TrimSpace(reply), &m))
			return m
		}
		require.Nil(t, send(`{"type":"command","command":"init","uuid":"1","params":{"transfer":"push","options":{"strategy":"restore","restore":{}}}}`)["error"])
		require.Nil(t, send(`{"type":"transfer","kind":"action","action":"beforeTransfer","uuid":"2"}`)["error"])
		require.Nil(t, send(`{"type":"transfer","kind":"step","action":"start","step":"` + records.stage + `","uuid":"3"}`)["error"])
		require.NotNil(t, send(`{"type":"transfer","kind":"step","action":"stream","step":"` + records.stage + `","data":[` + records.record + `],"uuid":"4"}`)["error"], records.record)
		require.NotNil(t, send(`{"type":"transfer","kind":"step","action":"end","step":"` + records.stage + `","uuid":"5"}`)["error"], "after a failure every message fails")
		require.NotNil(t, send(`{"type":"transfer","kind":"action","action":"close","uuid":"6"}`)["error"])
		conn.CloseNow()
		transfertest.RequireEqual(t, before.Source(), b.Snapshot().Source())
	}
}
