package sqldata_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// TestPushAndPullWithAToken is the way of a backend that is the remote end of a live transfer.
func TestPushAndPullWithAToken(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		x := d.instance(t, d.withReviews(d.shopConfig(t.TempDir())))
		svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
		require.NoError(t, err)
		handler, err := remote.NewHandler(svc, &remote.HandlerOptions{Source: x.Source, Destination: x.Destination})
		require.NoError(t, err)
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		issued, err := svc.Create(t.Context(), transfertoken.NewToken{
			Name: "both ways", Permissions: transfertoken.FullAccess, Lifespan: transfertoken.Days7,
		})
		require.NoError(t, err)

		for n := range 2 {
			data := sampleOf(t, x, n+1)
			dst, err := remote.Push(t.Context(), server.URL, issued.Secret.Reveal(), nil)
			require.NoError(t, err)
			_, err = datatransfer.Run(t.Context(), data.Source(), dst, nil)
			require.NoError(t, err)
			requireHolds(t, x, data)

			src, err := remote.Pull(t.Context(), server.URL, issued.Secret.Reveal(), nil)
			require.NoError(t, err)
			transfertest.RequireEqual(t, read(t, x).Source(), src)
			require.NoError(t, src.Close())
		}
	})
}
