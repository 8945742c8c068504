package browser

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// endingVariable turns the test binary into one that starts a browser and ends in
// the way it names.
const endingVariable = "TRANSFERTOKEN_TEST_ENDING"

func endWithBrowser(ending string) {
	e := named()[0]
	tab, err := e.open(unending{}, newWatch())
	if err != nil {
		panic(err)
	}
	value, err := evaluate[int](tab.context(), tab, "6 * 7")
	fmt.Println("started", value == 42 && err == nil)
	switch ending {
	case "close":
		e.close()
	case "exit":
		os.Exit(1)
	case "panic":
		panic("as told")
	case "kill":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}

// unending is a test that never gets to its cleanup.
type unending struct{ testing.TB }

func (unending) Cleanup(func()) {}

func TestNothingIsLeftOfTheBrowser(t *testing.T) {
	t.Parallel()
	NewPage(t) // skips if there is no browser
	for _, ending := range []string{"close", "exit", "panic", "kill"} {
		t.Run(ending, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "left-") // not t.TempDir, which is too long for a socket
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), endingVariable+"="+ending, "TMPDIR="+dir)
			for _, e := range engines {
				if e.name != current.name() {
					cmd.Env = append(cmd.Env, e.variable+"=")
				}
			}
			output, err := cmd.CombinedOutput() // returns when the janitor has gone, too
			require.Equal(t, ending == "close", err == nil, "%s", output)
			require.Contains(t, string(output), "started true")
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, left)
			require.Empty(t, processesWith(t, dir))
		})
	}
}

// processesWith returns the command lines that hold text.
func processesWith(t *testing.T, text string) (found []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(line), text) {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}
