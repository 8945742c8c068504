package datatransfer_test

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// readSample returns the content of an archive that a real Strapi exported, by folder,
// and within that by name.
func readSample(t testing.TB, name string) map[string]map[string]string {
	t.Helper()
	file, err := os.Open("archive/testdata/" + name)
	require.NoError(t, err)
	defer file.Close()
	content := map[string]map[string]string{}
	for archive := tar.NewReader(file); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return content
		}
		require.NoError(t, err)
		body, err := io.ReadAll(archive)
		require.NoError(t, err)
		folder, name := path.Split(header.Name)
		if content[folder] == nil {
			content[folder] = map[string]string{}
		}
		content[folder][name] = string(body)
	}
}

func sampleSource(t testing.TB, name string) *source {
	content := readSample(t, name)
	lines := func(stage string) []string {
		return strings.Split(strings.TrimSpace(content[stage+"/"][stage+"_00001.jsonl"]), "\n")
	}
	src := &source{
		schemas:       schemas(t, lines("schemas")...),
		entities:      entities(t, lines("entities")...),
		links:         links(t, lines("links")...),
		configuration: configuration(t, lines("configuration")...),
	}
	require.NoError(t, src.metadata.UnmarshalJSON([]byte(content[""]["metadata.json"])))
	for name, body := range content["assets/uploads/"] {
		a := asset(name, body)
		a.Metadata = []byte(content["assets/metadata/"][name+".json"])
		src.assets = append(src.assets, a)
	}
	return src
}

// The archives of a real Strapi pass whole, also to a destination with the same schemas.
func TestSamplesPassWhole(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                                            string
		schemas, entities, assets, links, configuration int
	}{
		{"export.tar", 16, 6, 1, 8, 24},
		{"rich.tar", 20, 13, 7, 35, 29},
	} {
		for _, limited := range []bool{false, true} {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				src := sampleSource(t, test.name)
				dst := &destination{}
				if limited {
					dst.schemas = src.schemas
				}
				report, err := datatransfer.Run(t.Context(), src, dst, nil)
				require.NoError(t, err)
				require.Empty(t, report.Differences)
				require.Zero(t, report.MediaWithoutFile)
				for i, count := range []int{test.entities, test.assets, test.links, test.configuration} {
					require.EqualValues(t, count, report.Stages[i].Records)
					require.Empty(t, report.Stages[i].Dropped)
				}
				require.Len(t, dst.start.Schemas, test.schemas)
				require.Equal(t, "5.54.0", dst.start.Metadata.StrapiVersion)
				require.False(t, dst.start.Metadata.CreatedAt.IsZero())

				content := readSample(t, test.name)
				require.Equal(t, content["assets/uploads/"], dst.files)
				for stage, got := range map[string][]string{
					"entities": dst.entities, "links": dst.links, "configuration": dst.configuration,
				} {
					want := strings.Split(strings.TrimSpace(content[stage+"/"][stage+"_00001.jsonl"]), "\n")
					require.Len(t, got, len(want))
					for i := range want {
						require.Equal(t, decode(t, []byte(want[i])), decode(t, []byte(got[i])))
						require.Len(t, got[i], len(want[i]), "only the order of members may differ")
					}
				}
			})
		}
	}
}
