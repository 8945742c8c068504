package strapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

// The questions of a transfer without --force.
const (
	whichToken    = "Please enter your transfer token"
	replaceLocal  = "delete all the local Strapi assets"
	replaceRemote = "delete existing data from the remote Strapi!"
	loseTypes     = "There are differences in schema"
)

// The answer yes is in TestCLIPullsFromABackend, TestCLIPushesToABackend and
// TestCLIAndABackendWithTables.
func TestCLIThatIsNotAllowedToReplaceDoesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answers []strapi.Answer
		code    int
	}{
		{"no", []strapi.Answer{{replaceLocal, "n"}}, 1},
		{"nothing", nil, 130},
	} {
		t.Run("pull answered "+c.name, func(t *testing.T) {
			b := backendWith(t, outdated(seededData(t)).Source(), remote.HandlerOptions{})
			to := strapi.Seeded(t)
			result := to.RunAsked(t, c.answers, b.fromFlagsThatAsk("--from-token", b.token.Secret.Reveal())...)
			require.Equal(t, c.code, result.Code, result.Output)
			require.Empty(t, strapi.SeededContent(t).Diff(to.Content(t)))
		})
	}
	for _, c := range []struct {
		name    string
		answers []strapi.Answer
		code    int
	}{
		{"no", []strapi.Answer{{replaceRemote, "n"}}, 1},
		{"nothing", nil, 130},
	} {
		t.Run("push answered "+c.name, func(t *testing.T) {
			b := backendWith(t, outdated(seededData(t)).Source(), remote.HandlerOptions{})
			before := b.Snapshot()
			result := strapi.Seeded(t).RunAsked(t, c.answers, b.toFlagsThatAsk("--to-token", b.token.Secret.Reveal())...)
			require.Equal(t, c.code, result.Code, result.Output)
			transfertest.RequireEqual(t, before.Source(), b.Snapshot().Source())
		})
	}
}
