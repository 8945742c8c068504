//go:build unix

package main_test

import (
	"context"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// program returns xfer as a process of its own. Words before the command with a = in them are
// its environment.
func program(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	var env []string
	for len(args) > 0 && strings.Contains(args[0], "=") {
		env, args = append(env, args[0]), args[1:]
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(append(os.Environ(), asProgram+"=1"), env...)
	return cmd
}

// runKilled runs a process and kills it when message n of a direction passes. It returns when the
// process and the remote have ended.
func runKilled(t testing.TB, r *transfertest.Remote, cmd *exec.Cmd, toClient bool, n int) {
	t.Helper()
	started := make(chan struct{})
	r.Tamper(func(m transfertest.Message) transfertest.Action {
		if m.ToClient != toClient || m.Number != n {
			return transfertest.Action{}
		}
		<-started
		_ = cmd.Process.Kill()
		return transfertest.Cut()
	})
	require.NoError(t, cmd.Start())
	close(started)
	require.Error(t, cmd.Wait(), "message %d, to the client: %t", n, toClient)
	r.Settle()
}

// rounds returns how often a process is killed at a random message in each direction of each test.
func rounds() int {
	if os.Getenv("TRANSFERTOKEN_TEST_FULL") != "" {
		return 100
	}
	return 12
}

func TestKilledPullLeavesTheOldArchiveOrTheNew(t *testing.T) {
	r, instance := remoteWith(t, 1)
	base := filepath.Join(t.TempDir(), "backup")
	pull := []string{"XFER_TOKEN=" + r.Token, "pull", "--force", "--no-encrypt", r.URL, base}
	for range rounds() {
		runKilled(t, r, program(t, pull...), true, 1+rand.IntN(14))
		require.NoFileExists(t, base+".tar.gz")
	}
	r.Tamper(nil)
	output, err := program(t, pull...).CombinedOutput()
	require.NoError(t, err, string(output))
	entries, err := os.ReadDir(filepath.Dir(base))
	require.NoError(t, err)
	require.Len(t, entries, 1, "what the killed ones left is gone")
	old, err := os.ReadFile(base + ".tar.gz")
	require.NoError(t, err)
	for range rounds() {
		runKilled(t, r, program(t, pull...), false, 1+rand.IntN(14))
		now, err := os.ReadFile(base + ".tar.gz")
		require.NoError(t, err)
		require.Equal(t, old, now)
	}
	reader, err := archive.Open(t.Context(), base+".tar.gz", nil)
	require.NoError(t, err)
	defer reader.Close()
	transfertest.RequireEqual(t, instance.Snapshot().Source(), reader)
}

func TestKilledPushLeavesTheOldData(t *testing.T) {
	from, _ := remoteWith(t, 2)
	base := filepath.Join(t.TempDir(), "backup")
	require.Zero(t, xfer(t, "XFER_TOKEN="+from.Token, "pull", "--no-encrypt", from.URL, base).code)
	r, instance := remoteWith(t, 1)
	before := instance.Snapshot()
	for i := range 2 * rounds() {
		cmd := program(t, "XFER_TOKEN="+r.Token, "push", "--force", base+".tar.gz", r.URL)
		runKilled(t, r, cmd, i%2 == 0, 1+rand.IntN(14))
		transfertest.RequireEqual(t, before.Source(), instance.Snapshot().Source())
	}
	r.Tamper(nil)
	require.Zero(t, xfer(t, "XFER_TOKEN="+r.Token, "push", "--force", base+".tar.gz", r.URL).code)
	transfertest.RequireEquivalent(t, transfertest.Generate(nil, 2).Source(), instance.Snapshot().Source())
}

// memoryLimit is how much more memory than xfer --version a process may need at its peak while a
// file of bigFile bytes goes through it, in KiB.
const memoryLimit = 64 << 10

// peak runs a process and returns the most memory that it had, in KiB.
func peak(t testing.TB, cmd *exec.Cmd) int64 {
	t.Helper()
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return int64(usage.Maxrss)
}

func TestMemoryStaysFlatWhileABigFileIsPulledAndPushed(t *testing.T) {
	start := peak(t, program(t, "--version"))
	r := transfertest.NewRemote(t, &bigInstance{})
	base := filepath.Join(t.TempDir(), "backup")
	pulled := peak(t, program(t, "XFER_TOKEN="+r.Token, "pull", "--no-encrypt", "--no-compress", r.URL, base))
	require.Less(t, pulled-start, int64(memoryLimit), "KiB above the start, for a pull")
	info, err := os.Stat(base + ".tar")
	require.NoError(t, err)
	require.Greater(t, info.Size(), int64(bigFile))
	pushed := peak(t, program(t, "XFER_TOKEN="+r.Token, "push", "--force", base+".tar", r.URL))
	require.Less(t, pushed-start, int64(memoryLimit), "KiB above the start, for a push")
	t.Logf("peak of resident memory in KiB: %d at the start, %d for a pull, %d for a push", start, pulled, pushed)
}

// bigInstance has one big file, and forgets what it is sent.
type bigInstance struct{ transfertest.MemoryInstance }

func (b *bigInstance) Source(ctx context.Context) (datatransfer.Source, error) {
	data := transfertest.Generate(nil, 1)
	return &bigSource{data.Source(), data.Files[0].Metadata, data.Files[0].Name}, nil
}

func (b *bigInstance) Destination(context.Context) (datatransfer.Destination, error) {
	return &forgetful{schemas: transfertest.Generate(nil, 1).Schemas}, nil
}

type bigSource struct {
	datatransfer.Source
	metadata []byte
	name     string
}

func (s *bigSource) Assets(context.Context) iter.Seq2[datatransfer.Asset, error] {
	return func(yield func(datatransfer.Asset, error) bool) {
		yield(datatransfer.Asset{
			Name: s.name, Size: bigFile, Metadata: s.metadata, Body: io.LimitReader(rand.NewChaCha8([32]byte{}), bigFile),
		}, nil)
	}
}

// forgetful is a Destination that forgets.
type forgetful struct{ schemas datatransfer.Schemas }

func (f *forgetful) Schemas(context.Context) (datatransfer.Schemas, error) { return f.schemas, nil }
func (f *forgetful) Begin(context.Context, datatransfer.Start) error       { return nil }
func (f *forgetful) Commit(context.Context) error                          { return nil }
func (f *forgetful) Rollback(context.Context) error                        { return nil }

func (f *forgetful) WriteEntities(_ context.Context, seq iter.Seq2[datatransfer.Entity, error]) error {
	return forget(seq)
}

func (f *forgetful) WriteLinks(_ context.Context, seq iter.Seq2[datatransfer.Link, error]) error {
	return forget(seq)
}

func (f *forgetful) WriteConfiguration(_ context.Context, seq iter.Seq2[datatransfer.Config, error]) error {
	return forget(seq)
}

func (f *forgetful) WriteAssets(_ context.Context, seq iter.Seq2[datatransfer.Asset, error]) error {
	for asset, err := range seq {
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, asset.Body); err != nil {
			return err
		}
	}
	return nil
}

func forget[T any](seq iter.Seq2[T, error]) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}
