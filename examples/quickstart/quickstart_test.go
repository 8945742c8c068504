package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
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

// tell runs the story without -dir.
func tell(t *testing.T, ctx context.Context, salt string) (string, error) {
	t.Helper()
	return tellIn(t, ctx, "", salt)
}

// tellIn runs the story with -dir, and in a temporary folder of its own, which it
// must leave empty.
func tellIn(t *testing.T, ctx context.Context, dir, salt string) (string, error) {
	t.Helper()
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	var out bytes.Buffer
	err := run(ctx, dir, &out, func(name string) string {
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
	const invalidToken = ` WWW-Authenticate: Bearer error="invalid_token"`
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
		`wrong scope: push with the pull-only token 403 Forbidden WWW-Authenticate: Bearer error="insufficient_scope", ` +
			`scope="push"`,
		`wrong scope: pull with the push-only token 403 Forbidden WWW-Authenticate: Bearer error="insufficient_scope", ` +
			`scope="pull"`,
		"missing: pull without a token 401 Missing or invalid credentials WWW-Authenticate: Bearer mistyped",
		"pull with one wrong character 401 Missing or invalid credentials" + invalidToken,
		"secret has a wrong checksum: it was probably mistyped",
		"narrowed: pull after the change 403 Forbidden",
		"deleted: in the middle of a push, which is discarded 401 Missing or invalid credentials" + invalidToken,
		"deleted: the next push 401 Missing or invalid credentials" + invalidToken,
		"expired: push with the push-only token 401 Token expired" + invalidToken,
		"push with the new secret: accepted",
		"regenerated: push with the secret from before 401 Missing or invalid credentials" + invalidToken,
		"A restart", "no token was made under a salt that is not configured",
		"the same as before", "LAST USED", "site sync", "nightly", "reports", "from Strapi full-access 30 days -",
		"issued before: pull with the full-access token: accepted",
		"deleted before: push with the contractor's token 401 Missing or invalid credentials" + invalidToken,
		"WARNING: 4 tokens can never be authorized: their salt",
		"disabled: pull with the pull-only token 501 The server configuration for data transfer is invalid",
		"transfertoken: transfer tokens are disabled because no salt is configured",
		"staging 24 articles, 12 pictures", "live 0 articles, 0 pictures", "from staging push",
		"entities 43 sent", "assets 12 sent",
		"staging 24 articles, 12 pictures", "live 24 articles, 12 pictures", "the same",
		"remote: the remote does not accept the token", "live 24 articles, 12 pictures", "the same",
	} {
		at := strings.Index(unwrapped[position:], part)
		require.GreaterOrEqual(t, at, 0, "%q is missing or out of order in:\n%s", part, out)
		position += at + len(part)
	}

	finalList := out[strings.LastIndex(out, "LAST USED"):]
	require.NotContains(t, finalList[:strings.Index(finalList, "\n\n")], "never  alice", "every token was used")
	for line := range strings.Lines(out) {
		if strings.Contains(line, os.Getenv("TMPDIR")) {
			continue // as wide as the path
		}
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 100, line)
	}
}

func TestSecretsAreShownOnce(t *testing.T) {
	out, err := tell(t, t.Context(), "")
	require.NoError(t, err, out)

	secrets := secretPattern.FindAllString(out, -1)
	require.Len(t, secrets, 6, "three tokens, the contractor's, one regenerated, and that of the last push")
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
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no shell: ", err)
	}
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
	good := string(transfertoken.GenerateSalt())
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	const usage = "Usage of quickstart:\n  -dir FOLDER\n"
	for name, test := range map[string]struct {
		args   []string
		salt   string
		status int
		stderr string // its beginning; "" is all of it
	}{
		"good salt": {nil, good, 0, ""},
		"weak salt": {nil, "aaaaaaaaaaaaaaaaaaaa", 1,
			"quickstart: TRANSFER_TOKEN_SALT: transfertoken: weak salt: it is one character, repeated\n"},
		"help":               {[]string{"-h"}, good, 0, usage},
		"unknown flag":       {[]string{"-folder", "x"}, good, 2, "flag provided but not defined: -folder\n" + usage},
		"argument":           {[]string{"x"}, good, 2, "unexpected argument \"x\"\n" + usage},
		"nothing after -dir": {[]string{"-dir"}, good, 2, "flag needs an argument: -dir\n" + usage},
		"empty -dir": {[]string{"-dir", ""}, good, 2, "invalid value \"\" for flag -dir: it must name a folder\n" +
			usage},
		"-dir is a file": {[]string{"-dir", file}, good, 1, "quickstart: mkdir " + file + ": not a directory\n"},
		"-dir in a file": {[]string{"-dir", filepath.Join(file, "x")}, good, 1, "quickstart: mkdir " + file +
			": not a directory\n"},
	} {
		t.Run(name, func(t *testing.T) {
			temp := t.TempDir()
			program := exec.Command(os.Args[0], test.args...)
			program.Env = append(os.Environ(), "QUICKSTART_AS_PROGRAM=1", "TRANSFER_TOKEN_SALT="+test.salt, "TMPDIR="+temp)
			var stderr bytes.Buffer
			program.Stderr = &stderr
			_ = program.Run()
			require.Equal(t, test.status, program.ProcessState.ExitCode(), stderr.String())
			if test.stderr == "" {
				require.Empty(t, stderr.String())
			}
			require.Truef(t, strings.HasPrefix(stderr.String(), test.stderr), "%q", stderr.String())
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
