package compare_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/compare"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

const noteSchema = `{"uid":"api::note.note","modelType":"contentType","kind":"collectionType","attributes":{"title":{"type":"string"}}}`

// open returns an archive of notes that are linked in a row. Their IDs begin at first.
func open(t testing.TB, n, first int, title func(i int) string) *archive.Reader {
	t.Helper()
	var entities, links strings.Builder
	for i := range n {
		fmt.Fprintf(&entities, `{"type":"api::note.note","id":%d,"data":{"documentId":"doc%05d","title":%q}}`+"\n", first+i, i*7919%n, title(i))
		if i > 0 {
			fmt.Fprintf(&links, `{"kind":"relation.circular","relation":"oneToOne","left":{"type":"api::note.note","ref":%d,"field":"previous"},"right":{"type":"api::note.note","ref":%d}}`+"\n", first+i, first+i-1)
		}
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"metadata.json":                 `{}`,
		"schemas/schemas_00001.jsonl":   noteSchema,
		"entities/entities_00001.jsonl": entities.String(),
		"links/links_00001.jsonl":       links.String(),
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	reader, err := archive.Open(t.Context(), dir, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, reader.Close()) })
	return reader
}

func sameTitle(int) string { return "title" }

// fewRows is memory for a part of the rows of the tests.
const fewRows = 8 << 10

func TestMoreRecordsThanMemoryHoldsAreCompared(t *testing.T) {
	const n = 2_000
	a := open(t, n, 1, sameTitle)
	b := open(t, n, 1_000_000, func(i int) string {
		if i == 5 {
			return "another title"
		}
		return "title"
	})
	temp := t.TempDir()
	var changes []compare.Change
	counts, err := compare.Records(t.Context(), a, b, &compare.Options{
		Memory: fewRows, TempDir: temp, OnChange: func(c compare.Change) { changes = append(changes, c) },
	})
	require.NoError(t, err)
	require.Equal(t, []compare.Count{
		{Stage: datatransfer.StageEntities, Type: "api::note.note", Same: n - 1, Changed: 1},
		{Stage: datatransfer.StageLinks, Type: "api::note.note", Same: n - 1},
	}, counts)
	require.Equal(t, []compare.Change{{
		Stage: datatransfer.StageEntities, Type: "api::note.note", Key: "doc01595", Kind: compare.Changed, Fields: []string{"title"},
	}}, changes)
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestWhereRowsGoIsTempDir(t *testing.T) {
	a := open(t, 2_000, 1, sameTitle)
	_, err := compare.Records(t.Context(), a, a, &compare.Options{Memory: fewRows, TempDir: filepath.Join(t.TempDir(), "none")})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestACancelledComparisonLeavesNoFiles(t *testing.T) {
	a := open(t, 2_000, 1, sameTitle)
	b := open(t, 2_000, 1, func(i int) string { return fmt.Sprint(i) })
	temp := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := compare.Records(ctx, a, b, &compare.Options{
		Memory: fewRows, TempDir: temp, OnChange: func(compare.Change) { cancel() },
	})
	require.ErrorIs(t, err, context.Canceled)
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestRecordsWithoutADocumentIDAreFoundByTheirID(t *testing.T) {
	source := func(title string) datatransfer.Source {
		return entitySource{t, []string{
			fmt.Sprintf(`{"type":"api::note.note","id":1,"data":{"title":%q}}`, title),
			`{"type":"api::note.note","id":2,"data":{"title":"same"}}`,
		}}
	}
	var keys []string
	_, err := compare.Records(t.Context(), source("one"), source("two"), &compare.Options{
		OnChange: func(c compare.Change) { keys = append(keys, c.Key) },
	})
	require.NoError(t, err)
	require.Equal(t, []string{"id 1"}, keys)
}

// Two webhooks may have one name.
func TestRecordsWithOneKeyArePairedByTheirContent(t *testing.T) {
	note := func(title string) string {
		return fmt.Sprintf(`{"type":"api::note.note","id":1,"data":{"documentId":"x","title":%q}}`, title)
	}
	a := entitySource{t, []string{note("one"), note("two"), note("two"), note("three")}}
	b := entitySource{t, []string{note("two"), note("four"), note("one")}}
	counts, err := compare.Records(t.Context(), a, b, nil)
	require.NoError(t, err)
	require.Equal(t, []compare.Count{
		{Stage: datatransfer.StageEntities, Type: "api::note.note", Same: 2, Changed: 1, OnlyInA: 1},
	}, counts)
}

func TestAnErrorOfASourceIsReturned(t *testing.T) {
	broken := entitySource{t, []string{`{"type":"api::note.note","id":1,"data":{}`}}
	_, err := compare.Records(t.Context(), broken, broken, nil)
	require.ErrorIs(t, err, datatransfer.ErrInvalid)
	require.False(t, errors.Is(err, context.Canceled))
}
