package hostcmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/hostcmd"
)

func hostWithTokens(t *testing.T) (hostcmd.Host, *transfertoken.TokenService) {
	t.Helper()
	tokens := newTokens(t)
	return hostcmd.Host{
		Tokens: func(context.Context) (*transfertoken.TokenService, error) { return tokens, nil },
	}, tokens
}

func TestTheSecretIsAllThatCreatePrintsOnStdout(t *testing.T) {
	host, tokens := hostWithTokens(t)
	got := blog(t, host, "tokens", "create", "ci", "--permissions", "push", "--lifespan", "7d", "--description", "nightly")
	require.Zero(t, got.code, got.stderr)
	require.Regexp(t, `^xfer_\S+\n$`, got.stdout)
	secret := strings.TrimSpace(got.stdout)
	require.NotContains(t, got.stderr, secret)
	require.Contains(t, got.stderr, `blog: token "ci" allows push; it expires on `)
	grant, err := tokens.Authorize(t.Context(), secret, transfertoken.Push)
	require.NoError(t, err)
	require.Equal(t, "nightly", grant.Token.Description)
	require.Equal(t, transfertoken.Days7, grant.Token.Lifespan)
	require.NotEmpty(t, grant.Token.CreatedBy)

	quiet := blog(t, host, "tokens", "create", "all", "--permissions", "push,pull", "--lifespan", "unlimited", "--quiet")
	require.Zero(t, quiet.code, quiet.stderr)
	require.Empty(t, quiet.stderr)
	_, err = tokens.Authorize(t.Context(), strings.TrimSpace(quiet.stdout), transfertoken.FullAccess)
	require.NoError(t, err)
}

func TestCreateAndRegeneratePrintJSON(t *testing.T) {
	host, tokens := hostWithTokens(t)
	var made struct {
		Token  transfertoken.Token
		Secret string
	}
	got := blog(t, host, "tokens", "create", "ci", "--permissions", "full-access", "--lifespan", "90 days", "--json")
	require.Zero(t, got.code, got.stderr)
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &made))
	require.Equal(t, "ci", made.Token.Name)
	_, err := tokens.Authorize(t.Context(), made.Secret, transfertoken.FullAccess)
	require.NoError(t, err)

	first := made.Secret
	got = blog(t, host, "tokens", "regenerate", made.Token.ID.String(), "--json", "--force")
	require.Zero(t, got.code, got.stderr)
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &made))
	_, err = tokens.Authorize(t.Context(), made.Secret, transfertoken.FullAccess)
	require.NoError(t, err)
	_, err = tokens.Authorize(t.Context(), first, transfertoken.FullAccess)
	require.ErrorIs(t, err, transfertoken.ErrUnauthorized)
}

func TestTokensAreListed(t *testing.T) {
	host, tokens := hostWithTokens(t)
	require.Equal(t, result{0, "", "blog: there are no tokens\n"}, blog(t, host, "tokens", "list"))
	require.Equal(t, "[]\n", blog(t, host, "tokens", "list", "--json").stdout)

	secret := newSecret(t, tokens, transfertoken.Push)
	newSecret(t, tokens, transfertoken.FullAccess)
	_, err := tokens.Authorize(t.Context(), secret, transfertoken.Push)
	require.NoError(t, err)
	got := blog(t, host, "tokens", "list")
	require.Zero(t, got.code, got.stderr)
	require.Regexp(t, `^NAME +PERMISSIONS +STATE +EXPIRES +LAST USED +SECRET +ID
push +push +active +20\d\d-.*UTC +20\d\d-.*UTC +…\S{6} +[0-9a-f-]{36}
full-access +full-access +active +20\d\d-.*UTC +never +…\S{6} +[0-9a-f-]{36}
$`, got.stdout)
	require.NotContains(t, got.stdout, secret)

	var listed []transfertoken.Token
	require.NoError(t, json.Unmarshal([]byte(blog(t, host, "tokens", "list", "--json").stdout), &listed))
	require.Len(t, listed, 2)
}

func TestASuspendedTokenIsRefusedUntilItIsResumed(t *testing.T) {
	host, tokens := hostWithTokens(t)
	secret := newSecret(t, tokens, transfertoken.Pull)
	for range 2 {
		require.Equal(t, result{0, "", "blog: token \"pull\" is suspended\n"}, blog(t, host, "tokens", "suspend", "pull"))
		_, err := tokens.Authorize(t.Context(), secret, transfertoken.Pull)
		require.ErrorIs(t, err, transfertoken.ErrSuspended)
	}
	require.Regexp(t, `\npull +pull +suspended +20`, blog(t, host, "tokens", "list").stdout)

	require.Equal(t, result{0, "", "blog: token \"pull\" is active\n"}, blog(t, host, "tokens", "resume", "pull"))
	_, err := tokens.Authorize(t.Context(), secret, transfertoken.Pull)
	require.NoError(t, err)

	blog(t, host, "tokens", "suspend", "pull")
	require.Contains(t, blog(t, host, "tokens", "regenerate", "pull", "--force").stderr, "refused until it is resumed")
}

