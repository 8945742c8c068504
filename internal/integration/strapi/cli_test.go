package strapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

func TestCLIPullsFromABackend(t *testing.T) {
	b := backendWith(t, seededData(t).Source(), remote.HandlerOptions{StrapiVersion: "5.54.0"})
	to := strapi.New(t)
	result := to.Run(t, b.fromFlags()...)
	require.Zero(t, result.Code, result.Output)
	require.Empty(t, strapi.Seeded(t).Content(t).Diff(to.Content(t)))
}

func TestCLIPushesToABackend(t *testing.T) {
	data := seededData(t)
	b := backendWith(t, (&transfertest.Snapshot{Schemas: data.Schemas}).Source(), remote.HandlerOptions{})
	from := strapi.Seeded(t)
	result := from.Run(t, b.toFlags()...)
	require.Zero(t, result.Code, result.Output)

	to := strapi.New(t)
	result = to.RunShared(t, b.fromFlags()...)
	require.Zero(t, result.Code, result.Output)
	require.Empty(t, from.Content(t).Diff(to.Content(t)))
}

// TestCLIPullsInEveryWay runs the command line in the shared process. A pull whose first frame
// reaches the client together with the reply before it is repeated, because a client that is
// not ready for a frame loses it only sometimes, and then hangs.
func TestCLIPullsInEveryWay(t *testing.T) {
	want := strapi.Seeded(t).Content(t)
	b := backendWith(t, seededData(t).Source(), remote.HandlerOptions{})
	direct, coalesced := b.url, behindCoalescingProxy(t, b.url)
	for _, c := range []struct {
		name  string
		url   string
		flags []string
		times int
	}{
		{"direct", direct, nil, 1},
		{"direct without checksums", direct, []string{"--no-checksums"}, 1},
		{"coalesced", coalesced, nil, repetitions(10)},
		{"coalesced without checksums", coalesced, []string{"--no-checksums"}, repetitions(10)},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.url = c.url
			to := strapi.New(t)
			for n := range c.times {
				result := to.RunShared(t, b.fromFlags(c.flags...)...)
				require.Zero(t, result.Code, result.Output)
				if n == 0 || n == c.times-1 {
					require.Empty(t, want.Diff(to.Content(t)))
				}
			}
		})
	}
}
