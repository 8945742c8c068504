package sqldata_test

import (
	"testing"

	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

func TestContract(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		transfertest.Run(t, func(tb testing.TB) transfertest.Instance {
			return d.instance(tb, d.shopConfig(newDir(tb, d)))
		})
	})
}

func TestContractWithRequiredLinks(t *testing.T) {
	onEachBackend(t, func(t *testing.T, b backend) {
		d := b.open(t)
		transfertest.Run(t, func(tb testing.TB) transfertest.Instance {
			return d.instance(tb, d.withReviews(d.shopConfig(newDir(tb, d))))
		})
	})
}

// newDir returns a new folder for files. The state of an earlier one is forgotten.
func newDir(t testing.TB, d *database) string {
	_, _ = d.Exec(d.sql("DROP TABLE IF EXISTS {state}"))
	return t.TempDir()
}
