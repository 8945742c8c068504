package transfertest_test

import (
	"context"
	"testing"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// backend stands for the implementation to check.
type backend struct{ transfertest.MemoryInstance }

func openBackend(string) *backend { return new(backend) }

func (b *backend) Export(ctx context.Context) (datatransfer.Source, error) { return b.Source(ctx) }

func (b *backend) Import(ctx context.Context) (datatransfer.Destination, error) {
	return b.Destination(ctx)
}

// backendInstance is all that a test of the backend needs.
type backendInstance struct{ db *backend }

func (i backendInstance) Source(ctx context.Context) (datatransfer.Source, error) {
	return i.db.Export(ctx)
}

func (i backendInstance) Destination(ctx context.Context) (datatransfer.Destination, error) {
	return i.db.Import(ctx)
}

// In a file of tests, this is TestTransfer.
func ExampleRun() {
	_ = func(t *testing.T) {
		transfertest.Run(t, func(t testing.TB) transfertest.Instance {
			return backendInstance{openBackend(t.TempDir())}
		})
	}
}
