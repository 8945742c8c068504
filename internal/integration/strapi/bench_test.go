package strapi_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/internal/integration/strapi"
)

// BenchmarkBackup compares, on one server and in turns, a backup by xfer with `strapi transfer --from`, which pulls the same
// data into a project beside it. Both are measured as processes, from start to end.
//
//	go test -run '^$' -bench Backup -benchtime 3x ./strapi
func BenchmarkBackup(b *testing.B) {
	for _, c := range []struct {
		name           string
		articles, size int // of the body, in KiB
	}{
		{"small", 0, 0},
		{"articles=2000", 2000, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			xfer := buildXfer(b)
			from := strapi.Seeded(b)
			if c.articles > 0 {
				from.Fill(b, c.articles, c.size)
			}
			server := from.Start(b)
			var ours, theirs usage
			for i := range b.N {
				cmd := exec.Command(xfer, "pull", "--quiet", "--no-encrypt", server.URL, filepath.Join(b.TempDir(), fmt.Sprint("backup", i)))
				cmd.Env = append(os.Environ(), "XFER_TOKEN="+strapi.PullToken)
				ours.add(b, cmd)

				to := strapi.New(b)
				theirs.add(b, to.Command(b, "transfer", "--from", server.URL, "--from-token", strapi.PullToken, "--force"))
			}
			server.Stop(b)
			b.ReportMetric(0, "ns/op")
			n := float64(b.N)
			b.ReportMetric(ours.wall.Seconds()/n, "s/xfer")
			b.ReportMetric(theirs.wall.Seconds()/n, "s/strapi")
			b.ReportMetric(theirs.wall.Seconds()/ours.wall.Seconds(), "strapi/xfer")
			b.ReportMetric(float64(ours.peak)/1024, "MiB/xfer")
			b.ReportMetric(float64(theirs.peak)/1024, "MiB/strapi")
		})
	}
}

func buildXfer(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "xfer")
	output, err := exec.Command("go", "build", "-o", path, "github.com/seed-39e76d91/transfertoken/cmd/xfer").CombinedOutput()
	require.NoError(b, err, string(output))
	return path
}

// usage sums up what processes took.
type usage struct {
	wall time.Duration
	peak int64 // of resident memory, in KiB
}

func (u *usage) add(b *testing.B, cmd *exec.Cmd) {
	b.Helper()
	start := time.Now()
	output, err := cmd.CombinedOutput()
	require.NoError(b, err, string(output))
	u.wall += time.Since(start)
	u.peak = max(u.peak, int64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss))
}
