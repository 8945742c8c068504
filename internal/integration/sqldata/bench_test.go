package sqldata_test

import "testing"

// BenchmarkReplace replaces 5,000 articles, their categories, tags, links and settings.
func BenchmarkReplace(b *testing.B) {
	const rows = 5000
	for _, kind := range backends {
		b.Run(kind.name, func(b *testing.B) {
			kind.need(b)
			d := kind.open(b)
			x := d.instance(b, d.shopConfig(b.TempDir()))
			data := manyRows(sampleOf(b, x, 1).Schemas, rows)
			records := len(data.Entities) + len(data.Links) + len(data.Configuration)
			b.ResetTimer()
			for range b.N {
				push(b, x, data)
			}
			b.ReportMetric(float64(records*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
