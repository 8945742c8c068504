package serve_test

import (
	"context"
	"encoding/json"
	"iter"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/serve"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// ask sends a request and returns the text of the error in the reply, or "".
func (c *client) ask(t testing.TB, request map[string]any) string {
	t.Helper()
	text, err := json.Marshal(request)
	require.NoError(t, err)
	c.toServer <- text
	var reply struct{ Error struct{ Message string } }
	require.NoError(t, json.Unmarshal(<-c.toClient, &reply))
	return reply.Error.Message
}

// begin begins a push that replaces what restore says, and returns the text of the first error.
func (c *client) begin(t testing.TB, restore map[string]any) string {
	t.Helper()
	refused := c.ask(t, map[string]any{"uuid": "1", "type": "command", "command": "init", "params": map[string]any{
		"transfer": "push", "options": map[string]any{"strategy": "restore", "restore": restore},
	}})
	if refused != "" {
		return refused
	}
	return c.ask(t, map[string]any{"uuid": "2", "type": "transfer", "kind": "action", "action": "beforeTransfer"})
}

// servePush serves pushes to instance over a pipe until the test ends.
func servePush(t testing.TB, config serve.Config) *client {
	t.Helper()
	c := &client{pipe: newPipe()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = serve.Push(t.Context(), c.pipe, config)
	}()
	t.Cleanup(func() {
		close(c.closed)
		<-done
	})
	return c
}

// Clients compare the text.
func TestASecondPushIsToldThatOneIsInProgressInStrapisWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		instance := &transfertest.MemoryInstance{Schemas: generated.Schemas}
		config := serve.Config{Destination: instance.Destination, Lock: serve.NewLock()}
		first, second := servePush(t, config), servePush(t, config)
		init := map[string]any{"uuid": "1", "type": "command", "command": "init", "params": map[string]any{
			"transfer": "push", "options": map[string]any{},
		}}
		require.Empty(t, second.ask(t, init), "nothing is held yet")
		require.Empty(t, first.begin(t, map[string]any{}))
		before := map[string]any{"uuid": "2", "type": "transfer", "kind": "action", "action": "beforeTransfer"}
		require.Equal(t, "Transfer already in progress", second.ask(t, before))
	})
}

// Strapi's client names all content types of its own side when settings stay.
func TestTypesThatAreNotHereStayAsTheyAre(t *testing.T) {
	instance := &transfertest.MemoryInstance{Schemas: generated.Schemas}
	require.NoError(t, instance.Fill(t.Context(), generated.Source()))
	here, hidden := generated.Entities[0].Type, ""
	for _, entity := range generated.Entities {
		if entity.Type != here && entity.Type != datatransfer.TypeFile {
			hidden = entity.Type
		}
	}
	require.NotEmpty(t, hidden)
	config := serve.Config{Destination: instance.Destination, Lock: serve.NewLock(), Protected: []string{hidden}}
	c := servePush(t, config)
	require.Empty(t, c.begin(t, map[string]any{
		"entities": map[string]any{
			"include": []string{"api::elsewhere.elsewhere", "admin::user", hidden, here},
			"exclude": []string{"api::elsewhere.too", "admin::role"},
		},
		"assets": false, "configuration": map[string]any{"webhook": false, "coreStore": false},
	}))
	require.Empty(t, c.ask(t, map[string]any{"uuid": "3", "type": "transfer", "kind": "action", "action": "close"}))
	left := map[string]int{}
	for _, entity := range instance.Snapshot().Entities {
		left[entity.Type]++
	}
	require.Zero(t, left[here])
	require.NotZero(t, left[hidden])
}

func TestNoLimitOfARecordMeansNone(t *testing.T) {
	instance := &transfertest.MemoryInstance{Schemas: generated.Schemas}
	c := servePush(t, serve.Config{Destination: instance.Destination, Lock: serve.NewLock()})
	require.Empty(t, c.begin(t, map[string]any{}))
	step := map[string]any{"uuid": "3", "type": "transfer", "kind": "step", "action": "start", "step": "configuration"}
	require.Empty(t, c.ask(t, step))
	long := string(make([]byte, datatransfer.MaxRecord/6)) // each is six bytes in JSON
	step["uuid"], step["action"] = "4", "stream"
	step["data"] = []any{map[string]any{"type": "core-store", "value": map[string]any{"key": "long", "value": long}}}
	require.Empty(t, c.ask(t, step))
}

// panickingSource panics when its entities are read.
type panickingSource struct {
	datatransfer.Source
	closed bool
}

func (s *panickingSource) Entities(context.Context) iter.Seq2[datatransfer.Entity, error] {
	panic("the source is broken")
}

func (s *panickingSource) Close() error {
	s.closed = true
	return s.Source.Close()
}

func TestASourceThatPanicsIsClosed(t *testing.T) {
	src := &panickingSource{Source: generated.Source()}
	c := &client{pipe: newPipe()}
	done := make(chan any)
	go func() {
		defer func() { done <- recover() }()
		_, _ = serve.Pull(t.Context(), c.pipe, serve.Config{
			Source: func(context.Context) (datatransfer.Source, error) { return src, nil },
		})
	}()
	require.Empty(t, c.ask(t, map[string]any{"uuid": "1", "type": "command", "command": "init"}))
	step := map[string]any{"uuid": "2", "type": "transfer", "kind": "step", "action": "start", "step": "entities"}
	require.Empty(t, c.ask(t, step))
	require.Equal(t, "the source is broken", <-done)
	require.True(t, src.closed)
}
