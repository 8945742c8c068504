package transfertest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

func fill(t *testing.T, m *transfertest.MemoryInstance, data *transfertest.Snapshot) {
	t.Helper()
	require.NoError(t, m.Fill(t.Context(), data.Source()))
}

func TestZeroMemoryInstanceIsEmpty(t *testing.T) {
	var m transfertest.MemoryInstance
	src, err := m.Source(t.Context())
	require.NoError(t, err)
	transfertest.RequireEqual(t, new(transfertest.Snapshot).Source(), src)
	require.NoError(t, src.Close())
	require.Zero(t, *m.Snapshot())

	dst, err := m.Destination(t.Context())
	require.NoError(t, err)
	schemas, err := dst.Schemas(t.Context())
	require.NoError(t, err)
	require.Nil(t, schemas, "it takes any data")
}

// TestArchiveOfStrapi reads what a real Strapi exported: components in components, both
// kinds of morph, locales, drafts and formats of pictures.
func TestArchiveOfStrapi(t *testing.T) {
	reader, err := archive.Open(t.Context(), "../archive/testdata/rich.tar", nil)
	require.NoError(t, err)
	defer reader.Close()
	data, err := transfertest.ReadSnapshot(t.Context(), reader)
	require.NoError(t, err)
	require.NotEmpty(t, data.Entities)

	var first transfertest.MemoryInstance
	_, err = datatransfer.Run(t.Context(), data.Source(), destinationOf(t, &first), nil)
	require.NoError(t, err)
	transfertest.RequireEquivalent(t, data.Source(), first.Snapshot().Source())
	require.Len(t, first.Snapshot().Links, len(data.Links))

	second := transfertest.MemoryInstance{Schemas: data.Schemas}
	for range 2 {
		fill(t, &second, first.Snapshot())
		transfertest.RequireEquivalent(t, data.Source(), second.Snapshot().Source())
	}
}

func destinationOf(t *testing.T, instance transfertest.Instance) datatransfer.Destination {
	t.Helper()
	dst, err := instance.Destination(t.Context())
	require.NoError(t, err)
	return dst
}

func TestMemoryInstanceNeverReusesIDs(t *testing.T) {
	var m transfertest.MemoryInstance
	seen := make(map[string]bool)
	for range 3 {
		fill(t, &m, transfertest.Generate(nil, 1))
		for _, e := range m.Snapshot().Entities {
			id := e.Type + " " + string(e.ID)
			require.False(t, seen[id], id)
			seen[id] = true
		}
	}
}

func TestMemoryInstanceOfSomeTypes(t *testing.T) {
	m := transfertest.MemoryInstance{Schemas: oneType()}
	require.ErrorIs(t, m.Fill(t.Context(), transfertest.Generate(nil, 1).Source()), datatransfer.ErrInvalid)
	require.Empty(t, m.Snapshot().Entities)
	fill(t, &m, transfertest.Generate(oneType(), 1))
	require.Len(t, m.Snapshot().Entities, 3)

	dst := destinationOf(t, &m)
	require.NoError(t, dst.Begin(t.Context(), datatransfer.Start{
		Schemas: oneType(), Scope: datatransfer.Scope{ExcludeTypes: []string{"api::item.item"}},
	}))
	seq := transfertest.Generate(oneType(), 1).Source().Entities(t.Context())
	require.ErrorIs(t, dst.WriteEntities(t.Context(), seq), datatransfer.ErrInvalid, "not in the scope")
}

// TestMemoryInstanceKeepsWhatIsOutOfScope writes down what must be left of two notes with
// an author each.
func TestMemoryInstanceKeepsWhatIsOutOfScope(t *testing.T) {
	author := func(id, document string) string {
		return `{"type":"api::author.author","id":` + id + `,"data":{"documentId":"` + document + `"}}`
	}
	link := func(kind, left, right string) string {
		return `{"kind":"relation.basic","relation":"manyToOne","left":{"type":"` + kind + `","ref":` + left +
			`,"field":"author"},"right":{"type":"api::author.author","ref":` + right + `}}`
	}
	old := &transfertest.Snapshot{
		Entities: parse[datatransfer.Entity](t,
			note("1", `{"documentId":"old note"}`), author("1", "ann"), author("2", "bob")),
		Links: parse[datatransfer.Link](t, link("api::note.note", "1", "1"), link("api::author.author", "2", "1")),
	}
	var m transfertest.MemoryInstance
	fill(t, &m, old)

	brought := &transfertest.Snapshot{
		Schemas:  transfertest.Generate(nil, 1).Schemas,
		Entities: parse[datatransfer.Entity](t, note("1", `{"documentId":"new note"}`), author("1", "eve")),
		Links: parse[datatransfer.Link](t, manyToOne("1", "1"), link("api::note.note", "1", "1"),
			link("api::author.author", "1", "1")),
	}
	scope := datatransfer.Scope{OnlyTypes: []string{"api::note.note"}}
	_, err := datatransfer.Run(t.Context(), brought.Source(), destinationOf(t, &m), &datatransfer.Options{Scope: scope})
	require.NoError(t, err)
	transfertest.RequireEquivalent(t, (&transfertest.Snapshot{
		Entities: parse[datatransfer.Entity](t,
			note("9", `{"documentId":"new note"}`), author("1", "ann"), author("2", "bob")),
		Links: parse[datatransfer.Link](t, manyToOne("9", "9"), link("api::author.author", "2", "1")),
	}).Source(), m.Snapshot().Source())
}

func TestFillFailsWhole(t *testing.T) {
	planted := errors.New("planted")
	data := transfertest.Generate(nil, 1)
	var m transfertest.MemoryInstance
	fill(t, &m, data)
	failing := &source{Source: transfertest.Generate(nil, 2).Source(), config: func(context.Context) configuration {
		return func(yield func(datatransfer.Config, error) bool) { yield(datatransfer.Config{}, planted) }
	}}
	require.Same(t, planted, m.Fill(t.Context(), failing))

	short := transfertest.Generate(nil, 2)
	lying := &source{Source: short.Source(), assets: func(ctx context.Context) assets {
		return mapSequence(short.Source().Assets(ctx), func(a datatransfer.Asset) datatransfer.Asset {
			a.Size++
			return a
		})
	}}
	require.ErrorIs(t, m.Fill(t.Context(), lying), datatransfer.ErrInvalid)
	transfertest.RequireEquivalent(t, data.Source(), m.Snapshot().Source())
}

func TestSnapshotIsACopy(t *testing.T) {
	var m transfertest.MemoryInstance
	fill(t, &m, transfertest.Generate(nil, 1))
	copied := m.Snapshot()
	copied.Entities[0].Type = "api::other.other"
	copied.Links = copied.Links[:0]
	copied.Files[0].Content = nil
	transfertest.RequireEquivalent(t, transfertest.Generate(nil, 1).Source(), m.Snapshot().Source())
}
