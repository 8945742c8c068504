package sqldata_test

import (
	"context"
	"database/sql"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/sqldata"
)

// TestPushesToTwoInstancesOfABackendTakeTurns pushes to two processes behind one
// address, which share nothing but the database and the folder of files.
func TestPushesToTwoInstancesOfABackendTakeTurns(t *testing.T) {
	onEachServer(t, func(t *testing.T, b backend) {
		d, dir := b.open(t), t.TempDir()
		tokens := transfertoken.NewMemoryStore()
		salt := transfertoken.GenerateSalt()
		instance := func() (*sqldata.Instance, string) {
			db, err := sql.Open(d.driver, d.source)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			own := *d
			own.DB = db
			x := own.instance(t, own.shopConfig(dir))
			svc, err := transfertoken.New(tokens, salt, nil)
			require.NoError(t, err)
			handler, err := remote.NewHandler(svc, &remote.HandlerOptions{Source: x.Source, Destination: x.Destination})
			require.NoError(t, err)
			server := httptest.NewServer(handler)
			t.Cleanup(server.Close)
			return x, server.URL
		}
		x, here := instance()
		_, there := instance()
		svc, err := transfertoken.New(tokens, salt, nil)
		require.NoError(t, err)
		issued, err := svc.Create(t.Context(), transfertoken.NewToken{
			Name: "push", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7,
		})
		require.NoError(t, err)
		dial := func(url string) datatransfer.Destination {
			dst, err := remote.Push(t.Context(), url, issued.Secret.Reveal(), nil)
			require.NoError(t, err)
			t.Cleanup(func() { _ = dst.Rollback(context.WithoutCancel(t.Context())) })
			return dst
		}

		data, next := sampleOf(t, x, 1), sampleOf(t, x, 2)
		push(t, x, data)
		// One brings content, the other one settings: they have no table in common.
		first, second := dial(here), dial(there)
		content := datatransfer.Scope{NoCoreStore: true, NoWebhooks: true}
		settings := datatransfer.Scope{OnlyTypes: []string{}, NoFiles: true}
		require.NoError(t, first.Begin(t.Context(), datatransfer.Start{Schemas: next.Schemas, Scope: content}))
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		err = second.Begin(ctx, datatransfer.Start{Schemas: next.Schemas, Scope: settings})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, first.Rollback(t.Context()))
		_ = second.Rollback(t.Context()) // its connection was given up
		requireHolds(t, x, data)

		_, err = datatransfer.Run(t.Context(), next.Source(), dial(there), nil)
		require.NoError(t, err)
		requireHolds(t, x, next)
	})
}
