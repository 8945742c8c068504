package remote_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// rawClient sends requests as Strapi's client does: whatever the answers are.
type rawClient struct {
	conn       *websocket.Conn
	sent       int
	transferID string
}

func dialRaw(t *testing.T, b *backend, direction string, token transfertoken.Issued) *rawClient {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), b.url()+"/transfer/runner/"+direction, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + token.Secret.Reveal()}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { conn.CloseNow() })
	c := &rawClient{conn: conn}
	var begun struct{ TransferID string }
	params := `{"transfer":"pull"}`
	if direction == "push" {
		params = `{"transfer":"push","options":{"strategy":"restore","restore":{}}}`
	}
	reply := c.ask(t, `"type":"command","command":"init","params":`+params)
	require.NoError(t, json.Unmarshal(reply.Data, &begun))
	c.transferID = begun.TransferID
	return c
}

type rawReply struct {
	UUID  string
	Data  json.RawMessage
	Error *struct{ Code, Message string }
}

// ask sends a request with these members and returns the reply.
func (c *rawClient) ask(t *testing.T, members string) rawReply {
	t.Helper()
	c.sent++
	uuid := fmt.Sprint(c.sent)
	require.NoError(t, c.conn.Write(t.Context(), websocket.MessageText, []byte(`{"uuid":"`+uuid+`",`+members+`}`)))
	_, text, err := c.conn.Read(t.Context())
	require.NoError(t, err)
	var reply rawReply
	require.NoError(t, json.Unmarshal(text, &reply))
	require.Equal(t, uuid, reply.UUID)
	return reply
}

func action(name string) string { return `"type":"transfer","kind":"action","action":"` + name + `"` }

func step(name, stage string) string {
	return `"type":"transfer","kind":"step","action":"` + name + `","step":"` + stage + `","data":[]`
}

// requireClosed requires that the remote end closes the connection with a code.
func (c *rawClient) requireClosed(t *testing.T, code websocket.StatusCode) {
	t.Helper()
	_, _, err := c.conn.Read(t.Context())
	require.Equal(t, code, websocket.CloseStatus(err))
}

// Strapi's client does not notice that a connection has ended while it waits for an answer, and
// it ignores some answers. So a client that asks on after a failure is answered.
func TestPushIsToldWhyItsTokenDiedWhateverItAsksNext(t *testing.T) {
	b := newBackend(t, remote.HandlerOptions{RecheckEvery: 10 * time.Millisecond})
	before := b.Snapshot()
	issued := b.issue(t, "push", transfertoken.Push)
	c := dialRaw(t, b, "push", issued)
	require.Nil(t, c.ask(t, action("beforeTransfer")).Error)
	require.Nil(t, c.ask(t, step("start", "assets")).Error)
	require.NoError(t, b.svc.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision))
	require.ErrorIs(t, b.awaitEvent(t, remote.EventAborted).Err, transfertoken.ErrUnauthorized)
	transfertest.RequireEqual(t, before.Source(), b.Snapshot().Source())

	reply := c.ask(t, step("stream", "assets"))
	require.Equal(t, "UnauthorizedError", reply.Error.Code)
	require.Equal(t, "Missing or invalid credentials", reply.Error.Message)
	for _, request := range []string{step("end", "assets"), step("start", "links"), action("close")} {
		reply = c.ask(t, request)
		require.Equal(t, "ProviderTransferError", reply.Error.Code)
		require.Equal(t, "Transfer has been terminated: Missing or invalid credentials", reply.Error.Message)
	}
	require.Nil(t, c.ask(t, action("rollback")).Error)
	require.Nil(t, c.ask(t, `"type":"command","command":"end","params":{"transferID":"`+c.transferID+`"}`).Error)
	c.requireClosed(t, websocket.StatusPolicyViolation)
	transfertest.RequireEqual(t, before.Source(), b.Snapshot().Source())
}

func TestPullIsToldWhyItsTokenDiedAndMayClose(t *testing.T) {
	b := newBackend(t, remote.HandlerOptions{RecheckEvery: 10 * time.Millisecond})
	issued := b.issue(t, "pull", transfertoken.Pull)
	c := dialRaw(t, b, "pull", issued)
	require.NoError(t, b.svc.Delete(t.Context(), issued.Token.ID, transfertoken.AnyRevision))
	b.awaitEvent(t, remote.EventAborted)

	reply := c.ask(t, action("getSchemas"))
	require.Equal(t, "UnauthorizedError", reply.Error.Code)
	require.Equal(t, "Missing or invalid credentials", reply.Error.Message)
	require.Equal(t, "Transfer has been terminated: Missing or invalid credentials", c.ask(t, step("start", "links")).Error.Message)
	require.Nil(t, c.ask(t, action("close")).Error)
	c.requireClosed(t, websocket.StatusPolicyViolation)
}

func TestPullThatFailsMayBeClosed(t *testing.T) {
	b := newBackend(t, remote.HandlerOptions{Source: func(context.Context) (datatransfer.Source, error) {
		return noSchemas{}, nil
	}})
	c := dialRaw(t, b, "pull", b.issue(t, "pull", transfertoken.Pull))
	require.Equal(t, "The transfer failed at the remote", c.ask(t, action("getSchemas")).Error.Message)
	b.awaitEvent(t, remote.EventAborted)
	require.Nil(t, c.ask(t, action("close")).Error)
	c.requireClosed(t, websocket.StatusInternalError)
}

type noSchemas struct{ datatransfer.Source }

func (noSchemas) Schemas(context.Context) (datatransfer.Schemas, error) {
	return nil, errors.New("no schemas")
}

func (noSchemas) Close() error { return nil }

// Strapi's client drops the answer to its last batch of files.
func TestEndOfAStageSaysWhyItsLastBatchFailed(t *testing.T) {
	b := newBackend(t, remote.HandlerOptions{})
	c := dialRaw(t, b, "push", b.issue(t, "push", transfertoken.Push))
	require.Nil(t, c.ask(t, step("start", "entities")).Error)
	reason := c.ask(t, `"type":"transfer","kind":"step","action":"stream","step":"entities","data":[{}]`).Error.Message
	require.Equal(t, "Transfer has been terminated: "+reason, c.ask(t, step("end", "entities")).Error.Message)
}