// An expired token is listed as such, also if it is suspended.
func TestAnExpiredTokenIsListedAsExpired(t *testing.T) {
	store := transfertoken.NewMemoryStore()
	past, err := transfertoken.New(store, salt, &transfertoken.Options{
		Now: func() time.Time { return time.Now().AddDate(0, 0, -8) },
	})
	require.NoError(t, err)
	newSecret(t, past, transfertoken.Pull)
	now, err := transfertoken.New(store, salt, nil)
	require.NoError(t, err)
	host := hostcmd.Host{Tokens: func(context.Context) (*transfertoken.TokenService, error) { return now, nil }}
	require.Regexp(t, `\npull +pull +expired +20`, blog(t, host, "tokens", "list").stdout)
	require.Equal(t, "blog: token \"pull\" is expired\n", blog(t, host, "tokens", "suspend", "pull").stderr)
}

func TestANameThatIsTheIDOfAnotherTokenIsAmbiguous(t *testing.T) {
	host, tokens := hostWithTokens(t)
	newSecret(t, tokens, transfertoken.Pull)
	var id string
	for token, err := range tokens.All(t.Context()) {
		require.NoError(t, err)
		id = token.ID.String()
	}
	require.Zero(t, blog(t, host, "tokens", "create", id, "--permissions", "push", "--lifespan", "7d").code)
	got := blog(t, host, "tokens", "delete", id, "--force")
	require.Equal(t, result{1, "", "blog: one token has that name, and another that ID: rename the first\n"}, got)
}

func TestADeletedTokenIsRefused(t *testing.T) {
	host, tokens := hostWithTokens(t)
	secret := newSecret(t, tokens, transfertoken.Pull)
	require.Equal(t, result{0, "", "blog: deleted token \"pull\"\n"}, blog(t, host, "tokens", "delete", "pull", "--force"))
	_, err := tokens.Authorize(t.Context(), secret, transfertoken.Pull)
	require.ErrorIs(t, err, transfertoken.ErrUnauthorized)
}

func TestAMistakeWithTokensChangesNothing(t *testing.T) {
	host, tokens := hostWithTokens(t)
	secret := newSecret(t, tokens, transfertoken.Push)
	for _, test := range []struct {
		args string
		code int
		line string
	}{
		{"", 2, "tokens needs one of its commands (see blog tokens --help)"},
		{"creat", 2, `there is no command "creat": did you mean create?`},
		{"create", 2, "usage: blog tokens create NAME --permissions PERMISSIONS --lifespan LIFESPAN [flags]"},
		{"create ci --permissions push", 2, "--lifespan must be 7d, 30d, 90d or unlimited"},
		{"create ci --permissions push --lifespan 8d", 2, "--lifespan must be 7d, 30d, 90d or unlimited"},
		{"create ci --lifespan 7d", 2, "--permissions must be push, pull or full-access"},
		{"create ci --lifespan 7d --permissions admin", 2, "--permissions must be push, pull or full-access"},
		{"create push --lifespan 7d --permissions push", 1, "name already taken: choose another name, or regenerate"},
		{"create " + strings.Repeat("x", 256) + " --lifespan 7d --permissions push", 2, "name must be at most 255"},
		{"delete push", 2, "there is no terminal to ask: give --force to do it"},
		{"regenerate push", 2, "there is no terminal to ask: give --force to do it"},
		{"delete none --force", 1, "there is no token with that name or ID: tokens list shows them"},
		{"regenerate none --force", 1, "there is no token with that name or ID: tokens list shows them"},
		{"suspend none", 1, "there is no token with that name or ID: tokens list shows them"},
		{"resume", 2, "usage: blog tokens resume NAME [flags]"},
		{"delete --force " + secret, 1, "there is no token with that name or ID: tokens list shows them"},
	} {
		got := blog(t, host, append([]string{"tokens"}, strings.Fields(test.args)...)...)
		require.Equal(t, test.code, got.code, test.args+"\n"+got.stderr)
		require.Contains(t, got.stderr, test.line)
		require.Empty(t, got.stdout)
		require.NotContains(t, got.stderr, secret)
		_, err := tokens.Authorize(t.Context(), secret, transfertoken.Push)
		require.NoError(t, err)
	}
	require.Len(t, strings.Split(blog(t, host, "tokens", "list").stdout, "\n"), 3)
}

func TestDisabledTokensSayHowToEnableThem(t *testing.T) {
	off, err := transfertoken.New(transfertoken.NewMemoryStore(), "", nil)
	require.NoError(t, err)
	host := hostcmd.Host{Tokens: func(context.Context) (*transfertoken.TokenService, error) { return off, nil }}
	for _, args := range []string{
		"create x --permissions push --lifespan 7d", "list", "delete x", "regenerate x", "suspend x", "resume x",
	} {
		got := blog(t, host, append([]string{"tokens"}, strings.Fields(args)...)...)
		require.Equal(t, 1, got.code)
		require.Contains(t, got.stderr, "transfer tokens are disabled because no salt is configured")
	}
	failed := errors.New("weak salt")
	host.Tokens = func(context.Context) (*transfertoken.TokenService, error) { return nil, failed }
	require.Equal(t, result{1, "", "blog: weak salt\n"}, blog(t, host, "tokens", "list"))
}

func TestASecretThatCanNotBeWrittenIsAFailure(t *testing.T) {
	host, _ := hostWithTokens(t)
	for _, json := range []string{"--json=false", "--json"} {
		root := newProgram(host, "tokens", "create", "ci"+json, "--permissions", "push", "--lifespan", "7d", json)
		var stderr bytes.Buffer
		root.SetOut(writerFunc(func([]byte) (int, error) { return 0, syscall.ENOSPC }))
		root.SetErr(&stderr)
		require.Equal(t, 1, hostcmd.Run(t.Context(), root))
		require.Contains(t, stderr.String(), "could not be written: regenerate the token: no space left on device")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
