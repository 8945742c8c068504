package wire_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
)

// recorded returns the messages of recordings of Strapi's own client and server.
func recorded(t testing.TB) []string {
	t.Helper()
	var messages []string
	for _, name := range []string{"push.jsonl", "pull.jsonl"} {
		text, err := os.ReadFile("../../remote/testdata/" + name)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			var m struct {
				From    string
				Message json.RawMessage
			}
			require.NoError(t, json.Unmarshal([]byte(line), &m))
			messages = append(messages, string(m.Message))
		}
	}
	return messages
}

func TestRecordedMessagesAreUnderstood(t *testing.T) {
	for _, text := range recorded(t) {
		_, err := wire.ParseRequest([]byte(text))
		require.NoError(t, err)
		m, err := wire.ParseMessage([]byte(text))
		require.NoError(t, err)
		require.NotEmpty(t, m.UUID)
	}
}

func TestRequestsAreWrittenInTheOrderOfStrapi(t *testing.T) {
	for want, r := range map[string]wire.Request{
		`{"type":"command","command":"init","params":{"a":1},"uuid":"u"}`: {
			Type: wire.TypeCommand, Command: wire.CommandInit, Params: []byte(`{"a":1}`), UUID: "u",
		},
		`{"type":"transfer","kind":"action","action":"close","uuid":"u","transferID":"t"}`: {
			Type: wire.TypeTransfer, Kind: wire.KindAction, Action: wire.ActionClose, UUID: "u", TransferID: "t",
		},
		`{"type":"transfer","kind":"step","action":"stream","step":"links","data":[1],"uuid":"u","transferID":"t"}`: {
			Type: wire.TypeTransfer, Kind: wire.KindStep, Action: wire.StepStream, Step: "links", Data: []byte(`[1]`),
			UUID: "u", TransferID: "t",
		},
	} {
		require.Equal(t, want, string(r.Append(nil)))
		parsed, err := wire.ParseRequest([]byte(want))
		require.NoError(t, err)
		require.Equal(t, r, parsed)
	}
}

func TestErrorsOfTheOtherEndAreCut(t *testing.T) {
	long := strings.Repeat("é", 3000)
	text := wire.AppendReply(nil, "u", nil, &wire.Error{Code: long, Message: long, Step: "transfer"})
	m, err := wire.ParseMessage(text)
	require.NoError(t, err)
	require.Less(t, len(m.Err.Message), 520)
	require.Less(t, len(m.Err.Code), 520)
	require.Equal(t, "transfer", m.Err.Step)
	m, err = wire.ParseMessage([]byte(`{"uuid":"u","data":null,"error":"a text"}`))
	require.NoError(t, err)
	require.Equal(t, `"a text"`, m.Err.Message)
}

func TestBytesAreBase64OrABuffer(t *testing.T) {
	asset := datatransfer.Asset{Name: "a.txt", Metadata: []byte(`{"id":1}`)}
	item, err := wire.ParseItem(wire.AppendStart(nil, "id", asset, 7), nil)
	require.NoError(t, err)
	require.Equal(t, wire.Item{
		Action: wire.ItemStart, AssetID: "id", Name: "a.txt", Size: 7, Metadata: []byte(`{"id":1}`),
	}, item)
	for _, content := range []string{"", "a", "\x00\xff\n", strings.Repeat("bytes", 1000)} {
		for _, inBase64 := range []bool{true, false} {
			item, err := wire.ParseItem(wire.AppendStream(nil, "id", []byte(content), inBase64), make([]byte, 10))
			require.NoError(t, err)
			require.Equal(t, content, string(item.Chunk))
		}
	}
	for _, data := range []string{
		`null`, `1`, `"*"`, `"YQ"`, `[]`, `{}`, `{"type":"Buffer"}`, `{"type":"Buffer","data":[256]}`,
		`{"type":"Buffer","data":[-1]}`, `{"type":"Buffer","data":[1.5]}`, `{"type":"Buffer","data":["1"]}`,
		`{"type":"Buffer","data":[[1]]}`, `{"type":"Other","data":[1]}`, `{"type":"Buffer","data":[1000]}`,
	} {
		_, err := wire.ParseItem([]byte(`{"action":"stream","assetID":"id","data":`+data+`}`), nil)
		require.ErrorIs(t, err, datatransfer.ErrInvalid, data)
	}
	item, err = wire.ParseItem([]byte(`{"action":"stream","assetID":"id","data":"YWI\u003d"}`), nil)
	require.NoError(t, err)
	require.Equal(t, "ab", string(item.Chunk))
}

// Strapi's client reads error.details.details.code of a failure in the step "transfer", and
// shows a TypeError instead of the message if there are no inner details.
func TestErrorHasTheDetailsThatStrapiReads(t *testing.T) {
	for step, want := range map[string]string{
		"transfer": `{"uuid":"u","data":null,"error":{"code":"c","message":"m","details":{"step":"transfer","details":{}}}}`,
		"":         `{"uuid":"u","data":null,"error":{"code":"c","message":"m","details":{"details":{}}}}`,
	} {
		failure := &wire.Error{Code: "c", Message: "m", Step: step}
		text := wire.AppendReply(nil, "u", nil, failure)
		require.Equal(t, want, string(text))
		message, err := wire.ParseMessage(text)
		require.NoError(t, err)
		require.Equal(t, failure, message.Err)
	}
}

func FuzzParseMessage(f *testing.F) {
	for _, text := range recorded(f) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if m, err := wire.ParseMessage(text); err == nil && m.Data != nil {
			frame, ok, err := wire.ParseFrame(m.Data)
			if err == nil && ok {
				written := wire.AppendFrame(nil, m.UUID, wire.Frame{ID: frame.ID, Data: frame.Data, Ended: frame.Ended})
				again, err := wire.ParseMessage(written)
				require.NoError(t, err)
				parsed, ok, err := wire.ParseFrame(again.Data)
				require.NoError(t, err)
				require.True(t, ok)
				require.Equal(t, frame.Ended, parsed.Ended)
				require.Equal(t, string(frame.Data), string(parsed.Data))
			}
		}
		if r, err := wire.ParseRequest(text); err == nil {
			again, err := wire.ParseRequest(r.Append(nil))
			require.NoError(t, err)
			require.Equal(t, r, again)
		}
	})
}

func FuzzParseItem(f *testing.F) {
	f.Add(wire.AppendStart(nil, "id", datatransfer.Asset{Name: "a", Metadata: []byte(`{}`)}, 1))
	f.Add(wire.AppendStream(nil, "id", []byte("bytes"), true))
	f.Add(wire.AppendStream(nil, "id", []byte("bytes"), false))
	f.Add(wire.AppendEnd(nil, "id", strings.Repeat("0", 64)))
	f.Fuzz(func(t *testing.T, text []byte) {
		item, err := wire.ParseItem(text, make([]byte, 8))
		if err != nil {
			require.ErrorIs(t, err, datatransfer.ErrInvalid)
			return
		}
		if item.Action == wire.ItemStream {
			again, err := wire.ParseItem(wire.AppendStream(nil, item.AssetID, item.Chunk, false), nil)
			require.NoError(t, err)
			require.Equal(t, string(item.Chunk), string(again.Chunk))
		}
	})
}
