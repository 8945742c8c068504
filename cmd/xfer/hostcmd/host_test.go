package hostcmd_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/hostcmd"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// A result is the outcome of a command.
type result struct {
	code           int
	stdout, stderr string
}

// newProgram returns the program of a backend called blog, which has a command of its own beside those of the host.
func newProgram(host hostcmd.Host, args ...string) *cobra.Command {
	root := &cobra.Command{Use: "blog"}
	root.AddCommand(&cobra.Command{Use: "serve", RunE: func(*cobra.Command, []string) error {
		return errors.New("the port is taken")
	}})
	root.AddCommand(hostcmd.New(host)...)
	root.SetArgs(args)
	return root
}

// blog runs a command line of a backend without a terminal.
func blog(t *testing.T, host hostcmd.Host, args ...string) result {
	t.Helper()
	root := newProgram(host, args...)
	var stdout, stderr bytes.Buffer
	root.SetIn(strings.NewReader(""))
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	code := hostcmd.Run(t.Context(), root)
	return result{code, stdout.String(), stderr.String()}
}

// instanceWith returns an instance with the generated data of number n.
func instanceWith(t *testing.T, n int) *transfertest.MemoryInstance {
	t.Helper()
	data := transfertest.Generate(nil, n)
	instance := &transfertest.MemoryInstance{Schemas: data.Schemas}
	require.NoError(t, instance.Fill(t.Context(), data.Source()))
	return instance
}

func hostOf(instance *transfertest.MemoryInstance) hostcmd.Host {
	return hostcmd.Host{Source: instance.Source, Destination: instance.Destination}
}

// requireUnchanged requires that an instance has the generated data of number n.
func requireUnchanged(t *testing.T, instance *transfertest.MemoryInstance, n int) {
	t.Helper()
	transfertest.RequireEquivalent(t, transfertest.Generate(nil, n).Source(), instance.Snapshot().Source())
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestAHostHasTheCommandsThatItCanServe(t *testing.T) {
	source := func(context.Context) (datatransfer.Source, error) { return nil, nil }
	destination := func(context.Context) (datatransfer.Destination, error) { return nil, nil }
	tokens := func(context.Context) (*transfertoken.TokenService, error) { return nil, nil }
	for _, test := range []struct {
		host     hostcmd.Host
		commands string
	}{
		{hostcmd.Host{}, ""},
		{hostcmd.Host{Source: source}, "export transfer"},
		{hostcmd.Host{Destination: destination}, "import transfer"},
		{hostcmd.Host{Source: source, Destination: destination}, "export import transfer"},
		{hostcmd.Host{Tokens: tokens}, "tokens"},
	} {
		var names []string
		for _, command := range hostcmd.New(test.host) {
			names = append(names, command.Name())
		}
		require.Equal(t, test.commands, strings.Join(names, " "))
	}
}

func TestAnErrorOfTheBackendsOwnCommandIsPrintedInOneLine(t *testing.T) {
	require.Equal(t, result{1, "", "blog: the port is taken\n"}, blog(t, hostcmd.Host{}, "serve"))
}

func TestAWrongCommandLineEndsWithCode2(t *testing.T) {
	host := hostOf(&transfertest.MemoryInstance{})
	for _, test := range []struct{ args, line string }{
		{"export --frob", "unknown flag: --frob (see blog export --help)"},
		{"export backup", "usage: blog export [flags] (see blog export --help)"},
		{"import backup.tar", "usage: blog import --file ARCHIVE [flags] (see blog import --help)"},
		{"import", "import needs an archive: give --file ARCHIVE"},
		{"export --only cats", `scope: only takes content, files and config, not "cats"`},
	} {
		got := blog(t, host, strings.Fields(test.args)...)
		require.Equal(t, 2, got.code, got.stderr)
		require.Empty(t, got.stdout)
		require.Contains(t, got.stderr, test.line)
	}
}

// A backend opens its database when it knows from its flags which one.
func TestTheFunctionsOfAHostAreCalledAfterTheFlagsOfTheProgram(t *testing.T) {
	var opened string
	root := newProgram(hostcmd.Host{Source: func(context.Context) (datatransfer.Source, error) {
		return nil, errors.New("opened " + opened)
	}}, "export", "--no-encrypt", "--dir", "here", "-f", filepath.Join(t.TempDir(), "backup"))
	dir := root.PersistentFlags().String("dir", "", "")
	root.PersistentPreRun = func(*cobra.Command, []string) { opened = *dir }
	var stderr bytes.Buffer
	root.SetErr(&stderr)
	require.Equal(t, 1, hostcmd.Run(t.Context(), root))
	require.Equal(t, "blog: opened here\n", stderr.String())
}
