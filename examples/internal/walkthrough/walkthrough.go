// Package walkthrough tests that the commands in the README of an example print what the
// README shows.
package walkthrough

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var fencedBlock = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// variable matches the parts that differ from run to run.
var variable = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "ID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "TIME"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?`), "TIME"},
	{regexp.MustCompile(`…\w{6}\b`), "HINT"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "ADDR"},
	{regexp.MustCompile(`in [\d.]+m?s\b`), "in DURATION"},
	{regexp.MustCompile(`\b[\d.]+m?s</td>`), "DURATION</td>"},
}

func masked(text string) string {
	text = strings.TrimRight(text, "\n") // not every answer ends a line
	for _, v := range variable {
		text = v.pattern.ReplaceAllString(text, v.name)
	}
	return text
}

// Run runs the commands of README.md in one shell, in the folder above that of the
// module, and compares what they print. Each of addrs, which the README shows, is
// replaced by one with a free port.
func Run(t *testing.T, addrs ...string) {
	t.Helper()
	for _, program := range []string{"bash", "curl", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("a command of the README is missing: ", err)
		}
	}
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	const end = "--- end of the block ---"
	var script strings.Builder
	script.WriteString("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n") // a server that a failed command leaves
	var commands, shown []string
	for _, block := range fencedBlock.FindAllStringSubmatch(string(readme), -1) {
		if block[1] != "sh" {
			require.NotEmpty(t, shown)
			require.Empty(t, shown[len(shown)-1], "two outputs of one block")
			shown[len(shown)-1] = block[2]
			continue
		}
		commands, shown = append(commands, block[2]), append(shown, "")
		script.WriteString(block[2] + "echo '" + end + "'\n")
	}
	require.Greater(t, len(commands), 10)

	temp := t.TempDir()
	commandLines := script.String()
	for _, addr := range addrs {
		commandLines = strings.ReplaceAll(commandLines, addr, freeAddr(t))
	}
	shell := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", commandLines)
	shell.Dir = filepath.Join("..", "..")
	shell.Env = append(os.Environ(), "TMPDIR="+temp, "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
	shell.WaitDelay = 10 * time.Second
	var errors bytes.Buffer
	shell.Stderr = &errors
	out, err := shell.Output()
	require.NoError(t, err, "%s\n%s", out, &errors)
	require.Empty(t, errors.String())

	printed := strings.SplitAfter(string(out), end+"\n")
	require.Len(t, printed, len(commands)+1)
	for i, command := range commands {
		require.Equal(t, masked(shown[i]), masked(strings.TrimSuffix(printed[i], end+"\n")), command)
	}
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
}

func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}
