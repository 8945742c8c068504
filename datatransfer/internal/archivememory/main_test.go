package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// The program runs without the race detector, which needs several times the memory.
func TestMemoryStaysBelow64MiBForAnArchiveOf256MiB(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells the largest resident memory of a process")
	}
	program := filepath.Join(t.TempDir(), "archivememory")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	peak := regexp.MustCompile(`(\w+) +([0-9.]+) MiB above start`)
	for _, args := range [][]string{
		{"-files", "256MiB"}, {"-files", "256MiB", "-kind", "dir"}, {"-records", "100000"},
		{"-records", "100000", "-kind", "tar.gz"},
	} {
		out, err := exec.Command(program, append(args, "-folder", t.TempDir())...).CombinedOutput()
		require.NoError(t, err, "%s", out)
		t.Logf("%s", bytes.TrimSpace(out))
		phases := peak.FindAllSubmatch(out, -1)
		require.Len(t, phases, 3)
		for _, phase := range phases {
			mib, err := strconv.ParseFloat(string(phase[2]), 64)
			require.NoError(t, err)
			require.LessOrEqual(t, mib, 64.0, "%s of %v", phase[1], args)
		}
	}
}
