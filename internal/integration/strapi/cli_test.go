package strapi_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

// backend is a Go backend with the types and the data of a project, and a token for it.
type backend struct {
	*transfertest.MemoryInstance
	svc   *transfertoken.TokenService
	token transfertoken.Issued
	url   string
}

// backendLike returns a backend with the types of a project and its data.
func backendLike(t *testing.T, p *strapi.Project, opts remote.HandlerOptions) *backend {
	t.Helper()
	server := p.Start(t)
	src, err := remote.Pull(t.Context(), server.URL, strapi.PullToken, nil)
	require.NoError(t, err)
	schemas, err := src.Schemas(t.Context())
	require.NoError(t, err)
	b := &backend{MemoryInstance: &transfertest.MemoryInstance{Schemas: schemas}}
	require.NoError(t, b.Fill(t.Context(), src))
	require.NoError(t, src.Close())
	server.Stop(t)

	b.svc, err = transfertoken.New(transfertoken.NewMemoryStore(), transfertoken.GenerateSalt(), nil)
	require.NoError(t, err)
	b.token, err = b.svc.Create(t.Context(), transfertoken.NewToken{
		Name: "cli", Permissions: transfertoken.FullAccess, Lifespan: transfertoken.Days7,
	})
	require.NoError(t, err)
	opts.Source, opts.Destination = b.Source, b.Destination
	handler, err := remote.NewHandler(b.svc, &opts)
	require.NoError(t, err)
	listener := httptest.NewServer(handler)
	t.Cleanup(listener.Close)
	b.url = listener.URL
	return b
}

func TestCLIPullsFromABackend(t *testing.T) {
	from := strapi.Seeded(t)
	b := backendLike(t, from, remote.HandlerOptions{StrapiVersion: "5.54.0"})
	to := strapi.New(t)
	result := to.Run(t, "transfer", "--from", b.url, "--from-token", b.token.Secret.Reveal(), "--force")
	require.Zero(t, result.Code, result.Output)
	require.Empty(t, from.Content(t).Diff(to.Content(t)))
}

func TestCLIPushesToABackend(t *testing.T) {
	from := strapi.Seeded(t)
	b := backendLike(t, strapi.New(t), remote.HandlerOptions{})
	result := from.Run(t, "transfer", "--to", b.url, "--to-token", b.token.Secret.Reveal(), "--force")
	require.Zero(t, result.Code, result.Output)

	to := strapi.New(t)
	result = to.Run(t, "transfer", "--from", b.url, "--from-token", b.token.Secret.Reveal(), "--force")
	require.Zero(t, result.Code, result.Output)
	require.Empty(t, from.Content(t).Diff(to.Content(t)))
}
