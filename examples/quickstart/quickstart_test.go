package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/stretchr/testify/require"
)

// TestMain lets the tests run the whole program: this binary, with the variable
// set, is it.
func TestMain(m *testing.M) {
	if os.Getenv("QUICKSTART_AS_PROGRAM") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var (
	secretPattern = regexp.MustCompile(`xfer_[0-9A-Za-z]+`)
	exportPattern = regexp.MustCompile(`(?m)^ *export TRANSFER_TOKEN_SALT=(\S+)$`)
)

// tell runs the story in a temporary folder of its own, which it must leave
// empty.
func tell(t *testing.T, ctx context.Context, salt string) (string, error) {
	t.Helper()
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	var out bytes.Buffer
	err := run(ctx, &out, func(name string) string {
		require.Equal(t, "TRANSFER_TOKEN_SALT", name)
		return salt
	})
	requireEmpty(t, temp)
	return out.String(), err
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "temporary files are left")
}

func TestStory(t *testing.T) {
	out, err := tell(t, t.Context(), "")
	require.NoError(t, err, out)

	unwrapped := strings.Join(strings.Fields(out), " ")
	position := 0
	for _, part := range []string{
		"export TRANSFER_TOKEN_SALT=",
		"no token was made under a salt that is not configured",
		"LAST USED", "site sync full-access 90 days", "never alice",
		"nightly push 7 days", "never alice",
		"reports pull unlimited", "never never bob",
		"push: nightly accepted", "pull: reports SHA-256", "the same",
		"push: site sync accepted", "pull: site sync SHA-256", "the same",
		"3 tokens other salt", "1 token pull: from Strapi accepted",
		"4 tokens other salt", "0 tokens",
		"wrong scope: push with the pull-only token 403 transfertoken: forbidden: the token does not grant this",
		"wrong scope: pull with the push-only token 403 transfertoken: forbidden: the token does not grant this",
		"missing: pull without a token 401 transfertoken: unauthorized",
		"mistyped: pull with one wrong character 401 transfertoken: unauthorized",
		"secret has a wrong checksum: it was probably mistyped",
		"narrowed: pull after the change 403 transfertoken: forbidden: the token does not grant this",
		"deleted: in the middle of a push, which is discarded 401 transfertoken: unauthorized",
		"deleted: the next push 401 transfertoken: unauthorized",
		"expired: push with the push-only token 401 transfertoken: unauthorized: token expired",
		"push with the new secret: accepted",
		"regenerated: push with the secret from before 401 transfertoken: unauthorized",
		"LAST USED", "site sync", "nightly", "reports", "from Strapi full-access 30 days -",
		"WARNING: 4 tokens can never be authorized: their salt",
		"disabled: pull with the pull-only token 501 transfertoken: transfer tokens are disabled",
	} {
		at := strings.Index(unwrapped[position:], part)
		require.GreaterOrEqual(t, at, 0, "%q is missing or out of order in:\n%s", part, out)
		position += at + len(part)
	}

	finalList := out[strings.LastIndex(out, "LAST USED"):]
	require.NotContains(t, finalList[:strings.Index(finalList, "\n\n")], "never  alice", "every token was used")
	for line := range strings.Lines(out) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 100, line)
	}
}

func TestSecretsAreShownOnce(t *testing.T) {
	out, err := tell(t, t.Context(), "")
	require.NoError(t, err, out)

	secrets := secretPattern.FindAllString(out, -1)
	require.Len(t, secrets, 5, "three tokens, the contractor's, and one regenerated")
	for _, secret := range secrets {
		_, err := transfertoken.ParseSecret(secret)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(out, secret))
	}

	export := exportPattern.FindStringSubmatch(out)
	require.NotNil(t, export)
	require.Equal(t, 1, strings.Count(out, export[1]), "the salt is shown elsewhere too")

	requireNothingOfStrapi(t, out)
}

func requireNothingOfStrapi(t *testing.T, out string) {
	t.Helper()
	for _, hidden := range []string{string(strapiSalt), strapiKey[:16], strapiAccessKey[:16]} {
		require.NotContains(t, out, hidden)
	}
}

func TestConfiguredSaltIsNotShown(t *testing.T) {
	for name, salt := range map[string]string{
		"own":      string(transfertoken.GenerateSalt()),
		"Strapi's": string(strapiSalt),
	} {
		t.Run(name, func(t *testing.T) {
			out, err := tell(t, t.Context(), salt)
			require.NoError(t, err, out)
			require.NotContains(t, out, salt)
			require.NotContains(t, out, "export")
			requireNothingOfStrapi(t, out)
		})
	}
}

func TestPrintedExportLineWorks(t *testing.T) {
	out, err := tell(t, t.Context(), "")
	require.NoError(t, err, out)
	salt := exportPattern.FindStringSubmatch(out)[1]

	shell := exec.Command("sh", "-c", "export TRANSFER_TOKEN_SALT="+salt+`; printf %s "$TRANSFER_TOKEN_SALT"`)
	exported, err := shell.Output()
	require.NoError(t, err)
	require.Equal(t, salt, string(exported))

	_, err = tell(t, t.Context(), string(exported))
	require.NoError(t, err)
}

func TestWeakSaltStopsTheProgram(t *testing.T) {
	const weak = "hunter2"
	out, err := tell(t, t.Context(), weak)
	require.ErrorIs(t, err, transfertoken.ErrWeakSalt)
	require.NotContains(t, out, "2. ")
	require.NotContains(t, out+err.Error(), weak)
}

func TestExitStatus(t *testing.T) {
	for name, test := range map[string]struct {
		salt   string
		status int
		stderr string
	}{
		"good salt": {string(transfertoken.GenerateSalt()), 0, ""},
		"weak salt": {"aaaaaaaaaaaaaaaaaaaa", 1, "quickstart: transfertoken: weak salt: it is one character, repeated\n"},
	} {
		t.Run(name, func(t *testing.T) {
			temp := t.TempDir()
			program := exec.Command(os.Args[0])
			program.Env = append(os.Environ(), "QUICKSTART_AS_PROGRAM=1", "TRANSFER_TOKEN_SALT="+test.salt, "TMPDIR="+temp)
			var stderr bytes.Buffer
			program.Stderr = &stderr
			_ = program.Run()
			require.Equal(t, test.status, program.ProcessState.ExitCode(), stderr.String())
			require.Equal(t, test.stderr, stderr.String())
			requireEmpty(t, temp)
		})
	}
}

func TestInterruptedStory(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := tell(t, ctx, "")
	require.ErrorIs(t, err, context.Canceled)
}
