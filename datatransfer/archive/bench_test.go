package archive_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// fileSource yields the files of a folder.
type fileSource struct {
	datatransfer.Source
	folder string
	names  []string
}

func (s fileSource) Entities(context.Context) iter.Seq2[datatransfer.Entity, error] {
	return sequence[datatransfer.Entity](nil)
}

func (s fileSource) Assets(context.Context) iter.Seq2[datatransfer.Asset, error] {
	return func(yield func(datatransfer.Asset, error) bool) {
		for _, name := range s.names {
			file, err := os.Open(filepath.Join(s.folder, name))
			if err != nil {
				yield(datatransfer.Asset{}, err)
				return
			}
			stat, err := file.Stat()
			a := asset(name, 0, "")
			a.Size, a.Body = stat.Size(), file
			goOn := yield(a, err)
			file.Close()
			if !goOn {
				return
			}
		}
	}
}

// makeFiles writes files of 2 MiB of random bytes, which cannot be compressed.
func makeFiles(b *testing.B, n int) fileSource {
	src := fileSource{Source: open(b, "testdata/export.tar", nil), folder: b.TempDir()}
	random := rand.NewChaCha8([32]byte{1})
	content := make([]byte, 2<<20)
	for i := range n {
		random.Read(content)
		src.names = append(src.names, fmt.Sprintf("file%d.bin", i))
		require.NoError(b, os.WriteFile(filepath.Join(src.folder, src.names[i]), content, 0o600))
	}
	return src
}

// BenchmarkFiles writes files into an archive and, in turns, lets tar do it. The metric
// tar/ours is how many times as fast as tar the archive was written; tar writes into a
// pipe, and the archive is written to the disk.
func BenchmarkFiles(b *testing.B) {
	for _, test := range []struct {
		name    string
		files   int
		opts    archive.WriteOptions
		command string
	}{
		{"plain", 64, archive.WriteOptions{Encryption: archive.None, NoCompress: true}, "tar -c ."},
		{"compressed", 16, archive.WriteOptions{Encryption: archive.None}, "tar -c . | gzip -6"},
		{"compressed and age", 16, archive.WriteOptions{Passphrase: passphrase}, "tar -c . | gzip -6"},
	} {
		b.Run(test.name, func(b *testing.B) {
			src := makeFiles(b, test.files)
			var ours, tar time.Duration
			b.SetBytes(int64(test.files) << 21)
			for b.Loop() {
				began := time.Now()
				name := write(b, filepath.Join(b.TempDir(), "x"), test.opts, src)
				ours += time.Since(began)
				require.NoError(b, os.Remove(name))

				began = time.Now()
				cmd := exec.CommandContext(b.Context(), "sh", "-c", test.command)
				cmd.Dir = src.folder
				out, err := cmd.StdoutPipe()
				require.NoError(b, err)
				require.NoError(b, cmd.Start())
				_, err = io.Copy(io.Discard, out)
				require.NoError(b, err)
				require.NoError(b, cmd.Wait())
				tar += time.Since(began)
			}
			b.ReportMetric(tar.Seconds()/ours.Seconds(), "tar/ours")
			b.ReportMetric(float64(b.N)*float64(test.files<<21)/1e6/tar.Seconds(), "tar-MB/s")
		})
	}
}

// BenchmarkRecords writes and reads entities of 1 kB with one processor. Reading is Open,
// which checks all of them, and then the entities. The metric per CPU second leaves out
// the time that other processes take.
func BenchmarkRecords(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const records = 100_000
	text := strings.Repeat("a line of text, 25 bytes\\n", 37)
	rows := make([]datatransfer.Entity, 1000)
	var parser datatransfer.Parser
	for i := range rows {
		data := fmt.Sprintf(`{"documentId":"%024d","title":"title %d","text":"%s"}`, i, i, text[:900/26*26])
		var err error
		rows[i], err = parser.Entity(fmt.Appendf(nil, `{"type":"api::note.note","id":%d,"data":%s}`, i, json.RawMessage(data)))
		require.NoError(b, err)
	}
	source := func(yield func(datatransfer.Entity, error) bool) {
		for i := range records {
			if !yield(rows[i%len(rows)], nil) {
				return
			}
		}
	}
	opts := plainKinds()["tar"]
	opts.Overwrite = true
	name := filepath.Join(b.TempDir(), "x")
	cpu := func() time.Duration {
		var usage syscall.Rusage
		require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	report := func(b *testing.B, began time.Time, used time.Duration) {
		n := float64(b.N) * records
		b.ReportMetric(n/time.Since(began).Seconds(), "records/s")
		b.ReportMetric(n/(cpu()-used).Seconds(), "records/cpu-s")
	}
	b.Run("write", func(b *testing.B) {
		began, used := time.Now(), cpu()
		for b.Loop() {
			w := begin(b, name, opts)
			require.NoError(b, w.WriteEntities(b.Context(), source))
			require.NoError(b, w.Commit(b.Context()))
		}
		report(b, began, used)
	})
	b.Run("open", func(b *testing.B) {
		began, used := time.Now(), cpu()
		for b.Loop() {
			r, err := archive.Open(b.Context(), name+".tar", nil)
			require.NoError(b, err)
			require.NoError(b, r.Close())
		}
		report(b, began, used)
	})
	b.Run("open and read", func(b *testing.B) {
		began, used := time.Now(), cpu()
		for b.Loop() {
			r, err := archive.Open(b.Context(), name+".tar", nil)
			require.NoError(b, err)
			n := 0
			for _, err := range r.Entities(b.Context()) {
				require.NoError(b, err)
				n++
			}
			require.Equal(b, records, n)
			require.NoError(b, r.Close())
		}
		report(b, began, used)
	})
}
