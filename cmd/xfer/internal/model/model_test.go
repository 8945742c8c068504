package model_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/model"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

func parseSchemas(t testing.TB, lines ...string) datatransfer.Schemas {
	t.Helper()
	schemas, err := datatransfer.ParseSchemas(func(yield func(json.RawMessage, error) bool) {
		for _, line := range lines {
			if !yield(json.RawMessage(line), nil) {
				return
			}
		}
	})
	require.NoError(t, err)
	return schemas
}

const (
	pageSchema = `{"uid":"api::page.page","modelType":"contentType","kind":"collectionType","info":{"displayName":"Page"},"attributes":{
		"zebra":{"type":"string"},
		"seo":{"type":"component","component":"default.seo"},
		"blocks":{"type":"dynamiczone","components":["default.quote","default.seo"]},
		"author":{"type":"relation","relation":"manyToOne","target":"api::author.author"}}}`
	seoSchema   = `{"uid":"default.seo","modelType":"component","attributes":{"title":{"type":"string"},"images":{"type":"component","component":"default.image","repeatable":true}}}`
	imageSchema = `{"uid":"default.image","modelType":"component","attributes":{"alt":{"type":"string"}}}`
)

func parseRecord(t testing.TB, m *model.Model, uid, data string) model.Record {
	t.Helper()
	record, err := m.Record(datatransfer.Entity{Type: uid, ID: datatransfer.IntRef(7), Data: json.RawMessage(data)})
	require.NoError(t, err)
	return record
}

func TestTheKeyOfARecordIsTheSameInEachInstance(t *testing.T) {
	for data, want := range map[string]string{
		`{"documentId":"abc"}`: "abc",
		`{"documentId":"abc","locale":null,"publishedAt":"2026-11-25T00:00:00.000Z"}`: "abc",
		`{"documentId":"abc","publishedAt":null}`:                                     "abc (draft)",
		`{"documentId":"abc","locale":"fr","publishedAt":null}`:                       "abc (fr, draft)",
		`{"documentId":"abc","locale":"fr"}`:                                          "abc (fr)",
		`{"locale":"fr"}`:                                                             "id 7 (fr)",
		`{"documentId":null}`:                                                         "id 7",
		`{"documentId":12}`:                                                           "id 7",
	} {
		require.Equal(t, want, parseRecord(t, model.New(), "api::page.page", data).Key, data)
	}
}

func TestAnEntityWhoseDataIsNotAnObjectIsAnErrorWithoutTheData(t *testing.T) {
	_, err := model.New().Record(datatransfer.Entity{Type: "api::page.page", Data: json.RawMessage(`["secret"]`)})
	require.EqualError(t, err, "an entity of api::page.page: its data is not an object")
}

func TestComponentsAreFoundAtAnyDepth(t *testing.T) {
	m := model.New(parseSchemas(t, pageSchema, seoSchema, imageSchema))
	record := parseRecord(t, m, "api::page.page", `{
		"seo":{"id":1,"title":"t","images":[{"id":2},{"id":3}]},
		"blocks":[{"__component":"default.quote","id":4},{"__component":"default.seo","id":5,"images":[{"id":6}]},null,"odd"],
		"author":{"id":9}}`)
	var found []string
	for component := range m.Components(record) {
		found = append(found, fmt.Sprintf("%s %s %s", component.UID, component.ID, component.Path))
	}
	slices.Sort(found)
	require.Equal(t, []string{
		"default.image 2 seo.images[0]", "default.image 3 seo.images[1]", "default.image 6 blocks[1].images[0]",
		"default.quote 4 blocks[0]", "default.seo 1 seo", "default.seo 5 blocks[1]",
	}, found)
	for range m.Components(record) {
		break
	}
}

func TestValuesThatSayTheSameHaveOneCanonicalText(t *testing.T) {
	m := model.New(parseSchemas(t, pageSchema, seoSchema, imageSchema))
	for _, test := range []struct {
		field, a, b string
		same        bool
	}{
		{"zebra", `"é<"`, `"\u00e9\u003c"`, true},
		{"zebra", `"a/b"`, `"a\/b"`, true},
		{"zebra", `"a"`, `"b"`, false},
		{"zebra", `null`, `""`, false},
		{"zebra", `12345678901234567890`, `12345678901234567891`, false},
		{"zebra", `{"a":1,"b":[1,2]}`, `{ "b" : [1, 2], "a" : 1 }`, true},
		{"zebra", `[1,2]`, `[2,1]`, false},
		{"zebra", `{"id":1}`, `{"id":2}`, false},
		{"seo", `{"id":1,"title":"t"}`, `{"title":"t","id":2}`, true},
		{"seo", `{"id":1,"images":[{"id":1,"alt":"x"}]}`, `{"id":2,"images":[{"id":9,"alt":"x"}]}`, true},
		{"seo", `{"id":1,"images":[{"id":1,"alt":"x"}]}`, `{"id":1,"images":[{"id":1,"alt":"y"}]}`, false},
		{"blocks", `[{"__component":"default.seo","id":1}]`, `[{"__component":"default.seo","id":2}]`, true},
		{"blocks", `[{"__component":"default.seo","id":1}]`, `[{"__component":"default.quote","id":1}]`, false},
	} {
		canonical := func(value string) string {
			text, err := m.Canonical(parseRecord(t, m, "api::page.page", `{"`+test.field+`":`+value+`}`), test.field)
			require.NoError(t, err)
			return string(text)
		}
		require.Equal(t, test.same, canonical(test.a) == canonical(test.b), "%s and %s", test.a, test.b)
	}
}

func TestSchemasOfTwoInstancesAreJoined(t *testing.T) {
	old := `{"uid":"api::page.page","modelType":"contentType","kind":"collectionType","attributes":{"seo":{"type":"json"},"old":{"type":"string"}}}`
	m := model.New(parseSchemas(t, old), parseSchemas(t, pageSchema, seoSchema))
	page := m.Type("api::page.page")
	require.Equal(t, "component", page.Attributes["seo"].Type)
	require.Equal(t, "string", page.Attributes["old"].Type)
	require.Equal(t, "string", page.Attributes["zebra"].Type)
	require.Nil(t, m.Type("default.image"))
}

func TestAttributesKeepTheirOrder(t *testing.T) {
	page := model.New(parseSchemas(t, pageSchema)).Type("api::page.page")
	require.Equal(t, "Page", page.Name)
	require.Equal(t, []string{"zebra", "seo", "blocks", "author"}, page.Order)
	require.Equal(t, "manyToOne api::author.author", page.Attributes["author"].Details())
	require.Equal(t, "default.quote, default.seo", page.Attributes["blocks"].Details())
	require.Equal(t, "default.seo", page.Attributes["seo"].Details())
	require.Empty(t, page.Attributes["zebra"].Details())
}

func TestConfigurationIsFoundByKeyEnvironmentAndTag(t *testing.T) {
	for value, want := range map[string]string{
		`{"key":"a","environment":null,"tag":""}`: "a",
		`{"key":"a","environment":"e","tag":"t"}`: "a (environment e) (tag t)",
	} {
		record := model.Record{Type: datatransfer.ConfigCoreStore}
		require.NoError(t, json.Unmarshal([]byte(value), &record.Fields))
		require.Equal(t, want, model.ConfigKey(record))
	}
	webhook := model.Record{Type: datatransfer.ConfigWebhook, Fields: map[string]json.RawMessage{"name": json.RawMessage(`"hook"`)}}
	require.Equal(t, "hook", model.ConfigKey(webhook))
}
