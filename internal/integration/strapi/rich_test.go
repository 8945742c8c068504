package strapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The tests of this package compare what comes out of a transfer with the seeded project. They
// say little about kinds of data that it does not have, so it has them all.
func TestSeededProjectHasEveryKindOfData(t *testing.T) {
	t.Parallel()
	data := seededData(t)
	var entities, links, configuration strings.Builder
	for _, e := range data.Entities {
		fmt.Fprintf(&entities, "%s %s\n", e.Type, e.Data)
	}
	kinds := map[string]int{}
	for _, l := range data.Links {
		fmt.Fprintf(&links, "%s.%s > %s.%s\n", l.Left.Type, l.Left.Field, l.Right.Type, l.Right.Field)
		kinds[l.Kind+" "+l.Relation]++
	}
	for _, c := range data.Configuration {
		fmt.Fprintf(&configuration, "%s %s\n", c.Type, c.Value)
	}
	for _, c := range []struct{ kind, in, pattern string }{
		{"a component in a component in a list", entities.String(), `"quotes":\[{[^\]]*"seo":{[^}]*"metaTitle":"n"`},
		{"a dynamic zone", entities.String(), `"sections":\[.*"__component":"default.quote"`},
		{"a localization", entities.String(), `category .*"name":"Racine".*"locale":"fr"`},
		{"a draft beside what is published", entities.String(), `article .*"publishedAt":null`},
		{"something published", entities.String(), `article .*"publishedAt":"`},
		{"formats of a picture", entities.String(), `"formats":{.*"thumbnail":`},
		{"an integer beyond 53 bits", entities.String(), `"big":"9007199254740992"`},
		{"JSON in a field", entities.String(), `"settings":{"a":\[1,2,{"b":null}\]}`},
		{"a relation of a component", links.String(), `default\.seo\.related > api::category\.category`},
		{"a file of a component", links.String(), `plugin::upload\.file\.related > default\.seo\.shareImage`},
		{"a list of files", links.String(), `plugin::upload\.file\.related > api::article\.article\.gallery`},
		{"a webhook", configuration.String(), `webhook .*"name":"hook"`},
		{"a setting", configuration.String(), `core-store .*"key":"`},
	} {
		require.Regexp(t, c.pattern, c.in, c.kind)
	}
	for _, kind := range []string{
		"relation.morph morphToMany", "relation.morph morphToOne", "relation.basic manyToOne", "relation.basic oneToOne",
		"relation.circular manyToMany", "relation.circular manyToOne", "relation.circular oneToMany",
	} {
		require.NotZero(t, kinds[kind], kind)
	}
	require.GreaterOrEqual(t, len(data.Links), 35)
	var empty, pictures int
	for _, f := range data.Files {
		if len(f.Content) == 0 {
			empty++
		}
		if strings.HasSuffix(f.Name, ".png") {
			pictures++
		}
	}
	require.NotZero(t, empty, "a file of no bytes")
	require.Greater(t, pictures, 1, "a picture and its formats")
}
