package strapi_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

func TestMain(m *testing.M) { os.Exit(strapi.Main(m)) }

func TestServerKnowsItsTokens(t *testing.T) {
	t.Parallel()
	server := strapi.SeededServer(t)
	for _, c := range []struct {
		direction, token string
		want             int
	}{
		{"pull", strapi.PullToken, http.StatusNotFound}, // a good token without an upgrade
		{"push", strapi.PushToken, http.StatusNotFound},
		{"pull", strapi.FullToken, http.StatusNotFound},
		{"pull", strapi.PushToken, http.StatusForbidden},
		{"push", "another-token-of-the-same-length-00", http.StatusUnauthorized},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/transfer/runner/"+c.direction, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+c.token)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, c.want, response.StatusCode, "%s with %s", c.direction, c.token)
	}
}

func TestContentTellsProjectsApart(t *testing.T) {
	t.Parallel()
	seeded, content := strapi.Seeded(t), strapi.SeededContent(t)
	require.Len(t, content.Entities, 14)
	require.NotEmpty(t, content.Links)
	require.Len(t, content.Uploads, 8)
	require.Empty(t, content.Diff(strapi.Seeded(t).Content(t)), "a copy has the same content")
	require.NotEmpty(t, content.Diff(strapi.New(t).Content(t)))

	upload, err := filepath.Glob(filepath.Join(seeded.Dir, "public", "uploads", "doc_*.txt"))
	require.NoError(t, err)
	require.Len(t, upload, 1)
	require.NoError(t, os.WriteFile(upload[0], []byte("another text"), 0o644))
	require.Len(t, content.Diff(seeded.Content(t)), 2, "one file that changed")
}
