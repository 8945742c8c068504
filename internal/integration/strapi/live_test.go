package strapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

func TestCopyBetweenTwoStrapis(t *testing.T) {
	from, to := strapi.Seeded(t), strapi.New(t)
	source := from.Start(t)
	destination := to.Start(t)

	src, err := remote.Pull(t.Context(), source.URL, strapi.PullToken, nil)
	require.NoError(t, err)
	dst, err := remote.Push(t.Context(), destination.URL, strapi.PushToken, nil)
	require.NoError(t, err)
	m, err := src.Metadata(t.Context())
	require.NoError(t, err)
	require.Equal(t, "5.54.0", m.StrapiVersion)
	schemas, err := src.Schemas(t.Context())
	require.NoError(t, err)
	require.NoError(t, dst.Begin(t.Context(), datatransfer.Start{Metadata: m, Schemas: schemas}))
	require.NoError(t, dst.WriteEntities(t.Context(), src.Entities(t.Context())))
	require.NoError(t, dst.WriteAssets(t.Context(), src.Assets(t.Context())))
	require.NoError(t, dst.WriteLinks(t.Context(), src.Links(t.Context())))
	require.NoError(t, dst.WriteConfiguration(t.Context(), src.Configuration(t.Context())))
	require.NoError(t, dst.Commit(t.Context()))
	require.NoError(t, src.Close())

	source.Stop(t)
	destination.Stop(t)
	require.Empty(t, from.Content(t).Diff(to.Content(t)))
}
