package transfertoken_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The code in the README and in docs is code of this repository that is compiled and
// run.
func TestTheCodeInTheDocumentsIsReal(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	var blocks [][]string
	for _, page := range append(pages, "README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		blocks = append(blocks, regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1)...)
	}
	require.NotEmpty(t, blocks)

	var sources strings.Builder
	require.NoError(t, filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		source, err := os.ReadFile(path)
		sources.Write(source)
		return err
	}))
	code := unindented(sources.String())
	for _, block := range blocks {
		require.True(t, strings.Contains(code, unindented(block[1])), "no file has this code:\n%s", block[1])
	}
}

// The commands in the README are those of a walk-through that a test runs.
func TestTheCommandsInTheREADMEAreReal(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	walkThrough, err := os.ReadFile("examples/server/README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		for command := range strings.Lines(block[1]) {
			require.Contains(t, string(walkThrough), command)
		}
	}
}

// The commands of the example and what they print are in its own README, which a test writes.
func TestTheOutputInTheREADMEIsReal(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	walkThrough, err := os.ReadFile("examples/instance/README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		for line := range strings.Lines(block[1]) {
			if line != "…\n" {
				require.Contains(t, string(walkThrough), strings.TrimPrefix(line, "$ "))
			}
		}
	}
}

func unindented(code string) string {
	return regexp.MustCompile(`(?m)^\t+`).ReplaceAllString(code, "")
}
