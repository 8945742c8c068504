package serve_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/serve"
	"github.com/seed-39e76d91/transfertoken/datatransfer/internal/wire"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// A client that says nothing after a transfer was ended is not waited for for ever, and not long if the program of the
// host ends.
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
				begun := time.Now()
				_, err := run(ctx, newPipe(), config)
				require.ErrorIs(t, err, context.Canceled)
				require.True(t, left)
				require.Less(t, time.Since(begun), 5*time.Second)

				config.Describe = func(error) *wire.Error { return &wire.Error{Message: "the token died"} }
				begun = time.Now()
				_, err = run(ctx, newPipe(), config)
				require.ErrorIs(t, err, context.Canceled)
				require.Greater(t, time.Since(begun), 30*time.Second)
			})
		})
	}
}
