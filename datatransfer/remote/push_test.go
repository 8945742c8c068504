package remote_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// push transfers data to a remote.
func push(ctx context.Context, r *transfertest.Remote, data *transfertest.Snapshot, opts *datatransfer.Options) error {
	dst, err := remote.Push(ctx, r.URL, r.Token, nil)
	if err != nil {
		return err
	}
	_, err = datatransfer.Run(ctx, data.Source(), dst, opts)
	return err
}

func TestPushReplacesWhatTheRemoteHas(t *testing.T) {
	instance := newInstance(t)
	r := transfertest.NewRemote(t, instance)
	data := transfertest.Generate(nil, 2)
	require.NoError(t, push(t.Context(), r, data, nil))
	transfertest.RequireEquivalent(t, data.Source(), instance.Snapshot().Source())
}

func TestCutAtAnyMessageOfAPushLeavesOldOrNew(t *testing.T) {
	old, data := transfertest.Generate(nil, 1), transfertest.Generate(nil, 2)
	instance := newInstance(t)
	r := transfertest.NewRemote(t, instance)
	for _, toClient := range []bool{true, false} {
		messages := countMessages(t, r, toClient, func() error { return push(t.Context(), r, data, nil) })
		unknown := 0
		for n := 1; n <= messages; n++ {
			require.NoError(t, instance.Fill(t.Context(), old.Source()))
			cutAt(r, toClient, n)
			err := push(t.Context(), r, data, nil)
			r.Settle()
			switch {
			case err == nil: // only the farewell is left
				transfertest.RequireEquivalent(t, data.Source(), instance.Snapshot().Source())
			case errors.Is(err, datatransfer.ErrCommitUnknown):
				unknown++
				if !isEquivalent(t, old, instance.Snapshot()) {
					transfertest.RequireEquivalent(t, data.Source(), instance.Snapshot().Source())
				}
			default:
				require.ErrorIs(t, err, remote.ErrInterrupted, "message %d, to the client: %t", n, toClient)
				transfertest.RequireEquivalent(t, old.Source(), instance.Snapshot().Source())
			}
		}
		r.Tamper(nil)
		require.Equal(t, 1, unknown, "only the reply to close, or close itself, leaves doubts")
	}
}

func isEquivalent(t testing.TB, want, got *transfertest.Snapshot) bool {
	t.Helper()
	differences, err := transfertest.Compare(t.Context(), want.Source(), got.Source(), &transfertest.CompareOptions{IgnoreIDs: true})
	require.NoError(t, err)
	return len(differences) == 0
}

func TestRemoteThatHasTakenAnotherNumberOfRecordsIsFoundOut(t *testing.T) {
	instance := newInstance(t)
	r := transfertest.NewRemote(t, instance)
	for _, stage := range datatransfer.Stages() {
		ending := false
		r.Tamper(func(m transfertest.Message) transfertest.Action {
			if !m.ToClient {
				ending = bytes.Contains(m.Text, []byte(`"action":"end","step":"`+string(stage)+`"`))
				return transfertest.Action{}
			}
			if !ending {
				return transfertest.Action{}
			}
			return transfertest.Send(bytes.Replace(m.Text, []byte(`"finished":`), []byte(`"finished":7`), 1))
		})
		err := push(t.Context(), r, transfertest.Generate(nil, 2), nil)
		require.ErrorIs(t, err, remote.ErrCount, string(stage))
		r.Settle()
		transfertest.RequireEquivalent(t, transfertest.Generate(nil, 1).Source(), instance.Snapshot().Source())
	}
}

func TestBytesGoAsBase64OnlyIfTheRemoteAgrees(t *testing.T) {
	instance := newInstance(t)
	r := transfertest.NewRemote(t, instance)
	data := transfertest.Generate(nil, 2)
	sent := ""
	tamper := func(agree bool) func(m transfertest.Message) transfertest.Action {
		return func(m transfertest.Message) transfertest.Action {
			switch {
			case m.ToClient && !agree:
				return transfertest.Send(bytes.Replace(m.Text, []byte(`,"assetEncoding":"base64"`), nil, 1))
			case bytes.Contains(m.Text, []byte(`"encoding":"base64"`)):
				sent += "base64 "
			case bytes.Contains(m.Text, []byte(`{"type":"Buffer","data":[`)):
				sent += "Buffer "
			}
			return transfertest.Action{}
		}
	}
	r.Tamper(tamper(true))
	require.NoError(t, push(t.Context(), r, data, nil))
	require.Contains(t, sent, "base64")
	require.NotContains(t, sent, "Buffer")

	sent = ""
	r.Tamper(tamper(false))
	require.NoError(t, push(t.Context(), r, data, nil))
	require.NotContains(t, sent, "base64")
	require.Contains(t, sent, "Buffer")
	transfertest.RequireEquivalent(t, data.Source(), instance.Snapshot().Source())
}

