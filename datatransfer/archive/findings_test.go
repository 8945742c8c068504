package archive_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// finding opens a tar of files and returns its findings of a kind.
func findings(t *testing.T, files []file, kind archive.FindingKind) (found []archive.Finding) {
	t.Helper()
	info := open(t, save(t, packTar(t, files)), nil).Info()
	for _, f := range info.Findings {
		require.NotContains(t, f.What, "SECRET")
		if f.Kind == kind {
			found = append(found, f)
		}
	}
	require.EqualValues(t, info.Counts[kind], len(found))
	return found
}

// add returns a copy of files in which the file with the name has one more line.
func add(files []file, name, line string) []file {
	return edit(files, name, func(e *file) { e.body += "\n" + line })
}

func TestASoundArchiveHasNoFindings(t *testing.T) {
	info := open(t, "testdata/export.tar", nil).Info()
	require.Empty(t, info.Findings)
	require.Zero(t, info.Problems())
}

func TestALinkToWhatTheArchiveLacksIsFound(t *testing.T) {
	files := sampleFiles(t, "rich.tar")
	link := func(left, right string) string {
		return `{"kind":"relation.basic","relation":"oneToOne","left":{"type":` + left + `},"right":{"type":` + right + `}}`
	}
	const article, category = `"api::article.article","ref":1,"field":"category"`, `"api::category.category","ref":1`
	for name, test := range map[string]struct {
		line string
		want string // what is lacking; "": nothing
	}{
		"all there":                   {link(article, category), ""},
		"component at the left":       {link(`"default.seo","ref":1,"field":"related"`, category), ""},
		"component in a dynamic zone": {link(`"default.seo","ref":5,"field":"related"`, category), ""},
		"component in a component":    {link(`"default.seo","ref":4,"field":"related"`, category), ""},
		"document ID of a translation": {link(`"api::article.article","ref":1,"field":"localizations"`,
			`"api::article.article","ref":"x"`), ""},
		"missing at the right": {link(article, `"api::category.category","ref":99`), "api::category.category 99"},
		"missing at the left":  {link(`"api::article.article","ref":98`, category), "api::article.article 98"},
		"missing component":    {link(`"default.seo","ref":97,"field":"related"`, category), "default.seo 97"},
		"an ID of another type": {link(article, `"api::homepage.homepage","ref":4`),
			"api::homepage.homepage 4"},
		"a document ID elsewhere": {link(article, `"api::category.category","ref":"x"`), `api::category.category "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := add(files, linksFile, test.line)
			for order, files := range map[string][]file{"as written": changed, "links first": first(linksFile)(changed)} {
				found := findings(t, files, archive.DanglingLink)
				if test.want == "" {
					require.Empty(t, found, order)
					continue
				}
				require.Len(t, found, 1, order)
				require.Equal(t, linksFile+", line 36", found[0].Where)
				require.Contains(t, found[0].What, test.want)
			}
		})
	}
}

func TestAFileThatARowNamesAndTheArchiveLacksIsFound(t *testing.T) {
	files := sampleFiles(t, "rich.tar")
	found := findings(t, without(files,
		"assets/metadata/small_img_8460ecf0cc.png.json", "assets/uploads/small_img_8460ecf0cc.png",
		"assets/metadata/noext_14f0d9d9f4.bin.json", "assets/uploads/noext_14f0d9d9f4.bin",
	), archive.MissingFile)
	require.Equal(t, []archive.Finding{
		{Kind: archive.MissingFile, Where: entitiesFile + ", line 1", What: `"small_img_8460ecf0cc.png"`},
		{Kind: archive.MissingFile, Where: entitiesFile + ", line 3", What: `"noext_14f0d9d9f4.bin"`},
	}, found)
}

func TestAnArchiveWithoutFilesSaysSoOnce(t *testing.T) {
	var files []file
	for _, e := range sampleFiles(t, "rich.tar") {
		if !strings.HasPrefix(e.name, "assets/") {
			files = append(files, e)
		}
	}
	info := open(t, save(t, packTar(t, files)), nil).Info()
	require.EqualValues(t, 1, info.Counts[archive.NoFiles])
	require.Zero(t, info.Counts[archive.MissingFile])
	require.Zero(t, info.Problems())
}

func TestAFileWhoseRowIsMissingIsFound(t *testing.T) {
	files := edit(sampleFiles(t, "export.tar"), metadataFile, func(e *file) {
		e.body = strings.Replace(e.body, `"id":1,`, `"id":77,`, 1)
	})
	found := findings(t, files, archive.FileWithoutRecord)
	require.Len(t, found, 1)
	require.Equal(t, metadataFile, found[0].Where)
	require.Contains(t, found[0].What, "77")
}

func TestTypesWithoutSchemaAreFound(t *testing.T) {
	files := sampleFiles(t, "export.tar")
	changed := add(files, entitiesFile, `{"type":"api::gone.gone","id":1,"data":{"x":"SECRET"}}`)
	found := findings(t, changed, archive.UnknownType)
	require.Equal(t, []archive.Finding{{archive.UnknownType, entitiesFile + ", line 7", "api::gone.gone"}}, found)
	found = findings(t, add(files, configurationFile, `{"type":"gone","value":{"x":"SECRET"}}`), archive.UnknownType)
	require.Equal(t, []archive.Finding{{archive.UnknownType, configurationFile + ", line 25", "gone"}}, found)
}

func TestFilesThatNoImportLooksAtAreFound(t *testing.T) {
	files := with(sampleFiles(t, "export.tar"), file{name: "settings/settings_00001.jsonl", body: "SECRET"},
		file{name: "README.md"}, file{name: ".DS_Store"},
		file{name: "assets/uploads/cms/a.svg"}, file{name: "assets/metadata/a.txt"})
	found := findings(t, files, archive.IgnoredEntry)
	require.Len(t, found, 4)
	require.Equal(t, "settings/settings_00001.jsonl", found[0].Where)
}

func TestSecretsInClearAreNamedAndNotShown(t *testing.T) {
	files := sampleFiles(t, "rich.tar")
	files = add(files, configurationFile, `{"type":"core-store","value":{"id":1,`+
		`"key":"plugin_users-permissions_grant","value":`+
		`{"github":{"enabled":true,"key":"","secret":"SECRET"},"list":[{"api_key":"SECRET"},{"accessToken":""}],`+
		`"metadatas":{"password":{"label":"SECRET"}}},"type":"object"}}`)
	var what []string
	for _, f := range findings(t, files, archive.SecretInClear) {
		what = append(what, f.What)
	}
	require.Equal(t, []string{
		"api::homepage.homepage: secret", "webhook: headers.Authorization",
		"plugin_users-permissions_grant: github secret", "plugin_users-permissions_grant: list api_key",
	}, what)
}

// A site with many users has one place for all their passwords, and other places behind them.
func TestEachPlaceOfSecretsIsListedOnceHoweverManySecretsItHas(t *testing.T) {
	files := sampleFiles(t, "rich.tar")
	setting := `{"type":"core-store","value":{"id":1,"key":"grant","value":{"github":{"secret":"SECRET"}}}}`
	files = edit(files, configurationFile, func(e *file) { e.body = strings.Repeat(setting+"\n", 150) + e.body })
	info := open(t, save(t, packTar(t, files)), nil).Info()
	require.EqualValues(t, 152, info.Counts[archive.SecretInClear])
	var what []string
	for _, f := range info.Findings {
		what = append(what, f.What)
	}
	require.Equal(t, []string{"api::homepage.homepage: secret", "grant: github secret", "webhook: headers.Authorization"}, what)
}

func TestFindingsAreCountedButNotAllListed(t *testing.T) {
	files := sampleFiles(t, "export.tar")
	lines := strings.Repeat("\n"+`{"type":"api::gone.gone","id":1,"data":{}}`, 250)
	info := open(t, save(t, packTar(t, edit(files, entitiesFile, func(e *file) { e.body += lines }))), nil).Info()
	require.EqualValues(t, 250, info.Counts[archive.UnknownType])
	require.EqualValues(t, 250, info.Problems())
	require.Len(t, info.Findings, 100)
}
