package adminpage

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestTokensAreManagedAtEveryMount(t *testing.T) {
	t.Parallel()
	for name, m := range browser.Mounts {
		for _, path := range []string{"/transfer", "/transfer/", "/transfer/?from=menu"} {
			t.Run(name+path, func(t *testing.T) {
				t.Parallel()
				b := browser.NewBackend(t, &browser.BackendOptions{Mount: m})
				p := browser.NewPage(t)
				b.LogIn(p, "ann")
				p.Open(b.URL(path))
				p.See("There are no transfer tokens yet")
				address := p.URL()
				require.True(t, strings.HasPrefix(address, b.URL("/transfer/")), address)

				old := p.Create("staging")
				b.Works(old, transfertoken.Pull)
				renames(p, "staging", "production")
				require.Equal(t, "production", b.Tokens()[0].Name)
				p.Regenerate("production")
				p.Question().Click("button", "Regenerate")
				secret := p.Secret("production")
				p.Dismissed()
				b.Works(secret, transfertoken.Pull)
				b.Refuses(old)
				deletes(p, "production")
				require.Empty(t, b.Tokens())
				p.See("There are no transfer tokens yet")
				require.Equal(t, address, p.URL())
				b.KeepsSecret(old)
				b.KeepsSecret(secret)
			})
		}
	}
}
