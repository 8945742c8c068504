package strapi_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

// stageLine matches what `strapi transfer` prints when a stage is done, such as
// "✔ links: 141 transferred · 26.6 KB · 196.7 items/s · 717.0ms".
var stageLine = regexp.MustCompile(`✔ (entities|assets|links): (\d+)(?: / \d+)? transferred .* · ([\d.]+(?:ms|s|m))\s*\n`)

// BenchmarkStrapiToStrapi transfers from one Strapi to another with Strapi's own command, and reports the rates of its
// stages. STRAPI_ARTICLES and STRAPI_FILES say how much there is; internal/benchmarks/transfer sets them and reads the
// rates.
//
//	go test -run '^$' -bench StrapiToStrapi -benchtime 1x ./strapi
func BenchmarkStrapiToStrapi(b *testing.B) {
	articles, files := number(b, "STRAPI_ARTICLES", 500), number(b, "STRAPI_FILES", 4)
	from, to := strapi.Seeded(b), strapi.New(b)
	from.FillWithFiles(b, articles, files)
	server := to.Start(b)
	for range b.N {
		result := from.Run(b, "transfer", "--to", server.URL, "--to-token", strapi.PushToken, "--force")
		require.Zero(b, result.Code, result.Output)
		found := map[string]bool{}
		for _, m := range stageLine.FindAllStringSubmatch(result.Output, -1) {
			count, err := strconv.ParseFloat(m[2], 64)
			require.NoError(b, err)
			elapsed, err := time.ParseDuration(m[3])
			require.NoError(b, err)
			found[m[1]] = true
			switch m[1] {
			case "assets":
				b.ReportMetric(float64(files*2<<20)/1e6/elapsed.Seconds(), "files-MB/s")
			default:
				b.ReportMetric(count/elapsed.Seconds(), m[1]+"/s")
			}
		}
		require.Len(b, found, 3, result.Output)
	}
}

func number(b *testing.B, variable string, usual int) int {
	b.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	require.NoError(b, err)
	return n
}
