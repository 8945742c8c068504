package strapi_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

// A pull brings what Strapi's own export writes, and a push of that restores another Strapi.
func TestBackupAndRestoreOfAStrapi(t *testing.T) {
	from, to := strapi.Seeded(t), strapi.New(t)
	name := filepath.Join(t.TempDir(), "export")
	result := from.Run(t, "export", "--no-encrypt", "--file", name)
	require.Zero(t, result.Code, result.Output)

	server := from.Start(t)
	src, err := remote.Pull(t.Context(), server.URL, strapi.PullToken, nil)
	require.NoError(t, err)
	backup := filepath.Join(t.TempDir(), "backup")
	writer, err := archive.Create(backup, &archive.WriteOptions{Passphrase: key})
	require.NoError(t, err)
	_, err = datatransfer.Run(t.Context(), src, writer, nil)
	require.NoError(t, err)
	require.NoError(t, src.Close())
	server.Stop(t)
	transfertest.RequireEqual(t, withoutStart(t, open(t, name+".tar.gz")), withoutStart(t, open(t, writer.Name())))

	server = to.Start(t)
	dst, err := remote.Push(t.Context(), server.URL, strapi.PushToken, nil)
	require.NoError(t, err)
	report, err := datatransfer.Run(t.Context(), open(t, writer.Name()), dst, nil)
	require.NoError(t, err)
	require.Empty(t, report.Differences)
	server.Stop(t)
	require.Empty(t, from.Content(t).Diff(to.Content(t)))
}

// withoutStart returns what a source holds, without what changes with each start of Strapi or
// each reading.
func withoutStart(t testing.TB, src datatransfer.Source) datatransfer.Source {
	t.Helper()
	data, err := transfertest.ReadSnapshot(t.Context(), src)
	require.NoError(t, err)
	data.Metadata = datatransfer.Metadata{}
	kept := data.Configuration[:0]
	for _, config := range data.Configuration {
		if !strapi.ChangesWithEachStart(config.Value) {
			kept = append(kept, config)
		}
	}
	data.Configuration = kept
	return data.Source()
}

func TestCopyBetweenTwoStrapis(t *testing.T) {
	from, to := strapi.Seeded(t), strapi.New(t)
	source, destination := from.Start(t), to.Start(t)
	src, err := remote.Pull(t.Context(), source.URL, strapi.FullToken, nil)
	require.NoError(t, err)
	dst, err := remote.Push(t.Context(), destination.URL, strapi.FullToken, nil)
	require.NoError(t, err)
	_, err = datatransfer.Run(t.Context(), src, dst, nil)
	require.NoError(t, err)
	require.NoError(t, src.Close())
	source.Stop(t)
	destination.Stop(t)
	require.Empty(t, from.Content(t).Diff(to.Content(t)))
}

// What a push leaves out stays as it was on the remote.
func TestScopeOfAPushToAStrapi(t *testing.T) {
	from := strapi.New(t)
	from.Fill(t, 3, 1)
	source := from.Start(t)
	for _, c := range []struct {
		name                             string
		only, exclude                    []string
		entities, configuration, uploads bool // that change
	}{
		{name: "only content", only: []string{"content"}, entities: true},
		{name: "only config", only: []string{"config"}, configuration: true},
		{name: "only files", only: []string{"files"}, uploads: true},
		{name: "all but files", exclude: []string{"files"}, entities: true, configuration: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := strapi.Seeded(t)
			before := to.Content(t)
			destination := to.Start(t)
			scope, err := datatransfer.ParseScope(c.only, c.exclude, nil, nil)
			require.NoError(t, err)
			src, err := remote.Pull(t.Context(), source.URL, strapi.PullToken, nil)
			require.NoError(t, err)
			dst, err := remote.Push(t.Context(), destination.URL, strapi.PushToken, nil)
			require.NoError(t, err)
			_, err = datatransfer.Run(t.Context(), src, dst, &datatransfer.Options{Scope: scope})
			require.NoError(t, err)
			require.NoError(t, src.Close())
			destination.Stop(t)
			after := to.Content(t)
			require.Equal(t, c.entities, !equal(before.Entities, after.Entities), "entities")
			require.Equal(t, c.configuration, !equal(before.Configuration, after.Configuration), "configuration")
			require.Equal(t, c.uploads, len(before.Uploads) != len(after.Uploads), "uploads")
		})
	}
}

func equal(a, b []string) bool {
	return len(strapi.Content{Entities: a}.Diff(strapi.Content{Entities: b})) == 0
}

func TestErrorsOfAStrapiAreToldApart(t *testing.T) {
	server := strapi.New(t).Start(t)
	_, err := remote.Pull(t.Context(), server.URL, "no-such-token-at-this-strapi", nil)
	require.ErrorIs(t, err, remote.ErrUnauthorized)
	_, err = remote.Pull(t.Context(), server.URL, strapi.PushToken, nil)
	require.ErrorIs(t, err, remote.ErrForbidden)
	_, err = remote.Pull(t.Context(), server.URL+"/else", strapi.PullToken, nil)
	require.ErrorIs(t, err, remote.ErrDisabled)
	require.NoError(t, remote.Check(t.Context(), server.URL, strapi.FullToken, transfertoken.FullAccess, nil))
	server.Stop(t)
	_, err = remote.Pull(t.Context(), server.URL, strapi.PullToken, nil)
	require.Error(t, err)
}
