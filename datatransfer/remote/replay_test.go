package remote_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// recorded is one message of a recording.
type recorded struct {
	From    string // "client" or "server"
	Message map[string]any
}

func readRecording(t testing.TB, name string) []recorded {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	var all []recorded
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text))
	for lines.Scan() {
		var m recorded
		require.NoError(t, json.Unmarshal(lines.Bytes(), &m))
		all = append(all, m)
	}
	require.NoError(t, lines.Err())
	return all
}

// playServer serves the messages that the server sent in a recording to one client, and checks
// that the client sends what the recorded one sent.
func playServer(t *testing.T, recording []recorded) (url string, done <-chan struct{}) {
	t.Helper()
	finished := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(finished)
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.CloseNow()
		conn.SetReadLimit(-1)
		uuids := map[any]any{} // of the client, by the recorded ones
		for i, m := range recording {
			if m.From == "client" {
				_, text, err := conn.Read(r.Context())
				if err != nil {
					t.Errorf("message %d: %v", i, err)
					return
				}
				var got map[string]any
				if err := json.Unmarshal(text, &got); err != nil {
					t.Errorf("message %d: %v", i, err)
					return
				}
				uuids[m.Message["uuid"]] = got["uuid"]
				if _, isAck := m.Message["type"]; isAck { // an acknowledgement repeats the UUID of the frame
					got["uuid"] = m.Message["uuid"]
				}
				if !equalJSON(m.Message, got) {
					t.Errorf("message %d: the recorded client sent %v, this one %s", i, m.Message, text)
					return
				}
				continue
			}
			message := map[string]any{}
			for key, value := range m.Message {
				message[key] = value
			}
			if own, ok := uuids[message["uuid"]]; ok {
				message["uuid"] = own
			}
			text, err := json.Marshal(message)
			if err != nil {
				t.Error(err)
				return
			}
			if err := conn.Write(r.Context(), websocket.MessageText, text); err != nil {
				t.Errorf("message %d: %v", i, err)
				return
			}
		}
		conn.Read(r.Context()) // until the client hangs up
	}))
	t.Cleanup(server.Close)
	return server.URL + "/admin", finished
}

func equalJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func TestPullSendsWhatStrapisClientSends(t *testing.T) {
	url, done := playServer(t, readRecording(t, "pull.jsonl"))
	ctx := t.Context()
	src, err := remote.Pull(ctx, url, "recorded-token", nil)
	require.NoError(t, err)
	for range 2 { // Strapi's client asks twice
		m, err := src.Metadata(ctx)
		require.NoError(t, err)
		require.Equal(t, "5.54.0", m.StrapiVersion)
	}
	schemas, err := src.Schemas(ctx)
	require.NoError(t, err)
	require.Len(t, schemas, 16)

	entities := collect(t, src.Entities(ctx))
	require.Len(t, entities, 8, "292 of the 300 recorded ones are protected")
	records, _, ok := src.Estimate(ctx, datatransfer.StageAssets)
	require.True(t, ok)
	require.EqualValues(t, 1, records)
	count := 0
	for asset, err := range src.Assets(ctx) {
		require.NoError(t, err)
		count++
		require.Positive(t, asset.Size)
	}
	require.Equal(t, 1, count)
	require.Len(t, collect(t, src.Links(ctx)), 11, "408 of the 419 recorded ones touch a protected type")
	require.NotEmpty(t, collect(t, src.Configuration(ctx)))
	require.NoError(t, src.Close())
	<-done
}

func collect[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for record, err := range seq {
		require.NoError(t, err)
		all = append(all, record)
	}
	return all
}

// recordedData is the data that goes in one direction in a recording.
func recordedData(t testing.TB, recording []recorded) *transfertest.Snapshot {
	t.Helper()
	data := &transfertest.Snapshot{}
	stage := ""
	for _, m := range recording {
		step, _ := m.Message["step"].(string)
		if step != "" {
			stage = step
		}
		items, _ := m.Message["data"].([]any) // of a push
		if frame, ok := m.Message["data"].(map[string]any); ok {
			if m.Message["error"] == nil && frame["api::article.article"] != nil {
				data.Schemas = parseSchemas(t, frame)
			}
			if frame["type"] == "transfer" { // of a pull
				items, _ = frame["data"].([]any)
				if stage == "assets" && len(items) == 1 {
					items, _ = items[0].([]any)
				}
			}
		}
		for _, item := range items {
			addRecorded(t, data, stage, item)
		}
	}
	return data
}

func parseSchemas(t testing.TB, byUID map[string]any) datatransfer.Schemas {
	t.Helper()
	schemas, err := datatransfer.ParseSchemas(func(yield func(json.RawMessage, error) bool) {
		for _, schema := range byUID {
			text, err := json.Marshal(schema)
			if !yield(text, err) {
				return
			}
		}
	})
	require.NoError(t, err)
	return schemas
}

