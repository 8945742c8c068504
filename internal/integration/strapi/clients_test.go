package strapi_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

// Clients of other versions push to a backend and pull from it. Of such a client, its package
// @strapi/data-transfer is real: the engine, the provider that speaks to the remote end, and the
// provider of archives, which stands where a local Strapi of that version would be. Not real are
// the command line around it, which clients/client.js replaces, and the data, which a Strapi
// 5.54.0 has exported.
//
// Those before 5.43 send files as JSON of Buffers and begin a pull without parameters: 5.40.0
// and 4.26.2 cannot read base64. 4.26.2 leaves out document IDs, which its Strapi does not have,
// so it is not given the links that name some.
func TestClientsOfOtherVersions(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"4.26.2", "5.40.0", "5.43.0"} {
		t.Run(version, func(t *testing.T) {
			data := seededData(t)
			if version == "4.26.2" {
				data.Links = slices.DeleteFunc(data.Links, func(l datatransfer.Link) bool {
					_, isNumber := l.Right.Ref.Int()
					return !isNumber
				})
				require.Len(t, data.Links, 24)
			}
			b := backendWith(t, outdated(data).Source(), remote.HandlerOptions{})
			pushed := filepath.Join(t.TempDir(), "pushed")
			writer, err := archive.Create(pushed, &archive.WriteOptions{NoCompress: true, Encryption: archive.None})
			require.NoError(t, err)
			_, err = datatransfer.Run(t.Context(), data.Source(), writer, nil)
			require.NoError(t, err)
			runClient(t, b, version, "push", writer.Name())
			transfertest.RequireEquivalent(t, data.Source(), b.Snapshot().Source())

			pulled := filepath.Join(t.TempDir(), "pulled")
			runClient(t, b, version, "pull", pulled)
			transfertest.RequireEqual(t, b.Snapshot().Source(), open(t, pulled+".tar"))
		})
	}
}

func TestPackagesOfTheClientsHaveTheirVersions(t *testing.T) {
	for _, version := range []string{"4.26.2", "5.40.0", "5.43.0"} {
		text, err := os.ReadFile(filepath.Join(strapi.Clients(t), "node_modules", "data-transfer-"+version, "package.json"))
		require.NoError(t, err)
		var manifest struct{ Name, Version string }
		require.NoError(t, json.Unmarshal(text, &manifest))
		require.Equal(t, "@strapi/data-transfer", manifest.Name)
		require.Equal(t, version, manifest.Version)
	}
}

func runClient(t *testing.T, b *backend, version, direction, name string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "clients/client.js", version, direction, name, b.url)
	cmd.Env = append(os.Environ(), "CLIENTS="+strapi.Clients(t), "TOKEN="+b.token.Secret.Reveal())
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
}
