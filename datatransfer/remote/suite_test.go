package remote_test

import (
	"context"
	"os"
	"testing"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// overWire is an instance behind a remote end.
type overWire struct{ *transfertest.Remote }

func (o overWire) Source(ctx context.Context) (datatransfer.Source, error) {
	return remote.Pull(ctx, o.URL, o.Token, nil)
}

func (o overWire) Destination(ctx context.Context) (datatransfer.Destination, error) {
	return remote.Push(ctx, o.URL, o.Token, nil)
}

// HoldsFilesInMemory is true of the instance behind the remote end.
func (overWire) HoldsFilesInMemory() bool { return true }

// TestContract holds a pull and a push to the contract of Source and Destination, with a
// remote instance that has types of its own.
func TestContract(t *testing.T) {
	if os.Getenv("TRANSFERTOKEN_TEST_FULL") == "" {
		t.Skip("TRANSFERTOKEN_TEST_FULL is not set: TestRemoteInstanceKeepsTheContract runs the same suite over a handler")
	}
	transfertest.Run(t, func(t testing.TB) transfertest.Instance {
		return overWire{transfertest.NewRemote(t, &transfertest.MemoryInstance{
			Schemas: transfertest.Generate(nil, 1).Schemas,
		})}
	})
}