// A Strapi before 5.54 does not know rollback, and takes close for a commit.
func TestPushThatFailsNeverSendsClose(t *testing.T) {
	instance := newInstance(t)
	r := transfertest.NewRemote(t, instance)
	var sent []string
	r.Tamper(func(m transfertest.Message) transfertest.Action {
		var request struct{ UUID, Action string }
		require.NoError(t, json.Unmarshal(m.Text, &request))
		if m.ToClient {
			return transfertest.Action{}
		}
		sent = append(sent, request.Action)
		return transfertest.Action{}
	})
	failure := errors.New("the source fails")
	dst, err := remote.Push(t.Context(), r.URL, r.Token, nil)
	require.NoError(t, err)
	require.Contains(t, sent, "rollback", "what was asked for the schemas is given up as well")
	sent = nil
	_, err = datatransfer.Run(t.Context(), &failingSource{transfertest.Generate(nil, 2).Source(), failure}, dst, nil)
	require.ErrorIs(t, err, failure)
	require.Contains(t, sent, "rollback")
	require.NotContains(t, sent, "close")
	r.Settle()
	transfertest.RequireEquivalent(t, transfertest.Generate(nil, 1).Source(), instance.Snapshot().Source())
	require.NoError(t, dst.Rollback(t.Context()), "again")
}

func TestCommitWithADoneContextIsNotSent(t *testing.T) {
	instance := newInstance(t)
	r := transfertest.NewRemote(t, instance)
	dst, err := remote.Push(t.Context(), r.URL, r.Token, nil)
	require.NoError(t, err)
	require.NoError(t, dst.Begin(t.Context(), datatransfer.Start{}))
	done, cancel := context.WithCancel(t.Context())
	cancel()
	err = dst.Commit(done)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, datatransfer.ErrCommitUnknown)
	require.NoError(t, dst.Rollback(t.Context()))
	r.Settle()
	transfertest.RequireEquivalent(t, transfertest.Generate(nil, 1).Source(), instance.Snapshot().Source())
}

func TestPushWhileAnotherOneRunsIsTold(t *testing.T) {
	r := transfertest.NewRemote(t, newInstance(t))
	first, err := remote.Push(t.Context(), r.URL, r.Token, nil)
	require.NoError(t, err)
	require.NoError(t, first.Begin(t.Context(), datatransfer.Start{}))
	_, err = remote.Push(t.Context(), r.URL, r.Token, nil)
	require.ErrorIs(t, err, remote.ErrBusy)
	require.NoError(t, first.Rollback(t.Context()))
	require.NoError(t, push(t.Context(), r, transfertest.Generate(nil, 2), nil))
}

// The table is that of the flags of Strapi's own client, recorded.
// unsure is a destination that commits and does not know it.
type unsure struct{ datatransfer.Destination }

func (d unsure) Commit(ctx context.Context) error {
	return errors.Join(d.Destination.Commit(ctx), datatransfer.ErrCommitUnknown)
}

func TestCommitThatTheRemoteIsUnsureOfIsUnknownHereToo(t *testing.T) {
	b := newBackend(t, remote.HandlerOptions{Destination: func(ctx context.Context) (datatransfer.Destination, error) {
		dst, err := newInstance(t).Destination(ctx)
		return unsure{dst}, err
	}})
	dst, err := remote.Push(t.Context(), b.url(), b.issue(t, "push", transfertoken.Push).Secret.Reveal(), nil)
	require.NoError(t, err)
	_, err = datatransfer.Run(t.Context(), transfertest.Generate(nil, 2).Source(), dst, nil)
	require.ErrorIs(t, err, datatransfer.ErrCommitUnknown)
}

func TestMessagesStaySmallHoweverManyFilesAreEmpty(t *testing.T) {
	instance := newInstance(t)
	r := transfertest.NewRemote(t, instance)
	var largest atomic.Int64
	r.Tamper(func(m transfertest.Message) transfertest.Action {
		if !m.ToClient {
			largest.Store(max(largest.Load(), int64(len(m.Text))))
		}
		return transfertest.Action{}
	})
	data := transfertest.Generate(nil, 2)
	data.Files[0].Content = nil
	for i := range 400 {
		file := data.Files[0]
		file.Name = fmt.Sprintf("empty_%d.txt", i)
		file.Metadata = json.RawMessage(`{"caption":"` + strings.Repeat("a long caption ", 1000) + `"}`)
		data.Files = append(data.Files, file)
	}
	require.NoError(t, push(t.Context(), r, data, nil))
	require.Less(t, largest.Load(), int64(2<<20))
	require.Len(t, instance.Snapshot().Files, len(data.Files))
}