func addRecorded(t testing.TB, data *transfertest.Snapshot, stage string, item any) {
	t.Helper()
	text, err := json.Marshal(item)
	require.NoError(t, err)
	switch datatransfer.Stage(stage) {
	case datatransfer.StageEntities:
		var e datatransfer.Entity
		require.NoError(t, json.Unmarshal(text, &e))
		if !datatransfer.IsProtected(e.Type) {
			data.Entities = append(data.Entities, e)
		}
	case datatransfer.StageLinks:
		var l datatransfer.Link
		require.NoError(t, json.Unmarshal(text, &l))
		if !datatransfer.IsProtected(l.Left.Type) && !datatransfer.IsProtected(l.Right.Type) {
			data.Links = append(data.Links, l)
		}
	case datatransfer.StageConfiguration:
		var c datatransfer.Config
		require.NoError(t, json.Unmarshal(text, &c))
		data.Configuration = append(data.Configuration, c)
	case datatransfer.StageAssets:
		var part struct {
			Action string
			Data   json.RawMessage
		}
		require.NoError(t, json.Unmarshal(text, &part))
		switch part.Action {
		case "start":
			var start struct {
				Filename string
				Metadata json.RawMessage
			}
			require.NoError(t, json.Unmarshal(part.Data, &start))
			data.Files = append(data.Files, transfertest.File{Name: start.Filename, Metadata: start.Metadata})
		case "stream":
			var chunk string
			require.NoError(t, json.Unmarshal(part.Data, &chunk))
			bytes, err := base64.StdEncoding.DecodeString(chunk)
			require.NoError(t, err)
			file := &data.Files[len(data.Files)-1]
			file.Content = append(file.Content, bytes...)
		}
	}
}

// The messages are compared in their order, with what may differ left out: UUIDs, the lists of
// excluded types, and the questions for metadata and schemas, which this client has asked
// before.
func TestPushSendsWhatStrapisClientSends(t *testing.T) {
	recording := readRecording(t, "push.jsonl")
	data := recordedData(t, recording)
	require.Len(t, data.Entities, 6)
	require.Len(t, data.Links, 8)
	require.Len(t, data.Configuration, 24)
	require.Len(t, data.Files, 1)
	r := transfertest.NewRemote(t, &transfertest.MemoryInstance{Schemas: data.Schemas})
	dst, err := remote.Push(t.Context(), r.URL, r.Token, nil)
	require.NoError(t, err)

	var sent []string
	r.Tamper(func(m transfertest.Message) transfertest.Action {
		if !m.ToClient {
			var message map[string]any
			require.NoError(t, json.Unmarshal(m.Text, &message))
			sent = append(sent, comparable(t, message))
		}
		return transfertest.Action{}
	})
	_, err = datatransfer.Run(t.Context(), data.Source(), dst, nil)
	require.NoError(t, err)

	var want []string
	for _, m := range recording {
		if m.From == "client" && m.Message["action"] != "getMetadata" && m.Message["action"] != "getSchemas" {
			want = append(want, comparable(t, m.Message))
		}
	}
	require.Equal(t, want, sent)
}

// comparable returns a message of a client without what may differ.
func comparable(t testing.TB, message map[string]any) string {
	t.Helper()
	for _, name := range []string{"uuid", "transferID"} {
		if message[name] != nil {
			message[name] = "…"
		}
	}
	if params, ok := message["params"].(map[string]any); ok {
		if params["transferID"] != nil {
			params["transferID"] = "…"
		}
		if options, ok := params["options"].(map[string]any); ok {
			entities := options["restore"].(map[string]any)["entities"].(map[string]any)
			excluded := entities["exclude"].([]any)
			for _, uid := range excluded {
				require.True(t, datatransfer.IsProtected(uid.(string)), uid)
			}
			require.Contains(t, excluded, "admin::transfer-token")
			entities["exclude"] = "…"
		}
	}
	if items, ok := message["data"].([]any); ok && message["step"] == "assets" {
		message["data"] = comparableAssets(t, items)
	}
	text, err := json.Marshal(message)
	require.NoError(t, err)
	return string(text)
}

// comparableAssets returns the parts of assets with one hash for the bytes of each, however
// they were cut.
func comparableAssets(t testing.TB, items []any) any {
	t.Helper()
	var parts []any
	sum := sha256.New()
	for _, item := range items {
		part := item.(map[string]any)
		part["assetID"] = "…"
		switch part["action"] {
		case "start":
			delete(part["data"].(map[string]any), "filepath")
		case "stream":
			chunk, err := base64.StdEncoding.DecodeString(part["data"].(string))
			require.NoError(t, err)
			sum.Write(chunk)
			continue
		case "end":
			parts = append(parts, hex.EncodeToString(sum.Sum(nil)))
		}
		parts = append(parts, part)
	}
	return parts
}

