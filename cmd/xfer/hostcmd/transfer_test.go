package hostcmd_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/cmd/xfer/hostcmd"
	"github.com/seed-39e76d91/transfertoken/datatransfer/remote"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

const salt = "8t2Qb0pS6mWcZ4vLx1nRkYd7uHf3jEg9oTaI5sVwXyM="

func newTokens(t *testing.T) *transfertoken.TokenService {
	t.Helper()
	tokens, err := transfertoken.New(transfertoken.NewMemoryStore(), salt, nil)
	require.NoError(t, err)
	return tokens
}

func newSecret(t *testing.T, tokens *transfertoken.TokenService, permissions transfertoken.Permissions) string {
	t.Helper()
	issued, err := tokens.Create(t.Context(), transfertoken.NewToken{
		Name: permissions.String(), Permissions: permissions, Lifespan: transfertoken.Days7,
	})
	require.NoError(t, err)
	return issued.Secret.Reveal()
}

// serve serves the transfers of an instance and returns the address of its admin API.
func serve(t *testing.T, instance *transfertest.MemoryInstance, tokens *transfertoken.TokenService) string {
	t.Helper()
	handler, err := remote.NewHandler(tokens, &remote.HandlerOptions{
		Source: instance.Source, Destination: instance.Destination,
	})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/admin/", http.StripPrefix("/admin", handler))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/admin"
}

func TestTransferFromReplacesTheDataHere(t *testing.T) {
	tokens := newTokens(t)
	url := serve(t, instanceWith(t, 1), tokens)
	secret := newSecret(t, tokens, transfertoken.Pull)
	t.Setenv("XFER_FROM_TOKEN", secret)
	here := instanceWith(t, 2)

	got := blog(t, hostOf(here), "transfer", "--from", url)
	require.Equal(t, 2, got.code)
	require.Contains(t, got.stderr, "blog: blog loses the content")
	require.Contains(t, got.stderr, "the data of blog would be replaced, and there is no terminal to ask")
	requireUnchanged(t, here, 2)

	got = blog(t, hostOf(here), "transfer", "--from", url, "--force")
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "\nreplaced: the data of blog\n")
	require.NotContains(t, got.stdout+got.stderr, secret)
	requireUnchanged(t, here, 1)
}

func TestTransferToReplacesTheDataThere(t *testing.T) {
	tokens := newTokens(t)
	there := instanceWith(t, 1)
	url := serve(t, there, tokens)
	file := writeFile(t, "token", newSecret(t, tokens, transfertoken.Push)+"\n")
	here := instanceWith(t, 2)

	got := blog(t, hostOf(here), "transfer", "--to", url, "--to-token-file", file)
	require.Equal(t, 2, got.code)
	require.Contains(t, got.stderr, "blog: 127.0.0.1:")
	requireUnchanged(t, there, 1)

	got = blog(t, hostOf(here), "transfer", "--to", url, "--to-token-file", file, "--force", "--exclude", "config")
	require.Zero(t, got.code, got.stderr)
	require.Regexp(t, `\nreplaced: the data of 127\.0\.0\.1:[0-9]+\n`, got.stdout)
	want := transfertest.Generate(nil, 2)
	want.Configuration = transfertest.Generate(nil, 1).Configuration // out of scope
	transfertest.RequireEquivalent(t, want.Source(), there.Snapshot().Source())
	requireUnchanged(t, here, 2)
}

func TestAMistakeInATransferChangesNothing(t *testing.T) {
	tokens := newTokens(t)
	there := instanceWith(t, 1)
	url := serve(t, there, tokens)
	pull, push := newSecret(t, tokens, transfertoken.Pull), newSecret(t, tokens, transfertoken.Push)
	off, err := transfertoken.New(transfertoken.NewMemoryStore(), "", nil)
	require.NoError(t, err)
	disabled := serve(t, there, off)
	gone := httptest.NewServer(nil)
	gone.Close()

	for _, test := range []struct {
		env, secret, args string
		code              int
		line              string
	}{
		{"", "", "--from " + url, 2, "there is no terminal to ask for it: give --from-token-file"},
		{"XFER_FROM_TOKEN", push, "--from " + url, 4, "a pull needs a pull token, a push a push token"},
		{"XFER_TO_TOKEN", pull, "--to " + url, 4, "a pull needs a pull token, a push a push token"},
		{"XFER_FROM_TOKEN", "xfer_unknown", "--from " + url, 4, "the remote does not accept the token"},
		{"XFER_FROM_TOKEN", pull, "--from " + strings.TrimSuffix(url, "/admin"), 4, "does it end in /admin?"},
		{"XFER_FROM_TOKEN", pull, "--from " + disabled, 4, "data transfer is disabled there"},
		{"XFER_TO_TOKEN", push, "--to " + gone.URL, 1, "connection refused"},
		{"XFER_TO_TOKEN", push, "--to cms.example.com/admin", 2, "http"},
		{"XFER_TO_TOKEN", push, "--to " + url + " --from " + url, 2, "Only one remote source (from) or destination (to)"},
		{"", "", "--to " + url + " --from-token x", 2, "Only one remote source (from) or destination (to)"},
		{"STRAPI_TRANSFER_TOKEN", pull, "--from " + url, 2, "needs a transfer token"},
		{"STRAPI_TRANSFER_URL", url, "", 2, "transfer needs a direction: give --from URL or --to URL"},
		{"XFER_FROM_TOKEN", pull, "--from " + url + " --only-content-types admin::user", 2, "admin::user is protected"},
		{"XFER_TO_TOKEN", push, "--to " + url + " --only-content-types api::none.none", 1, "no content type api::none.none"},
	} {
		t.Run(test.args, func(t *testing.T) {
			if test.env != "" {
				t.Setenv(test.env, test.secret)
			}
			here := instanceWith(t, 2)
			got := blog(t, hostOf(here), append(strings.Fields("transfer --force"), strings.Fields(test.args)...)...)
			require.Equal(t, test.code, got.code, got.stderr)
			require.Contains(t, got.stderr, test.line)
			require.Empty(t, got.stdout)
			requireUnchanged(t, here, 2)
			requireUnchanged(t, there, 1)
		})
	}
}

func TestAHostThatCanOnlyGiveDataHasNoTransferFrom(t *testing.T) {
	instance := instanceWith(t, 1)
	got := blog(t, hostcmd.Host{Source: instance.Source}, "transfer", "--from", "http://127.0.0.1/admin")
	require.Equal(t, result{2, "", "blog: unknown flag: --from (see blog transfer --help)\n"}, got)
	got = blog(t, hostcmd.Host{Destination: instance.Destination}, "transfer", "--to", "http://127.0.0.1/admin")
	require.Equal(t, result{2, "", "blog: unknown flag: --to (see blog transfer --help)\n"}, got)
}