// A Strapi would take it, as it compares no sizes.
func TestFileThatIsShorterThanItSaysIsNotSent(t *testing.T) {
	r := transfertest.NewRemote(t, newInstance(t))
	data := transfertest.Generate(nil, 2)
	for _, body := range []io.Reader{
		strings.NewReader("hello"), io.MultiReader(strings.NewReader("hello"), iotest.ErrReader(io.ErrUnexpectedEOF)),
	} {
		dst, err := remote.Push(t.Context(), r.URL, r.Token, nil)
		require.NoError(t, err)
		require.NoError(t, dst.Begin(t.Context(), datatransfer.Start{Schemas: data.Schemas}))
		err = dst.WriteAssets(t.Context(), func(yield func(datatransfer.Asset, error) bool) {
			yield(datatransfer.Asset{Name: "a.txt", Size: 6, Metadata: data.Files[0].Metadata, Body: body}, nil)
		})
		require.ErrorContains(t, err, "a.txt: invalid: 5 bytes, of 6")
		require.NotErrorAs(t, err, new(*remote.RemoteError))
		require.NoError(t, dst.Rollback(t.Context()))
	}
}

// flag returns the values of a flag that is given unless value is "".
func flag(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func TestScopeBecomesWhatTheRemoteClears(t *testing.T) {
	all := "all content types"
	for _, c := range []struct {
		only, exclude, onlyTypes string
		include                  any // nil: not there
		assets, webhook, core    bool
		stages                   string
	}{
		{"", "", "", nil, true, true, true, "entities assets links configuration"},
		{"files", "", "", []string{}, true, false, false, "assets"},
		{"config", "", "", []string{}, false, true, true, "configuration"},
		{"", "files", "", nil, false, true, true, "entities links configuration"},
		{"content", "", "api::note.note", []string{"api::note.note"}, false, false, false, "entities links"},
		{"content", "", "", all, false, false, false, "entities links"},
		{"", "config", "", all, true, false, false, "entities assets links"},
	} {
		t.Run(fmt.Sprintf("only %q exclude %q types %q", c.only, c.exclude, c.onlyTypes), func(t *testing.T) {
			instance := newInstance(t)
			r := transfertest.NewRemote(t, instance)
			var init, stages string
			r.Tamper(func(m transfertest.Message) transfertest.Action {
				if m.ToClient {
					return transfertest.Action{}
				}
				var request struct{ Command, Action, Step string }
				require.NoError(t, json.Unmarshal(m.Text, &request))
				if request.Command == "init" {
					init = string(m.Text)
				}
				if request.Step != "" && request.Action == "start" {
					stages += " " + request.Step
				}
				return transfertest.Action{}
			})
			scope, err := datatransfer.ParseScope(flag(c.only), flag(c.exclude), flag(c.onlyTypes), nil)
			require.NoError(t, err)
			require.NoError(t, push(t.Context(), r, transfertest.Generate(nil, 2), &datatransfer.Options{Scope: scope}))

			var message struct {
				Params struct {
					Transfer      string
					Checksums     bool
					AssetEncoding string
					Options       struct {
						Strategy string
						Restore  struct {
							Entities      map[string][]string
							Assets        bool
							Configuration map[string]bool
						}
					}
				}
			}
			require.NoError(t, json.Unmarshal([]byte(init), &message))
			restore := message.Params.Options.Restore
			require.Equal(t, "restore", message.Params.Options.Strategy)
			require.Equal(t, "base64", message.Params.AssetEncoding)
			require.Contains(t, restore.Entities["exclude"], "plugin::content-releases.release")
			include, there := restore.Entities["include"]
			switch want := c.include.(type) {
			case nil:
				require.False(t, there)
			case string:
				require.Greater(t, len(include), 2)
				for _, uid := range include {
					require.False(t, datatransfer.IsProtected(uid))
				}
			default:
				require.Equal(t, want, include)
			}
			require.Equal(t, c.assets, restore.Assets)
			require.Equal(t, map[string]bool{"webhook": c.webhook, "coreStore": c.core}, restore.Configuration)
			require.Equal(t, c.stages, strings.TrimSpace(stages))
		})
	}
}

// failingSource fails in the middle of the links.
type failingSource struct {
	datatransfer.Source
	err error
}

func (f *failingSource) Links(ctx context.Context) iter.Seq2[datatransfer.Link, error] {
	return func(yield func(datatransfer.Link, error) bool) {
		for link, err := range f.Source.Links(ctx) {
			if !yield(link, err) || err != nil {
				return
			}
			break
		}
		yield(datatransfer.Link{}, f.err)
	}
}
