package strapi_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
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
	t.Parallel()
	src, err := remote.Pull(t.Context(), strapi.SeededServer(t).URL, strapi.PullToken, nil)
	require.NoError(t, err)
	backup := filepath.Join(t.TempDir(), "backup")
	writer, err := archive.Create(backup, &archive.WriteOptions{Passphrase: key})
	require.NoError(t, err)
	_, err = datatransfer.Run(t.Context(), src, writer, nil)
	require.NoError(t, err)
	require.NoError(t, src.Close())
	transfertest.RequireEqual(t, withoutStart(t, open(t, strapi.SeededArchive(t))), withoutStart(t, open(t, writer.Name())))

	to := strapi.New(t)
	server := to.Start(t)
	dst, err := remote.Push(t.Context(), server.URL, strapi.PushToken, nil)
	require.NoError(t, err)
	report, err := datatransfer.Run(t.Context(), open(t, writer.Name()), dst, nil)
	require.NoError(t, err)
	require.Empty(t, report.Differences)
	server.Stop(t)
	require.Empty(t, strapi.SeededContent(t).Diff(to.Content(t)))
	_, err = remote.Pull(t.Context(), server.URL, strapi.PullToken, nil)
	require.Error(t, err, "nobody is there any more")
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
	t.Parallel()
	to := strapi.New(t)
	destination := to.Start(t)
	src, err := remote.Pull(t.Context(), strapi.SeededServer(t).URL, strapi.FullToken, nil)
	require.NoError(t, err)
	dst, err := remote.Push(t.Context(), destination.URL, strapi.FullToken, nil)
	require.NoError(t, err)
	_, err = datatransfer.Run(t.Context(), src, dst, nil)
	require.NoError(t, err)
	require.NoError(t, src.Close())
	destination.Stop(t)
	require.Empty(t, strapi.SeededContent(t).Diff(to.Content(t)))
}

// What a push leaves out stays as it was on the remote. Each push finds what the one before left.
func TestScopeOfAPushToAStrapi(t *testing.T) {
	t.Parallel()
	data := seededData(t)
	changed, withoutFiles := outdated(data), *data
	changed.Configuration = renameWebhooks(data.Configuration)
	withoutFiles.Files = nil
	otherFiles := *data
	otherFiles.Files = changed.Files

	destination := strapi.Seeded(t).Start(t)
	before := pullAll(t, destination)
	for _, c := range []struct {
		name                             string
		data                             *transfertest.Snapshot
		only, exclude                    []string
		entities, configuration, uploads bool // that change
	}{
		{name: "only content", data: changed, only: []string{"content"}, entities: true},
		{name: "only config", data: changed, only: []string{"config"}, configuration: true},
		{name: "all but files", data: &otherFiles, exclude: []string{"files"}, entities: true, configuration: true},
		{name: "only files", data: &withoutFiles, only: []string{"files"}, uploads: true},
	} {
		scope, err := datatransfer.ParseScope(c.only, c.exclude, nil, nil)
		require.NoError(t, err)
		dst, err := remote.Push(t.Context(), destination.URL, strapi.PushToken, nil)
		require.NoError(t, err)
		_, err = datatransfer.Run(t.Context(), c.data.Source(), dst, &datatransfer.Options{Scope: scope})
		require.NoError(t, err, c.name)
		after := pullAll(t, destination)
		require.Equal(t, c.entities, !slices.Equal(before.entities, after.entities), "%s: entities", c.name)
		require.Equal(t, c.configuration, !slices.Equal(before.configuration, after.configuration), "%s: configuration", c.name)
		require.Equal(t, c.uploads, !slices.Equal(before.files, after.files), "%s: files", c.name)
		before = after
	}
}

// pulled is the data of a Strapi, as lines that can be compared.
type pulled struct{ entities, configuration, files []string }

func pullAll(t testing.TB, server *strapi.Server) pulled {
	t.Helper()
	src, err := remote.Pull(t.Context(), server.URL, strapi.PullToken, nil)
	require.NoError(t, err)
	data, err := transfertest.ReadSnapshot(t.Context(), withoutStart(t, src))
	require.NoError(t, err)
	require.NoError(t, src.Close())
	var all pulled
	for _, e := range data.Entities {
		all.entities = append(all.entities, fmt.Sprintf("%s %v %s", e.Type, e.ID, e.Data))
	}
	for _, c := range data.Configuration {
		all.configuration = append(all.configuration, fmt.Sprintf("%s %s", c.Type, c.Value))
	}
	for _, f := range data.Files {
		all.files = append(all.files, fmt.Sprintf("%s %x", f.Name, sha256.Sum256(f.Content)))
	}
	for _, lines := range [][]string{all.entities, all.configuration, all.files} {
		slices.Sort(lines)
	}
	return all
}

func renameWebhooks(configuration []datatransfer.Config) []datatransfer.Config {
	var all []datatransfer.Config
	for _, c := range configuration {
		if c.Type == datatransfer.ConfigWebhook {
			c.Value = bytes.Replace(c.Value, []byte(`"name":"`), []byte(`"name":"old `), 1)
		}
		all = append(all, c)
	}
	return all
}

func TestErrorsOfAStrapiAreToldApart(t *testing.T) {
	t.Parallel()
	server := strapi.SeededServer(t)
	_, err := remote.Pull(t.Context(), server.URL, "no-such-token-at-this-strapi", nil)
	require.ErrorIs(t, err, remote.ErrUnauthorized)
	_, err = remote.Pull(t.Context(), server.URL, strapi.PushToken, nil)
	require.ErrorIs(t, err, remote.ErrForbidden)
	_, err = remote.Pull(t.Context(), server.URL+"/else", strapi.PullToken, nil)
	require.ErrorIs(t, err, remote.ErrDisabled)
	require.NoError(t, remote.Check(t.Context(), server.URL, strapi.FullToken, transfertoken.FullAccess, nil))
}
