package remote_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// pullAll reads everything of a remote.
func pullAll(ctx context.Context, r *transfertest.Remote, opts *remote.Options) (*transfertest.Snapshot, error) {
	src, err := remote.Pull(ctx, r.URL, r.Token, opts)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return transfertest.ReadSnapshot(ctx, src)
}

func TestPullReadsWhatTheRemoteHas(t *testing.T) {
	instance := newInstance(t)
	r := transfertest.NewRemote(t, instance)
	for _, opts := range []*remote.Options{nil, {}, {NoChecksums: true}} {
		pulled, err := pullAll(t.Context(), r, opts)
		require.NoError(t, err)
		transfertest.RequireEqual(t, instance.Snapshot().Source(), pulled.Source())
	}
}

// replaceIn lets a remote send new instead of what matches old in its messages.
func replaceIn(old, new string) func(transfertest.Message) transfertest.Action {
	pattern := regexp.MustCompile(old)
	return func(m transfertest.Message) transfertest.Action {
		if !m.ToClient || !pattern.Match(m.Text) {
			return transfertest.Action{}
		}
		return transfertest.Send(pattern.ReplaceAll(m.Text, []byte(new)))
	}
}

func TestRemoteThatSendsNonsenseIsFoundOut(t *testing.T) {
	r := transfertest.NewRemote(t, newInstance(t))
	for name, c := range map[string]struct {
		tamper func(transfertest.Message) transfertest.Action
		want   error
	}{
		"not JSON":                  {replaceIn(`(?s)^.*$`, `nonsense`), datatransfer.ErrInvalid},
		"a reply to nothing":        {replaceIn(`^\{"uuid":"........`, `{"uuid":"00000000`), datatransfer.ErrInvalid},
		"a member twice":            {replaceIn(`^\{`, `{"error":null,`), datatransfer.ErrInvalid},
		"data of another stage":     {replaceIn(`"id":"[^"]{36}"\}\}$`, `"id":"another"}}`), datatransfer.ErrInvalid},
		"an entity without a type":  {replaceIn(`\{"type":"api::note.note",`, `{`), datatransfer.ErrInvalid},
		"an entity that is a list":  {replaceIn(`"type":"transfer","data":\[\{`, `"type":"transfer","data":[[],{`), datatransfer.ErrInvalid},
		"a name that is a path":     {replaceIn(`"filename":"`, `"filename":"../`), datatransfer.ErrInvalid},
		"a name that is a device":   {replaceIn(`"filename":"[^"]*"`, `"filename":"NUL.txt"`), datatransfer.ErrInvalid},
		"metadata that is null":     {replaceIn(`"metadata":\{`, `"metadata":null,"other":{`), datatransfer.ErrInvalid},
		"bytes that are no base64":  {replaceIn(`"encoding":"base64","data":"`, `"encoding":"base64","data":"*`), datatransfer.ErrInvalid},
		"bytes that were altered":   {replaceIn(`"checksum":\{"algorithm":"sha256","value":"...`, `"checksum":{"algorithm":"sha256","value":"000`), remote.ErrChecksum},
		"no checksum":               {replaceIn(`,"checksum":\{[^}]*\}`, ``), remote.ErrChecksum},
		"another size":              {replaceIn(`"stats":\{"size":`, `"stats":{"size":9`), datatransfer.ErrInvalid},
		"a size below zero":         {replaceIn(`"stats":\{"size":`, `"stats":{"size":-9`), datatransfer.ErrInvalid},
		"a file that never ends":    {replaceIn(`\{"action":"end"`, `{"action":"stream"`), datatransfer.ErrInvalid},
		"bytes before a file":       {replaceIn(`\[\[\{"action":"start"`, `[[{"action":"end","assetID":"x"},{"action":"start"`), datatransfer.ErrInvalid},
		"an unknown part of a file": {replaceIn(`"action":"stream"`, `"action":"jump"`), datatransfer.ErrInvalid},
		"another total":             {replaceIn(`"ok":true,"id"`, `"ok":true,"totals":{"totalBytes":1,"totalCount":99},"id"`), remote.ErrCount},
		"schemas that are a list":   {replaceIn(`"data":\{("[a-z]+::)`, `"data":[],"x":{$1`), datatransfer.ErrInvalid},
		"a message without its end": {replaceIn(`"type":"transfer","data":.*`, ``), remote.ErrInterrupted},
		"deep JSON":                 {replaceIn(`"type":"transfer","data":\[\{`, `"type":"transfer","data":[`+deep(100_000)+`,{`), datatransfer.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			r.Tamper(nil)
			_, err := pullAll(t.Context(), r, nil)
			require.NoError(t, err)
			var tampered atomic.Bool
			r.Tamper(func(m transfertest.Message) transfertest.Action {
				action := c.tamper(m)
				if text := action.Texts(); len(text) == 1 && !bytes.Equal(text[0], m.Text) {
					tampered.Store(true)
				}
				return action
			})
			_, err = pullAll(t.Context(), r, nil)
			require.True(t, tampered.Load(), "the case changes no message")
			require.Error(t, err)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
			require.Less(t, len(err.Error()), 2000)
		})
	}
}

func deep(depth int) string {
	return string(bytes.Repeat([]byte("["), depth)) + string(bytes.Repeat([]byte("]"), depth))
}

