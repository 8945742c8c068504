//go:build linux || darwin

package archive_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
)

// The variables that make the test binary a child process. It replaces an archive, once or
// for ever, and tells each record on its standard output.
const (
	childArchive  = "ARCHIVE_TEST_CHILD"
	childFormat   = "ARCHIVE_TEST_FORMAT"
	childFileSize = "ARCHIVE_TEST_FILE_SIZE" // bytes that a file of it may have; "": no limit
	childForEver  = "ARCHIVE_TEST_FOR_EVER"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(childArchive); name != "" {
		if err := replaceArchive(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func replaceArchive(name string) error {
	if limit, err := strconv.ParseUint(os.Getenv(childFileSize), 10, 64); err == nil {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
			return err
		}
	}
	ctx := context.Background()
	src, err := archive.Open(ctx, "testdata/rich.tar", nil)
	if err != nil {
		return err
	}
	for {
		opts := &archive.WriteOptions{Encryption: archive.None, NoCompress: true, Overwrite: true, FileSize: 500}
		if os.Getenv(childFormat) == "dir" {
			opts.Format = archive.FormatDir
		}
		w, err := archive.Create(name, opts)
		if err != nil {
			return err
		}
		left := 1 << 30
		source := brokenSource{Source: src, left: &left, each: func() { fmt.Println("record") }}
		if _, err := datatransfer.Run(ctx, source, w, nil); err != nil {
			return err
		}
		if os.Getenv(childForEver) == "" {
			return nil
		}
	}
}

func child(t *testing.T, name, format string, more ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), childArchive+"="+name, childFormat+"="+format)
	cmd.Env = append(cmd.Env, more...)
	return cmd
}

func TestAFullDiskLeavesTheOldArchive(t *testing.T) {
	for format, opts := range plainKinds() {
		t.Run(format, func(t *testing.T) {
			folder := t.TempDir()
			base := filepath.Join(folder, "x")
			name := write(t, base, opts, open(t, "testdata/export.tar", nil))
			want := takeSnapshot(t, open(t, name, nil))
			limits := []int{0, 1, 512, 1000, 30_000, 60_000, 100_000, 150_000, 190_000}
			if format == "dir" {
				limits = []int{0, 1, 100, 500, 1000, 5000, 10_000}
			}
			for _, limit := range limits {
				cmd := child(t, base, format, childFileSize+"="+strconv.Itoa(limit))
				out, err := cmd.CombinedOutput()
				require.Error(t, err)
				require.Contains(t, string(out), syscall.EFBIG.Error())
				require.Equal(t, []string{filepath.Base(name)}, list(t, folder))
				require.Equal(t, want, takeSnapshot(t, open(t, name, nil)))
			}
			require.NoError(t, child(t, base, format, childFileSize+"=10000000").Run())
			require.NotEqual(t, want, takeSnapshot(t, open(t, name, nil)))
		})
	}
}

// The child process replaces an archive again and again. Whenever it is killed, the
// archive is whole.
func TestAKilledProcessLeavesAWholeArchive(t *testing.T) {
	old := takeSnapshot(t, open(t, "testdata/export.tar", nil))
	replaced := takeSnapshot(t, open(t, "testdata/rich.tar", nil))
	random := rand.New(rand.NewPCG(1, 2))
	for format, opts := range plainKinds() {
		t.Run(format, func(t *testing.T) {
			base := filepath.Join(t.TempDir(), "x")
			name := write(t, base, opts, open(t, "testdata/export.tar", nil))
			opts.Overwrite = true
			for range 12 {
				write(t, base, opts, open(t, "testdata/export.tar", nil))
				cmd := child(t, base, format, childForEver+"=1")
				out, err := cmd.StdoutPipe()
				require.NoError(t, err)
				require.NoError(t, cmd.Start())
				lines := bufio.NewScanner(out)
				for range 1 + random.IntN(3*84) { // records of three archives
					require.True(t, lines.Scan())
				}
				require.NoError(t, cmd.Process.Kill())
				_, _ = io.Copy(io.Discard, out)
				var exit *exec.ExitError
				require.True(t, errors.As(cmd.Wait(), &exit))

				found := takeSnapshot(t, open(t, name, nil))
				if found.Metadata == old.Metadata {
					require.Equal(t, old, found)
				} else {
					require.Equal(t, replaced, found)
				}
			}
			write(t, base, opts, open(t, "testdata/rich.tar", nil))
			require.Equal(t, []string{filepath.Base(name)}, list(t, filepath.Dir(name)), "nothing is left")
		})
	}
}
