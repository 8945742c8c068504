//go:build !race

package transfertoken_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

// This is not built with the race detector, under which sync.Pool drops some of its
// items.
func TestAuthorizeAllocatesNothing(t *testing.T) {
	others := []transfertoken.Salt{otherSalt, thirdSalt}
	for n := range len(others) + 1 {
		svc, err := transfertoken.New(transfertoken.NewMemoryStore(), testSalt,
			&transfertoken.Options{OtherSalts: others[:n], TouchInterval: time.Hour})
		require.NoError(t, err)
		issued, err := svc.Create(t.Context(),
			transfertoken.NewToken{Name: "n", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
		require.NoError(t, err)
		for name, row := range map[string]struct {
			secret string
			need   transfertoken.Permissions
			want   error
		}{
			"accepted":    {issued.Secret.Reveal(), transfertoken.Push, nil},
			"wrong scope": {issued.Secret.Reveal(), transfertoken.Pull, transfertoken.ErrForbidden},
			"unknown":     {wellFormed[0], transfertoken.Push, transfertoken.ErrUnauthorized},
			"malformed":   {wellFormed[0] + "x", transfertoken.Push, transfertoken.ErrUnauthorized},
		} {
			ctx := t.Context()
			allocations := testing.AllocsPerRun(1000, func() {
				_, err = svc.Authorize(ctx, row.secret, row.need)
			})
			require.Equal(t, row.want, err, name)
			require.Zero(t, allocations, "%s, %d salts", name, n+1)
		}
	}
}
