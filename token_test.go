package transfertoken_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestCreateAndAuthorize(t *testing.T) {
	svc, err := transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	require.NoError(t, err)
	issued, err := svc.Create(t.Context(), transfertoken.NewToken{Name: "nightly", Permissions: transfertoken.Push, Lifespan: transfertoken.Days7})
	require.NoError(t, err)
	grant, err := svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Push)
	require.NoError(t, err)
	require.Equal(t, "nightly", grant.Token.Name)
	require.NoError(t, grant.Recheck(t.Context()))
	_, err = svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Pull)
	require.ErrorIs(t, err, transfertoken.ErrForbidden)
	t.Logf("%v %+v %s", issued, grant, svc)
}
