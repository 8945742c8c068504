//go:build unix

package hostcmd_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/hostcmd"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/internal/clitest"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// typing runs a command line of a backend in a terminal. Dialog alternates what the terminal shows and what the person
// then types. The stderr of the result is the text on the terminal.
func typing(t *testing.T, host hostcmd.Host, args []string, dialog ...string) result {
	t.Helper()
	term := clitest.NewTerminal(t)
	root := newProgram(host, args...)
	var stdout strings.Builder
	root.SetIn(term.Stream)
	root.SetOut(&stdout)
	root.SetErr(term.Stream)
	wait := term.Start(func() int { return hostcmd.Run(context.Background(), root) })
	for i := 0; i < len(dialog); i += 2 {
		term.Expect(dialog[i], 1)
		term.Enter(dialog[i+1] + "\r")
	}
	code, shown := wait()
	return result{code, stdout.String(), shown}
}

func TestAPersonIsAskedBeforeDataIsReplaced(t *testing.T) {
	archive := exported(t, 1)
	const question = "Replace this data of blog? [y/N] "
	for answer, code := range map[string]int{"y": 0, "yes": 0, "n": 2, "": 2, "perhaps": 2} {
		instance := instanceWith(t, 2)
		got := typing(t, hostOf(instance), []string{"import", "-f", archive}, question, answer)
		require.Equal(t, code, got.code, got.stderr)
		if code == 0 {
			requireUnchanged(t, instance, 1)
		} else {
			require.Contains(t, got.stderr, "blog: not confirmed: nothing was done")
			requireUnchanged(t, instance, 2)
		}
	}
}

func TestAPassphraseIsAskedForWithoutAnEcho(t *testing.T) {
	base := filepath.Join(t.TempDir(), "backup")
	got := typing(t, hostOf(instanceWith(t, 1)), []string{"export", "-f", base},
		"New passphrase for "+base+".tar.gz.age: ", passphrase, "The same again: ", passphrase)
	require.Zero(t, got.code, got.stderr)
	require.NotContains(t, got.stderr, passphrase)

	instance := instanceWith(t, 2)
	got = typing(t, hostOf(instance), []string{"import", "--force", "-f", base + ".tar.gz.age"},
		"Passphrase of "+base+".tar.gz.age: ", passphrase)
	require.Zero(t, got.code, got.stderr)
	require.NotContains(t, got.stderr, passphrase)
	requireUnchanged(t, instance, 1)
}

func TestTransferAsksForWhatNoFlagNames(t *testing.T) {
	tokens := newTokens(t)
	there := instanceWith(t, 1)
	url := serve(t, there, tokens)
	pull, push := newSecret(t, tokens, transfertoken.Pull), newSecret(t, tokens, transfertoken.Push)

	here := instanceWith(t, 2)
	got := typing(t, hostOf(here), []string{"transfer"}, "[from/to]", "from", "URL of the remote to get data from:", url,
		"Transfer token for 127.0.0.1", pull, "Replace this data of blog?", "y")
	require.Zero(t, got.code, got.stderr)
	require.NotContains(t, got.stderr, pull)
	requireUnchanged(t, here, 1)

	t.Setenv("STRAPI_TRANSFER_URL", url)
	t.Setenv("STRAPI_TRANSFER_TOKEN", push)
	here = instanceWith(t, 2)
	got = typing(t, hostOf(here), []string{"transfer"}, "[from/to]", "to", "Replace this data of 127.0.0.1", "y")
	require.Zero(t, got.code, got.stderr)
	requireUnchanged(t, there, 2)

	got = typing(t, hostOf(here), []string{"transfer"}, "[from/to]", "both")
	require.Equal(t, 2, got.code)
	got = typing(t, hostcmd.Host{Source: here.Source}, []string{"transfer"}, "Replace this data of 127.0.0.1", "n")
	require.Equal(t, 2, got.code, "there is only one direction")
}

func TestAPersonIsAskedBeforeATokenChanges(t *testing.T) {
	host, tokens := hostWithTokens(t)
	secret := newSecret(t, tokens, transfertoken.Push)
	got := typing(t, host, []string{"tokens", "delete", "push"}, `Delete token "push"?`, "n")
	require.Equal(t, 2, got.code)
	got = typing(t, host, []string{"tokens", "regenerate", "push"}, `Give token "push" a new secret?`, "")
	require.Equal(t, result{2, "", got.stderr}, got)
	_, err := tokens.Authorize(t.Context(), secret, transfertoken.Push)
	require.NoError(t, err)

	got = typing(t, host, []string{"tokens", "delete", "push"}, `Delete token "push"?`, "y")
	require.Zero(t, got.code, got.stderr)
	_, err = tokens.Authorize(t.Context(), secret, transfertoken.Push)
	require.ErrorIs(t, err, transfertoken.ErrUnauthorized)
}

// asProgram is a variable of the environment that makes the test binary be the program of a backend whose export waits
// until it is interrupted.
const asProgram = "HOSTCMD_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	os.Exit(hostcmd.Run(context.Background(), newProgram(hostcmd.Host{
		Source: func(ctx context.Context) (datatransfer.Source, error) {
			os.Stderr.WriteString("waiting\n")
			<-ctx.Done()
			os.Stderr.WriteString("rolled back\n")
			return nil, ctx.Err()
		},
	}, os.Args[1:]...)))
}

// The program runs as a process of its own, because signals go to a process.
func TestAnInterruptedCommandRollsBackAndEndsWithCode130(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		program, err := os.Executable()
		require.NoError(t, err)
		command := exec.Command(program, "export", "--no-encrypt")
		command.Dir = t.TempDir()
		command.Env = append(os.Environ(), asProgram+"=1")
		term := clitest.NewTerminal(t)
		command.Stderr = term.Stream
		require.NoError(t, command.Start())
		term.Expect("waiting", 1)
		require.NoError(t, command.Process.Signal(signal))
		var exit *exec.ExitError
		require.ErrorAs(t, command.Wait(), &exit)
		require.Equal(t, 130, exit.ExitCode())
		term.Expect("rolled back", 1)
		term.Expect("blog: interrupted", 1)
	}
}
