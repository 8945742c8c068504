package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDiffFindsNothingBetweenFormsOfOneArchive(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, mapFS(readTar(t, samples+"rich.tar"))))
	got := xfer(t, "diff", "--quiet", samples+"rich.tar", folder)
	require.Equal(t, result{0, "nothing differs\n", ""}, got)
}

// An import gives rows and components new IDs.
func TestDiffIgnoresTheIDsOfRowsAndComponents(t *testing.T) {
	renumbered := changedSample(t, "rich.tar", func(entries map[string]string) {
		entries[entitiesFile] = eachLine(t, entries[entitiesFile], func(entity map[string]any) { addToIDs(entity, 1000) })
		entries[linksFile] = eachLine(t, entries[linksFile], func(link map[string]any) {
			for _, side := range []string{"left", "right"} {
				end := link[side].(map[string]any)
				if ref, isNumber := end["ref"].(float64); isNumber {
					end["ref"] = ref + 1000
				}
			}
		})
		entries[configFile] = eachLine(t, entries[configFile], func(config map[string]any) {
			value := config["value"].(map[string]any)
			value["id"] = value["id"].(float64) + 1000
		})
	})
	require.Equal(t, result{0, "nothing differs\n", ""}, xfer(t, "diff", "-q", samples+"rich.tar", renumbered))
}

// eachLine changes the records of an entry.
func eachLine(t *testing.T, lines string, change func(map[string]any)) string {
	t.Helper()
	var changed []string
	for line := range strings.Lines(lines) {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record))
		change(record)
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(true) // another notation of the same strings
		require.NoError(t, encoder.Encode(record))
		changed = append(changed, text.String())
	}
	return strings.Join(changed, "")
}

func addToIDs(value any, n float64) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			addToIDs(item, n)
		}
	case map[string]any:
		for name, member := range value {
			if id, isNumber := member.(float64); name == "id" && isNumber {
				value[name] = id + n
			}
			addToIDs(member, n)
		}
	}
}

func TestDiffNamesWhatDiffersAndNotItsContent(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, entries map[string]string)
		lines  []string
	}{
		"a field": {func(t *testing.T, entries map[string]string) {
			replace(t, entries, entitiesFile, `"hash":"img_8460ecf0cc","ext":".png","mime":"image/png"`, `"hash":"img_8460ecf0cc","ext":".png","mime":"secret-mime"`)
		}, []string{"entities", "~ plugin::upload.file c6sx2pb2hl29r9uf0xxwztxi: mime"}},
		"a record less": {func(t *testing.T, entries map[string]string) {
			entries[configFile] = entries[configFile][:strings.LastIndex(entries[configFile], "\n")]
		}, []string{"configuration", "- webhook hook"}},
		"a record more": {func(t *testing.T, entries map[string]string) {
			entries[configFile] += "\n" + `{"type":"core-store","value":{"id":99,"key":"new","value":"secret-value","type":"string","environment":null,"tag":"t"}}`
		}, []string{"configuration", "+ core-store new (tag t)"}},
		"a link": {func(t *testing.T, entries map[string]string) {
			replace(t, entries, linksFile, `"type":"api::category.category","field":"articles","ref":2,"pos":2`, `"type":"api::category.category","field":"articles","ref":3,"pos":2`)
		}, []string{
			"links",
			"+ api::article.article co8tamq1zx91xpfgiypsdfts (draft) category -> api::category.category j87kh52em19c8i5pyo8dac9g (fr) articles",
			"- api::article.article co8tamq1zx91xpfgiypsdfts (draft) category -> api::category.category tye2z5xuygahxxvy7xy7b4g3 (en) articles",
		}},
		"an order": {func(t *testing.T, entries map[string]string) {
			replace(t, entries, linksFile, `"ref":3,"pos":1},"right"`, `"ref":3,"pos":7},"right"`)
		}, []string{"links", "~ api::article.article r2gedq4i9xri269ixcz9mdnc (draft) see_also -> api::article.article lum05f8xopscelnw1zjr1l78 (draft) seen_from: position"}},
		"a file": {func(t *testing.T, entries map[string]string) {
			entries["assets/uploads/noext_14f0d9d9f4.bin"] = strings.Repeat("x", len(entries["assets/uploads/noext_14f0d9d9f4.bin"]))
		}, []string{"assets", "~ noext_14f0d9d9f4.bin: content"}},
		"a component": {func(t *testing.T, entries map[string]string) {
			entries[entitiesFile] = strings.Replace(entries[entitiesFile], `"seo":{`, `"seo":{"metaTitle2":"secret-title",`, 1)
		}, []string{"entities", "~ api::article.article lum05f8xopscelnw1zjr1l78 (draft): seo"}},
		"a schema": {func(t *testing.T, entries map[string]string) {
			replace(t, entries, schemasFile, `"uid":"api::homepage.homepage"`, `"uid":"api::homepage.frontpage"`)
		}, []string{"schemas", "- api::homepage.homepage", "+ api::homepage.frontpage"}},
	} {
		t.Run(name, func(t *testing.T) {
			changed := changedSample(t, "rich.tar", func(entries map[string]string) { test.change(t, entries) })
			got := xfer(t, "diff", "-q", samples+"rich.tar", changed)
			require.Equal(t, 3, got.code, got.stderr)
			list, _, found := strings.Cut(got.stdout, "\n\n")
			require.True(t, found)
			require.Equal(t, strings.Join(test.lines, "\n"), list)
			require.NotContains(t, got.stdout+got.stderr, "secret-")
		})
	}
}

