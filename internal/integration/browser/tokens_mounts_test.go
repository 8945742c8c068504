package browser

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestTokensAreManagedAtEveryMount(t *testing.T) {
	t.Parallel()
	for name, m := range mounts {
		for _, path := range []string{"/transfer", "/transfer/", "/transfer/?from=menu"} {
			t.Run(name+path, func(t *testing.T) {
				t.Parallel()
				b := newBackend(t, &backendOptions{mount: m})
				p := newPage(t)
				b.logIn(p, "ann")
				p.open(b.url(path))
				p.see("There are no transfer tokens yet")
				address := p.url()
				require.True(t, strings.HasPrefix(address, b.url("/transfer/")), address)

				old := p.create("staging")
				b.works(old, transfertoken.Pull)
				p.renames("staging", "production")
				require.Equal(t, "production", b.tokens()[0].Name)
				p.regenerate("production")
				p.question().click("button", "Regenerate")
				secret := p.secret("production")
				p.dismissed()
				b.works(secret, transfertoken.Pull)
				b.refuses(old)
				p.deletes("production")
				require.Empty(t, b.tokens())
				p.see("There are no transfer tokens yet")
				require.Equal(t, address, p.url())
				b.keepsSecret(old)
				b.keepsSecret(secret)
			})
		}
	}
}
