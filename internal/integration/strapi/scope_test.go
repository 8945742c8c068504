package strapi_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

// The parts of the data that a push replaces or leaves.
const (
	articles   = "api::article.article"
	categories = "api::category.category"
	homepage   = "api::homepage.homepage"
	locales    = "plugin::i18n.locale"
	fileRows   = datatransfer.TypeFile
	files      = "files"
	coreStore  = datatransfer.ConfigCoreStore
	webhooks   = datatransfer.ConfigWebhook
)

// A push of the command line replaces what its flags say, and nothing else. Links are compared
// with a push of the same scope that only Go code makes.
func TestFlagsOfACLIPush(t *testing.T) {
	t.Parallel()
	data := seededData(t)
	old := outdated(data)
	from := strapi.Seeded(t)
	content := []string{articles, categories, homepage, locales, fileRows}
	configuration := []string{coreStore, webhooks}
	for _, c := range []struct {
		flags string
		stays []string
	}{
		{"", nil},
		{"--throttle 1", nil},
		{"--no-checksums", nil},
		{"--verbose", nil},
		{"--only files", slices.Concat(content, configuration)},
		{"--only config", append([]string{files}, content...)},
		{"--only content", append([]string{files}, configuration...)},
		{"--only content,files", configuration},
		{"--only files,config", content},
		{"--exclude files", []string{files}},
		{"--exclude config", configuration},
		{"--exclude content", content},
		{"--exclude media-library", []string{files, fileRows}},
		{
			"--only content --only-content-types " + articles,
			slices.Concat([]string{categories, homepage, locales, fileRows, files}, configuration),
		},
		{"--only-content-types " + articles, []string{categories, homepage, locales, fileRows, files}},
		{"--exclude-content-types " + homepage, []string{homepage}},
		{
			"--exclude-content-types " + fileRows + "," + datatransfer.TypeFolder,
			[]string{files, fileRows},
		},
	} {
		t.Run(strings.TrimSpace("flags "+c.flags), func(t *testing.T) {
			b := backendWith(t, old.Source(), remote.HandlerOptions{})
			result := from.RunShared(t, b.toFlags(strings.Fields(c.flags)...)...)
			require.Zero(t, result.Code, result.Output)
			got, was, is := parts(t, b.Snapshot()), parts(t, old), parts(t, data)
			for name := range is {
				if slices.Contains(c.stays, name) {
					require.Equal(t, was[name], got[name], "%s is out of the scope", name)
				} else {
					require.Equal(t, is[name], got[name], "%s is in the scope", name)
				}
			}
			require.Len(t, was, len(content)+len(configuration)+1)

			likewise := backendWith(t, old.Source(), remote.HandlerOptions{})
			dst, err := remote.Push(t.Context(), likewise.url, likewise.token.Secret.Reveal(), nil)
			require.NoError(t, err)
			_, err = datatransfer.Run(t.Context(), data.Source(), dst, &datatransfer.Options{Scope: scopeOfFlags(t, c.flags)})
			require.NoError(t, err)
			transfertest.RequireEquivalent(t, withoutStart(t, likewise.Snapshot().Source()), withoutStart(t, b.Snapshot().Source()))
		})
	}
}

// scopeOfFlags returns the scope that xfer would make of the flags.
func scopeOfFlags(t testing.TB, flags string) datatransfer.Scope {
	t.Helper()
	values := map[string][]string{}
	words := strings.Fields(flags)
	for i, word := range words {
		if strings.HasPrefix(word, "--") && i+1 < len(words) {
			values[word] = []string{words[i+1]}
		}
	}
	scope, err := datatransfer.ParseScope(
		values["--only"], values["--exclude"], values["--only-content-types"], values["--exclude-content-types"])
	require.NoError(t, err)
	return scope
}

// outdated returns data that differ from others in every part.
func outdated(data *transfertest.Snapshot) *transfertest.Snapshot {
	old := *data
	old.Entities, old.Files, old.Configuration = nil, nil, nil
	for _, e := range data.Entities {
		for _, member := range []string{`"title":"`, `"name":"`, `"headline":"`} {
			e.Data = bytes.ReplaceAll(e.Data, []byte(member), []byte(member+"old "))
		}
		old.Entities = append(old.Entities, e)
	}
	for _, f := range data.Files {
		f.Content = append([]byte("old "), f.Content...)
		old.Files = append(old.Files, f)
	}
	for _, c := range data.Configuration {
		for _, member := range []string{`"name":"`, `"key":"`} {
			c.Value = bytes.Replace(c.Value, []byte(member), []byte(member+"old "), 1)
		}
		old.Configuration = append(old.Configuration, c)
	}
	return &old
}

// parts returns the names of what each part holds, sorted; of files their contents.
func parts(t testing.TB, data *transfertest.Snapshot) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	add := func(part string, text []byte) {
		var value struct{ Title, Headline, Name, Key string }
		require.NoError(t, json.Unmarshal(text, &value))
		all[part] = append(all[part], value.Title+value.Headline+value.Name+value.Key)
	}
	for _, e := range data.Entities {
		add(e.Type, e.Data)
	}
	for _, c := range data.Configuration {
		add(c.Type, c.Value)
	}
	for _, f := range data.Files {
		all[files] = append(all[files], f.Name+" "+string(f.Content))
	}
	for _, names := range all {
		slices.Sort(names)
	}
	return all
}
