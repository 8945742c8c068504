package main_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVerifyIsContentWithExportsOfStrapi(t *testing.T) {
	got := xfer(t, "XFER_KEY="+sampleKey,
		"verify", samples+"export.tar", samples+"export.tar.gz.enc", samples+"rich.tar")
	require.Equal(t, result{0, `ARCHIVE                                                RESULT  ENTITIES  ASSETS  LINKS  CONFIGURATION  FINDINGS
../../datatransfer/archive/testdata/export.tar         ok             6       1      8             24         0
../../datatransfer/archive/testdata/export.tar.gz.enc  ok             6       1      8             24         0
../../datatransfer/archive/testdata/rich.tar           ok            13       7     35             29         0
`, ""}, got)
}

func TestVerifyNamesDanglingLinksAndMissingFilesAndEndsWithCode3(t *testing.T) {
	archive := changedSample(t, "export.tar", func(entries map[string]string) {
		replace(t, entries, linksFile, `"ref":3,"field":"localizations"`, `"ref":333,"field":"localizations"`)
		delete(entries, "assets/uploads/client_0f0e94137b.txt")
		delete(entries, "assets/metadata/client_0f0e94137b.txt.json")
		entries["assets/metadata/other.txt.json"] = `{"id":1,"name":"o","hash":"other","ext":".txt","mime":"text/plain","size":0.1,"url":"/o"}`
		entries["assets/uploads/other.txt"] = "other"
	})
	got := xfer(t, "verify", archive)
	require.Equal(t, 3, got.code, got.stderr)
	require.Empty(t, got.stderr)
	require.Contains(t, got.stdout, "dangling link")
	require.Contains(t, got.stdout, "333")
	require.Contains(t, got.stdout, "missing file")
	require.Contains(t, got.stdout, "client_0f0e94137b.txt")
}

func TestVerifyGoesOnAfterABadArchiveAndEndsWithTheWorstCode(t *testing.T) {
	dangling := changedSample(t, "export.tar", func(entries map[string]string) {
		replace(t, entries, linksFile, `"ref":3,"field":"localizations"`, `"ref":333,"field":"localizations"`)
	})
	bad := changedSample(t, "export.tar", func(entries map[string]string) {
		entries[entitiesFile] += "\n{"
	})
	for _, test := range []struct {
		archives []string
		code     int
	}{
		{[]string{samples + "export.tar", dangling}, 3},
		{[]string{"none.tar", dangling}, 1},
		{[]string{bad, "none.tar", dangling, samples + "export.tar"}, 5},
	} {
		got := xfer(t, append([]string{"verify"}, test.archives...)...)
		require.Equal(t, test.code, got.code)
		for _, archive := range test.archives {
			require.Contains(t, got.stdout, archive+" ")
		}
	}
	require.Contains(t, xfer(t, "verify", bad).stderr, entitiesFile+", line 7")
}

// Programs read this shape: members are added to it, and none is renamed.
func TestVerifyPrintsJSONOfAStableShape(t *testing.T) {
	dangling := changedSample(t, "export.tar", func(entries map[string]string) {
		replace(t, entries, linksFile, `"ref":3,"field":"localizations"`, `"ref":333,"field":"localizations"`)
	})
	got := xfer(t, "verify", "--json", samples+"export.tar", dangling, "none.tar")
	require.Equal(t, 3, strings.Count(got.stdout, `"archive"`))
	requireGolden(t, "verify.json", strings.ReplaceAll(got.stdout, dangling, "dangling.tar"))
}

func TestAnArchiveWithoutFilesHasNoMissingFiles(t *testing.T) {
	archive := changedSample(t, "export.tar", func(entries map[string]string) {
		delete(entries, "assets/uploads/client_0f0e94137b.txt")
		delete(entries, "assets/metadata/client_0f0e94137b.txt.json")
	})
	require.Zero(t, xfer(t, "verify", archive).code)
}

func TestVerifyTakesAFolder(t *testing.T) {
	folder := t.TempDir()
	entries := readTar(t, samples+"export.tar")
	require.NoError(t, os.CopyFS(folder, mapFS(entries)))
	var report struct{ Archives []struct{ Result string } }
	require.NoError(t, json.Unmarshal([]byte(xfer(t, "verify", "--json", folder).stdout), &report))
	require.Equal(t, "ok", report.Archives[0].Result)
}
