package datatransfer_test

import (
	"context"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

func TestRefuseProtected(t *testing.T) {
	t.Parallel()
	vault := []string{"api::vault.vault"}
	for _, test := range []struct {
		name     string
		entities []string
		links    []string
		names    string // what the error names; "": fine
	}{
		{"nothing protected", []string{entity("api::zoo.zoo", `{"name":"x"}`)}, nil, ""},
		{"an entity", []string{entity("admin::user", `{"a":"CANARY"}`)}, nil, "admin::user"},
		{"an entity of a type that the host protects", []string{entity("api::vault.vault", `{}`)}, nil,
			"api::vault.vault"},
		{"the left end of a link", nil, []string{link("admin::user", "zoo", "api::zoo.zoo")}, "admin::user"},
		{"the right end of a link", nil, []string{link("api::zoo.zoo", "x", "api::vault.vault")}, "api::vault.vault"},
		{"a relation in data, even null", []string{entity("api::zoo.zoo", `{"owner":null}`)}, nil, "api::zoo.zoo 1"},
		{"a relation in a component", []string{entity("api::zoo.zoo", `{"seo":{"editor":"CANARY"}}`)}, nil,
			"api::zoo.zoo 1"},
		{"a relation in a dynamic zone",
			[]string{entity("api::zoo.zoo", `{"zone":[{"__component":"default.seo","editor":"CANARY"}]}`)}, nil,
			"api::zoo.zoo 1"},
		{"a creator", []string{entity("api::zoo.zoo", `{"updatedBy":"CANARY"}`)}, nil, "api::zoo.zoo 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			src := &source{schemas: zooSchemas(t)}
			src.entities, src.links = entities(t, test.entities...), links(t, test.links...)
			dst := &destination{}
			_, err := datatransfer.Run(t.Context(), src, dst,
				&datatransfer.Options{RefuseProtected: true, Protected: vault})
			if test.names == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, datatransfer.ErrProtected)
			require.ErrorContains(t, err, test.names)
			require.NotContains(t, err.Error(), canary)
			requireRolledBack(t, dst)
		})
	}
}

func TestWithoutProtected(t *testing.T) {
	t.Parallel()
	src := noteSource(t)
	src.schemas = append(zooSchemas(t), src.schemas[0])
	src.entities = append(src.entities, entities(t,
		entity("api::zoo.zoo", `{"name":"x","seo":{"editor":"CANARY"},"createdBy":"CANARY"}`),
		entity("api::vault.vault", `{}`))...)
	guarded := datatransfer.WithoutProtected(src, "api::vault.vault")
	require.Equal(t, []string{noteLine, entity("api::zoo.zoo", `{"name":"x","seo":{}}`)},
		linesOf(t, guarded.Entities(t.Context())))
	require.Equal(t, []string{noteToNote}, linesOf(t, guarded.Links(t.Context())))
	require.Len(t, linesOf(t, guarded.Configuration(t.Context())), 2)

	for range guarded.Entities(t.Context()) {
		break // a consumer may stop early
	}
	src.fail = map[datatransfer.Stage]error{datatransfer.StageLinks: errBoom}
	var err error
	for _, err = range guarded.Links(t.Context()) {
	}
	require.ErrorIs(t, err, errBoom)
}

// Names that JSON may write in several ways are found, however they are written.
func TestProtectedAttributesWithOddNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`a/b`, `a\"b`, `a\\b`, `é`, `\u2028`} {
		src := &source{
			schemas:  schemas(t, schema("api::a.a", name, toAdmin, "t", scalar)),
			entities: entities(t, entity("api::a.a", `{"`+name+`":"CANARY","t":1}`)),
		}
		if name == `a/b` {
			src.entities = append(src.entities, entities(t, entity("api::a.a", `{"t":1,"a\/b":"CANARY"}`))...)
		}
		dst := &destination{}
		_, err := datatransfer.Run(t.Context(), src, dst, nil)
		require.NoError(t, err)
		for _, line := range dst.entities {
			require.Equal(t, entity("api::a.a", `{"t":1}`), line)
		}
	}
}

// A schema cannot hide what a relation points to behind a name that only looks like it.
func TestTargetInAnotherCaseIsNoTarget(t *testing.T) {
	t.Parallel()
	src := &source{
		schemas: schemas(t, schema("api::a.a", "r",
			`{"type":"relation","target":"admin::user","Target":"api::a.a","TYPE":"string"}`)),
		entities: entities(t, entity("api::a.a", `{"r":"CANARY"}`)),
	}
	dst := &destination{}
	_, err := datatransfer.Run(t.Context(), src, dst, nil)
	require.NoError(t, err)
	require.Equal(t, []string{entity("api::a.a", `{}`)}, dst.entities)
}

func TestWithoutProtectedKeepsTheEstimator(t *testing.T) {
	t.Parallel()
	_, ok := datatransfer.WithoutProtected(noteSource(t)).(datatransfer.Estimator)
	require.False(t, ok)
	estimator, ok := datatransfer.WithoutProtected(slowSource{noteSource(t)}).(datatransfer.Estimator)
	require.True(t, ok)
	records, _, ok := estimator.Estimate(t.Context(), datatransfer.StageEntities)
	require.True(t, ok)
	require.EqualValues(t, 100, records)
}

func TestWithoutProtectedNeedsSchemas(t *testing.T) {
	t.Parallel()
	var err error
	for _, err = range datatransfer.WithoutProtected(lostSchemas{noteSource(t)}).Entities(t.Context()) {
	}
	require.ErrorIs(t, err, errBoom)
}

type lostSchemas struct{ *source }

func (lostSchemas) Schemas(context.Context) (datatransfer.Schemas, error) { return nil, errBoom }

func linesOf[T appender](t testing.TB, seq iter.Seq2[T, error]) []string {
	t.Helper()
	var lines []string
	for record, err := range seq {
		require.NoError(t, err)
		require.NoError(t, appendJSON(&lines, record))
	}
	return slices.Clip(lines)
}