func TestDiffOfSchemasReadsNoRecords(t *testing.T) {
	changed := changedSample(t, "export.tar", func(entries map[string]string) { delete(entries, linksFile) })
	require.Equal(t, result{0, "nothing differs\n", ""}, xfer(t, "diff", "--schemas", samples+"export.tar", changed))
	got := xfer(t, "diff", "--schemas", samples+"export.tar", samples+"rich.tar")
	require.Equal(t, 3, got.code)
	require.Contains(t, got.stdout, "+ api::article.article attributes.category\n")
	require.NotContains(t, got.stdout, "STAGE")
}

func TestDiffListsAsManyRecordsOfATypeAsTheLimitSays(t *testing.T) {
	count := func(args ...string) int {
		got := xfer(t, append([]string{"diff", "-q", samples + "export.tar", samples + "rich.tar"}, args...)...)
		require.Equal(t, 3, got.code)
		return strings.Count(got.stdout, "\n+ plugin::upload.file")
	}
	require.Equal(t, 3+13, count())
	require.Equal(t, 2+2, count("--limit", "2"))
	require.Equal(t, 3+13, count("--limit", "0"))
	require.Contains(t, xfer(t, "diff", samples+"export.tar", samples+"rich.tar", "--limit", "1").stdout, "more records (--limit 0 prints all)\n")
}

// Programs read this shape: members are added to it, and none is renamed.
func TestDiffPrintsJSONOfAStableShape(t *testing.T) {
	got := xfer(t, "diff", "--json", "--limit", "1", samples+"export.tar", samples+"rich.tar")
	require.Equal(t, 3, got.code)
	requireGolden(t, "diff.json", got.stdout)
}

func TestDiffReadsARemoteInstance(t *testing.T) {
	r, _ := remoteWith(t, 1)
	other, _ := remoteWith(t, 2)
	base := filepath.Join(t.TempDir(), "backup")
	require.Zero(t, xfer(t, "XFER_TOKEN="+r.Token, "pull", "--no-encrypt", r.URL, base).code)

	require.Equal(t, result{0, "nothing differs\n", ""}, xfer(t, "XFER_TOKEN="+r.Token, "diff", "-q", base+".tar.gz", r.URL))
	require.Equal(t, result{0, "nothing differs\n", ""}, xfer(t, "XFER_A_TOKEN="+r.Token, "diff", "-q", r.URL, base+".tar.gz"))
	got := xfer(t, "XFER_A_TOKEN="+r.Token, "XFER_B_TOKEN="+other.Token, "diff", r.URL, other.URL)
	require.Equal(t, 3, got.code, got.stderr)
	require.NotContains(t, got.stdout+got.stderr, r.Token)

	got = xfer(t, "XFER_TOKEN=wrong", "diff", base+".tar.gz", r.URL)
	require.Equal(t, 4, got.code)
	got = xfer(t, "diff", base+".tar.gz", r.URL)
	require.Equal(t, 2, got.code)
	require.Contains(t, got.stderr, "give --b-token-file FILE, or set XFER_B_TOKEN")
}