func TestErrorOfTheRemoteIsQuotedAndCut(t *testing.T) {
	r := transfertest.NewRemote(t, newInstance(t))
	r.Tamper(replaceIn(`"ended":false,"error":null`, `"ended":true,"error":{"name":"ProviderTransferError","message":"disk `+
		string(bytes.Repeat([]byte("x"), 3000))+`"}`))
	_, err := pullAll(t.Context(), r, nil)
	var reported *remote.RemoteError
	require.ErrorAs(t, err, &reported)
	require.Equal(t, "ProviderTransferError", reported.Code)
	require.Less(t, len(err.Error()), 700)
}

func TestMessageOverTheLimitIsRefused(t *testing.T) {
	r := transfertest.NewRemote(t, newInstance(t))
	_, err := pullAll(t.Context(), r, &remote.Options{MessageLimit: 1000})
	require.ErrorIs(t, err, datatransfer.ErrTooLarge)
}

func TestEndlessPullIsEndedByItsLimits(t *testing.T) {
	r := transfertest.NewRemote(t, newInstance(t))
	for _, opts := range []*remote.Options{{MaxRecords: 5}, {MaxBytes: 500}} {
		_, err := pullAll(t.Context(), r, opts)
		require.ErrorIs(t, err, datatransfer.ErrTooLarge)
	}
	_, err := pullAll(t.Context(), r, &remote.Options{MaxRecords: 10_000, MaxBytes: 1 << 20})
	require.NoError(t, err)
}

func TestProtectedDataOfARemoteIsDroppedOnArrival(t *testing.T) {
	instance := newInstance(t)
	r := transfertest.NewRemote(t, instance)
	want := instance.Snapshot()
	r.Tamper(replaceIn(`"type":"transfer","data":\[\{"type":"api::`,
		`"type":"transfer","data":[{"type":"admin::user","id":1,"data":{"password":"x"}},{"type":"api::`))
	pulled, err := pullAll(t.Context(), r, nil)
	require.NoError(t, err)
	transfertest.RequireEqual(t, want.Source(), pulled.Source())
}

func TestDiagnosticsAreNoReplies(t *testing.T) {
	instance := newInstance(t)
	r := transfertest.NewRemote(t, instance)
	r.Tamper(func(m transfertest.Message) transfertest.Action {
		if !m.ToClient {
			return transfertest.Action{}
		}
		diagnostic := fmt.Sprintf(`{"diagnostic":{"details":{"message":"%d","origin":"test"},"kind":"info"},"uuid":"x"}`, m.Number)
		return transfertest.Send([]byte(diagnostic), m.Text, []byte(diagnostic))
	})
	pulled, err := pullAll(t.Context(), r, nil)
	require.NoError(t, err)
	transfertest.RequireEqual(t, instance.Snapshot().Source(), pulled.Source())
}

func TestDataThatComesBeforeTheReplyToStartIsKept(t *testing.T) {
	instance := newInstance(t)
	r := transfertest.NewRemote(t, instance)
	var held []byte
	r.Tamper(func(m transfertest.Message) transfertest.Action {
		switch {
		case m.ToClient && bytes.Contains(m.Text, []byte(`"ok":true,"id"`)):
			held = bytes.Clone(m.Text)
			return transfertest.Drop()
		case m.ToClient && held != nil:
			reply := held
			held = nil
			return transfertest.Send(m.Text, reply)
		}
		return transfertest.Action{}
	})
	pulled, err := pullAll(t.Context(), r, nil)
	require.NoError(t, err)
	transfertest.RequireEqual(t, instance.Snapshot().Source(), pulled.Source())
}

func TestCutAtAnyMessageOfAPullIsAnError(t *testing.T) {
	r := transfertest.NewRemote(t, newInstance(t))
	for _, toClient := range []bool{true, false} {
		messages := countMessages(t, r, toClient, func() error {
			_, err := pullAll(t.Context(), r, nil)
			return err
		})
		for n := 1; n <= messages; n++ {
			cutAt(r, toClient, n)
			_, err := pullAll(t.Context(), r, nil)
			if err == nil { // the last message tells the remote that all was read
				require.Equal(t, messages, n, "to the client: %t", toClient)
				continue
			}
			require.ErrorIs(t, err, remote.ErrInterrupted, "message %d, to the client: %t", n, toClient)
		}
		r.Tamper(nil)
	}
}

// countMessages returns how many messages of a direction a transfer has, on its longest connection.
func countMessages(t testing.TB, r *transfertest.Remote, toClient bool, transfer func() error) int {
	t.Helper()
	most := 0
	r.Tamper(func(m transfertest.Message) transfertest.Action {
		if m.ToClient == toClient {
			most = max(most, m.Number)
		}
		return transfertest.Action{}
	})
	require.NoError(t, transfer())
	r.Tamper(nil)
	require.NotZero(t, most)
	return most
}

// cutAt lets the remote cut the connection instead of message n of a direction.
func cutAt(r *transfertest.Remote, toClient bool, n int) {
	r.Tamper(func(m transfertest.Message) transfertest.Action {
		if m.ToClient == toClient && m.Number == n {
			return transfertest.Cut()
		}
		return transfertest.Action{}
	})
}
