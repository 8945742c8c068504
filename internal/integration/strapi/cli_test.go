package strapi_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

func TestCLIPullsFromABackend(t *testing.T) {
	t.Parallel()
	b := backendWith(t, seededData(t).Source(), remote.HandlerOptions{StrapiVersion: "5.54.0"})
	to := strapi.New(t)
	result := to.RunAsked(t, []strapi.Answer{{whichToken, b.token.Secret.Reveal()}, {replaceLocal, "y"}}, b.fromFlagsThatAsk()...)
	require.Zero(t, result.Code, result.Output)
	require.Empty(t, strapi.SeededContent(t).Diff(to.Content(t)))
}

func TestCLIPushesToABackend(t *testing.T) {
	t.Parallel()
	data := seededData(t)
	b := backendWith(t, (&transfertest.Snapshot{Schemas: data.Schemas}).Source(), remote.HandlerOptions{})
	from := strapi.Seeded(t)
	result := from.RunAsked(t, []strapi.Answer{{whichToken, b.token.Secret.Reveal()}, {replaceRemote, "y"}}, b.toFlagsThatAsk()...)
	require.Zero(t, result.Code, result.Output)

	to := strapi.New(t)
	result = to.RunShared(t, b.fromFlags()...)
	require.Zero(t, result.Code, result.Output)
	require.Empty(t, strapi.SeededContent(t).Diff(to.Content(t)))
}

func TestCLIPullsWithoutChecksums(t *testing.T) {
	t.Parallel()
	b := backendWith(t, seededData(t).Source(), remote.HandlerOptions{})
	to := strapi.New(t)
	result := to.RunShared(t, b.fromFlags("--no-checksums")...)
	require.Zero(t, result.Code, result.Output)
	require.Empty(t, strapi.SeededContent(t).Diff(to.Content(t)))
}

// A client whose first frame comes together with the reply before it is repeated, because a
// client that is not ready for a frame loses it only sometimes, and then hangs.
func TestCLITransfersThroughACoalescingProxy(t *testing.T) {
	t.Parallel()
	times := coalescedTransfers(t)
	for name, flags := range map[string][]string{"with checksums": nil, "without checksums": {"--no-checksums"}} {
		t.Run("pull "+name, func(t *testing.T) {
			t.Parallel()
			b := backendWith(t, seededData(t).Source(), remote.HandlerOptions{})
			b.url = behindCoalescingProxy(t, b.url)
			to := strapi.New(t)
			for n := range times {
				result := to.RunShared(t, b.fromFlags(flags...)...)
				require.Zero(t, result.Code, result.Output)
				if n == 0 || n == times-1 {
					require.Empty(t, strapi.SeededContent(t).Diff(to.Content(t)))
				}
			}
		})
		t.Run("push "+name, func(t *testing.T) {
			t.Parallel()
			from, data := strapi.Seeded(t), seededData(t)
			for range times {
				b := backendWith(t, outdated(data).Source(), remote.HandlerOptions{})
				b.url = behindCoalescingProxy(t, b.url)
				result := from.RunShared(t, b.toFlags(flags...)...)
				require.Zero(t, result.Code, result.Output)
				transfertest.RequireEquivalent(t, withoutStart(t, data.Source()), withoutStart(t, b.Snapshot().Source()))
			}
		})
	}
}

// coalescedTransfers returns how often TestCLITransfersThroughACoalescingProxy repeats each.
func coalescedTransfers(t *testing.T) int {
	t.Helper()
	text := os.Getenv("TRANSFERTOKEN_TEST_COALESCED")
	if text == "" {
		if os.Getenv("TRANSFERTOKEN_TEST_FULL") == "1" {
			return 3
		}
		return 1
	}
	times, err := strconv.Atoi(text)
	require.NoError(t, err)
	require.Positive(t, times)
	return times
}
