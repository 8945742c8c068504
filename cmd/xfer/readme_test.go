package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/cli"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// commandAndOutput matches a block of commands and the block with their output.
var commandAndOutput = regexp.MustCompile("(?ms)^```sh\n(.*?)^```\n\n```\n(.*?)^```$")

// duration matches the times in the output, which differ from run to run.
var duration = regexp.MustCompile(`in [0-9.]+(µs|ms|s)`)

// loopback matches the address of the remote, whose port differs from run to run.
var loopback = regexp.MustCompile(`127\.0\.0\.1:[0-9]+`)

// remoteOfTheREADME returns a remote with the content of a sample, as $url and $XFER_TOKEN.
func remoteOfTheREADME(t *testing.T) []string {
	t.Helper()
	sample, err := archive.Open(t.Context(), samples+"rich.tar", nil)
	require.NoError(t, err)
	defer sample.Close()
	schemas, err := sample.Schemas(t.Context())
	require.NoError(t, err)
	instance := &transfertest.MemoryInstance{Schemas: schemas}
	require.NoError(t, instance.Fill(t.Context(), sample))
	r := transfertest.NewRemote(t, instance)
	r.Claim("5.54.0")
	return []string{"url=" + r.URL, "XFER_TOKEN=" + r.Token}
}

// The commands run in one shell, in a folder with the samples. -update writes their output into the README.
func TestTheREADMEShowsWhatTheCommandsPrint(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	blocks := commandAndOutput.FindAllStringSubmatch(string(text), -1)
	require.Len(t, blocks, strings.Count(string(text), "```sh\n"), "a block of commands without its output")

	const end = "--- end of the block ---\n"
	script := "exec 2>&1\n"
	for _, block := range blocks {
		script += block[1] + "echo '" + strings.TrimSpace(end) + "'\n"
	}
	shell := exec.CommandContext(t.Context(), "bash", "-u", "-c", script)
	shell.Dir = folderWithSamples(t)
	shell.Env = append(os.Environ(), "PATH="+folderWithProgram(t)+":"+os.Getenv("PATH"), asProgram+"=1")
	shell.Env = append(shell.Env, remoteOfTheREADME(t)...)
	printed, err := shell.Output()
	require.NoError(t, err, string(printed))
	outputs := strings.Split(loopback.ReplaceAllString(string(printed), "127.0.0.1:1337"), end)
	require.Len(t, outputs, len(blocks)+1)

	if *update {
		i := 0
		changed := commandAndOutput.ReplaceAllStringFunc(string(text), func(string) string {
			block := "```sh\n" + blocks[i][1] + "```\n\n```\n" + outputs[i] + "```"
			i++
			return block
		})
		require.NoError(t, os.WriteFile("README.md", []byte(changed), 0o666))
		return
	}
	for i, block := range blocks {
		require.Equal(t, duration.ReplaceAllString(block[2], "in TIME"), duration.ReplaceAllString(outputs[i], "in TIME"), block[1])
	}
}

func folderWithSamples(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"export.tar", "export.tar.gz.enc", "rich.tar"} {
		content, err := os.ReadFile(samples + name)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	return dir
}

// folderWithProgram returns a folder in which the test binary is called xfer.
func folderWithProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(program, filepath.Join(dir, "xfer")))
	return dir
}

func TestTheREADMEHasTheExitCodesOfTheHelp(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	row := regexp.MustCompile(`(?m)^  (\d+) +(.*)$`)
	codes := row.FindAllStringSubmatch(cli.ExitCodes, -1)
	require.Len(t, codes, 8)
	for _, code := range codes {
		require.Contains(t, string(text), "| "+code[1]+" | "+code[2]+" |\n")
	}
}
