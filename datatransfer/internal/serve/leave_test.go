package serve_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/serve"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// A client that says nothing after a transfer was ended is not waited for for ever.
func TestSilentClientIsLeft(t *testing.T) {
	for name, run := range map[string]func(context.Context, serve.Conn, serve.Config) (datatransfer.Report, error){
		"push": serve.Push,
		"pull": serve.Pull,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				instance := &transfertest.MemoryInstance{Schemas: generated.Schemas}
				left := false
				config := serve.Config{
					Source:      instance.Source,
					Destination: instance.Destination,
					Lock:        serve.NewLock(),
					OnLeave:     func(datatransfer.Report, error) { left = true },
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				_, err := run(ctx, newPipe(), config)
				require.ErrorIs(t, err, context.Canceled)
				require.True(t, left)
			})
		})
	}
}