// playClient sends the messages of the recorded client to a remote and returns what it answers:
// replies by the order of the requests, and frames as they come.
func playClient(t *testing.T, r *transfertest.Remote, direction string, recording []recorded) (replies []map[string]any, frames []map[string]any) {
	t.Helper()
	ctx := t.Context()
	conn, _, err := websocket.Dial(ctx, strings.Replace(r.URL, "http", "ws", 1)+"/transfer/runner/"+direction, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + r.Token}},
	})
	require.NoError(t, err)
	defer conn.CloseNow()
	conn.SetReadLimit(-1)
	var transferID any
	for _, m := range recording {
		if m.From != "client" || m.Message["type"] == nil {
			continue
		}
		if m.Message["transferID"] != nil {
			m.Message["transferID"] = transferID
		}
		if params, ok := m.Message["params"].(map[string]any); ok && params["transferID"] != nil {
			params["transferID"] = transferID
		}
		writeJSON(t, ctx, conn, m.Message)
		reply := readJSON(t, ctx, conn)
		require.Equal(t, m.Message["uuid"], reply["uuid"])
		if data, ok := reply["data"].(map[string]any); ok && data["transferID"] != nil {
			transferID = data["transferID"]
		}
		replies = append(replies, reply)
		for ended := direction == "push" || m.Message["action"] != "start"; !ended; {
			frame := readJSON(t, ctx, conn)
			writeJSON(t, ctx, conn, map[string]any{"uuid": frame["uuid"]})
			ended = frame["data"].(map[string]any)["ended"].(bool)
			frames = append(frames, frame)
		}
	}
	return replies, frames
}

func writeJSON(t testing.TB, ctx context.Context, conn *websocket.Conn, message any) {
	t.Helper()
	text, err := json.Marshal(message)
	require.NoError(t, err)
	require.NoError(t, conn.Write(ctx, websocket.MessageText, text))
}

func readJSON(t testing.TB, ctx context.Context, conn *websocket.Conn) (message map[string]any) {
	t.Helper()
	_, text, err := conn.Read(ctx)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &message))
	return message
}

func TestRemoteEndAnswersARecordedPushAsStrapiDoes(t *testing.T) {
	recording := readRecording(t, "push.jsonl")
	data := recordedData(t, recording)
	instance := &transfertest.MemoryInstance{Schemas: data.Schemas}
	replies, _ := playClient(t, transfertest.NewRemote(t, instance), "push", readRecording(t, "push.jsonl"))
	var want []map[string]any
	for _, m := range recording {
		if m.From == "server" {
			want = append(want, m.Message)
		}
	}
	require.Len(t, replies, len(want))
	for i := range want {
		for _, reply := range []map[string]any{want[i], replies[i]} {
			if answer, ok := reply["data"].(map[string]any); ok {
				for name := range answer {
					if name == "transferID" || name == "createdAt" || name == "strapi" {
						delete(answer, name)
					}
				}
			}
		}
		require.Equal(t, want[i], replies[i], "reply %d", i)
	}
	transfertest.RequireEquivalent(t, data.Source(), instance.Snapshot().Source())
}

func TestRemoteEndAnswersARecordedPullAsStrapiDoes(t *testing.T) {
	recording := readRecording(t, "pull.jsonl")
	data := recordedData(t, recording)
	require.Len(t, data.Entities, 8)
	require.Len(t, data.Links, 11)
	instance := &transfertest.MemoryInstance{Schemas: data.Schemas}
	require.NoError(t, instance.Fill(t.Context(), data.Source()))
	replies, frames := playClient(t, transfertest.NewRemote(t, instance), "pull", readRecording(t, "pull.jsonl"))
	require.Len(t, replies, len(slices.DeleteFunc(slices.Clone(recording), func(m recorded) bool {
		return m.From == "server" || m.Message["type"] == nil
	})))
	played := make([]recorded, 0, len(frames))
	for _, reply := range replies {
		require.Nil(t, reply["error"])
	}
	stages := []string{"entities", "assets", "links", "configuration"}
	for _, frame := range frames {
		frame["step"] = stages[0]
		played = append(played, recorded{"server", frame})
		if frame["data"].(map[string]any)["ended"] == true {
			stages = stages[1:]
		}
	}
	got := recordedData(t, played)
	got.Schemas, got.Metadata = instance.Snapshot().Schemas, instance.Snapshot().Metadata
	transfertest.RequireEqual(t, instance.Snapshot().Source(), got.Source())
}
