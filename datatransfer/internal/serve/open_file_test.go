package serve_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/serve"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// sendItems sends a message of the assets stage with items of files.
func (c *client) sendItems(t testing.TB, items ...any) bool {
	t.Helper()
	c.sent++
	return c.exchange(t, map[string]any{
		"uuid": fmt.Sprint(c.sent), "type": "transfer", "kind": "step", "action": "stream", "step": "assets", "data": items,
	})
}

// TestPushThatEndsWithinAFileIsRolledBack ends it after some bytes of a file, while the destination waits for more.
func TestPushThatEndsWithinAFileIsRolledBack(t *testing.T) {
	part := func(asset, action string, more map[string]any) map[string]any {
		item := map[string]any{"action": action, "assetID": asset}
		for name, value := range more {
			item[name] = value
		}
		return item
	}
	start := map[string]any{"data": map[string]any{
		"filename": "a.txt", "filepath": "a.txt", "stats": map[string]any{"size": 6}, "metadata": map[string]any{},
	}}
	bytes := map[string]any{"encoding": "base64", "data": "YWJj"}
	wrong := map[string]any{"checksum": map[string]any{"algorithm": "sha256", "value": fmt.Sprintf("%064d", 0)}}
	longer := part("1", "stream", map[string]any{"encoding": "base64", "data": "YWJjZA=="})
	for name, end := range map[string]func(*testing.T, *client){
		"the connection ends":  func(_ *testing.T, c *client) { c.toServer <- []byte("not JSON") },
		"the client is silent": func(*testing.T, *client) {},
		"a rollback":           func(t *testing.T, c *client) { require.True(t, c.send(t, "rollback")) },
		"an end":               func(t *testing.T, c *client) { require.True(t, c.send(t, "end")) },
		"the stage ends":       func(t *testing.T, c *client) { require.False(t, c.send(t, "end assets")) },
		"a checksum is wrong": func(t *testing.T, c *client) {
			require.False(t, c.sendItems(t, part("1", "end", wrong)))
		},
		"another file begins": func(t *testing.T, c *client) {
			require.False(t, c.sendItems(t, part("2", "start", start)))
		},
		"a part of another file": func(t *testing.T, c *client) {
			require.False(t, c.sendItems(t, part("2", "stream", bytes)))
		},
		"a part without bytes": func(t *testing.T, c *client) {
			require.False(t, c.sendItems(t, part("1", "stream", nil)))
		},
		"more bytes than announced": func(t *testing.T, c *client) {
			c.sendItems(t, longer) // the answer may come before the bytes are counted
			require.False(t, c.send(t, "end assets"))
		},
		"fewer bytes than announced": func(t *testing.T, c *client) {
			c.sendItems(t, part("1", "end", nil))
			require.False(t, c.send(t, "end assets"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			instance := &transfertest.MemoryInstance{Schemas: generated.Schemas}
			dst := &countingDestination{}
			open := func(ctx context.Context) (_ datatransfer.Destination, err error) {
				dst.Destination, err = instance.Destination(ctx)
				return dst, err
			}
			c := &client{pipe: newPipe()}
			lock := serve.NewLock()
			config := serve.Config{Destination: open, Lock: lock}
			if name == "the client is silent" {
				config.Limits.Idle = 100 * time.Millisecond
			}
			done := make(chan error, 1)
			go func() {
				defer close(c.closed)
				_, err := serve.Push(t.Context(), c.pipe, config)
				done <- err
			}()
			require.True(t, c.send(t, "init"))
			require.True(t, c.send(t, "start assets"))
			require.True(t, c.sendItems(t, part("1", "start", start), part("1", "stream", bytes)))
			end(t, c)
			c.send(t, "end")
			require.Error(t, <-done)
			require.True(t, lock.Await(t.Context()), "the lock is still held")
			require.Zero(t, dst.commits)
			require.Equal(t, 1, dst.rollbacks)
		})
	}
}
