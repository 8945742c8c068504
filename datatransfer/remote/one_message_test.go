package remote_test

import (
	"bytes"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// manyFiles returns data with a file that needs several messages, and records that do.
func manyFiles() *transfertest.Snapshot {
	data := transfertest.Generate(nil, 2)
	for i := range 350 {
		entity := data.Entities[0]
		entity.ID = datatransfer.IntRef(int64(10_000 + i))
		data.Entities = append(data.Entities, entity)
	}
	data.Files[0].Content = bytes.Repeat([]byte("a file of 4 MB. "), 250_000)
	return data
}

// TestOneMessageAtATimeIsUnderWay holds both ends to the order of Strapi's: a push waits for the reply to a request before
// the next one, and the server of a pull for the acknowledgement of a frame.
func TestOneMessageAtATimeIsUnderWay(t *testing.T) {
	data := manyFiles()
	instance := &transfertest.MemoryInstance{Schemas: data.Schemas}
	require.NoError(t, instance.Fill(t.Context(), data.Source()))
	r := transfertest.NewRemote(t, instance)
	var underWay, most, messages atomic.Int64
	count := func(begins bool) {
		if !begins {
			underWay.Add(-1)
			return
		}
		messages.Add(1)
		most.Store(max(most.Load(), underWay.Add(1)))
	}

	r.Tamper(func(m transfertest.Message) transfertest.Action {
		count(!m.ToClient) // requests, and their replies
		return transfertest.Action{}
	})
	require.NoError(t, push(t.Context(), r, data, nil))
	require.Equal(t, int64(1), most.Load())
	require.Greater(t, messages.Load(), int64(20))

	r.Settle()
	underWay.Store(0)
	most.Store(0)
	messages.Store(0)
	r.Tamper(func(m transfertest.Message) transfertest.Action {
		switch {
		case m.ToClient && bytes.Contains(m.Text[:min(len(m.Text), 80)], []byte(`"data":{"type":"transfer"`)):
			count(true)
		case bytes.HasPrefix(m.Text, []byte(`{"uuid":`)) && !m.ToClient:
			count(false)
		}
		return transfertest.Action{}
	})
	src, err := remote.Pull(t.Context(), r.URL, r.Token, nil)
	require.NoError(t, err)
	got, err := transfertest.ReadSnapshot(t.Context(), src)
	require.NoError(t, err)
	require.NoError(t, src.Close())
	require.Len(t, got.Entities, len(data.Entities))
	require.Equal(t, int64(1), most.Load())
	require.Greater(t, messages.Load(), int64(5))
}
