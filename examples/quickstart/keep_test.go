package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/stretchr/testify/require"
)

func unwrap(out string) string { return strings.Join(strings.Fields(out), " ") }

func requireKept(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var kept []string
	for _, entry := range entries {
		kept = append(kept, entry.Name())
	}
	require.Equal(t, names, kept)
}

// A SQLite that takes parts of the path for something else fails here.
func TestKeptFolderIsUsedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made if missing", "a?b#c%41&d=é")
	first, err := tellIn(t, t.Context(), dir, "")
	require.NoError(t, err, first)
	require.NotContains(t, first, "already")
	require.NotContains(t, first, "-dir")
	requireKept(t, dir, "salt", "tokens.db")
	salt := exportPattern.FindStringSubmatch(first)[1]

	second, err := tellIn(t, t.Context(), dir, "")
	require.NoError(t, err, second)
	requireKept(t, dir, "salt", "tokens.db")
	text := unwrap(second)
	require.Contains(t, text, "Found one in "+filepath.Join(dir, "salt")+".")
	require.NotContains(t, second, "export")
	require.NotContains(t, second, salt)
	require.Equal(t, 1, strings.Count(text, "WARNING"), "only the one that the last chapter provokes")
	require.Contains(t, text, "The file has 4 tokens already.")
	require.Contains(t, text, "Deleted 4 tokens that an earlier run made")
	secrets := secretPattern.FindAllString(first, -1)
	for _, secret := range secrets {
		require.NotContains(t, second, secret)
	}
	require.Contains(t, second, secrets[4][len(secrets[4])-6:], "the hint of a token of the first run")

	changed, err := tellIn(t, t.Context(), dir, string(transfertoken.GenerateSalt()))
	require.NoError(t, err, changed)
	start := unwrap(changed[:strings.Index(changed, "3. Three tokens")])
	require.Contains(t, start, "WARNING: 4 tokens can never be authorized: their salt")
	require.NotContains(t, start, "no token was made under")
	kept, err := readSalt(filepath.Join(dir, "salt"))
	require.NoError(t, err)
	require.Equal(t, salt, string(kept))
}

func TestLostSaltIsNoticed(t *testing.T) {
	dir := t.TempDir()
	out, err := tellIn(t, t.Context(), dir, string(transfertoken.GenerateSalt()))
	require.NoError(t, err, out)
	requireKept(t, dir, "tokens.db")

	out, err = tellIn(t, t.Context(), dir, "")
	require.NoError(t, err, out)
	require.Contains(t, unwrap(out), "WARNING: 4 tokens can never be authorized")
	require.Regexp(t, exportPattern, out)
}

// open opens the backend that keeps its tokens in dir.
func open(t *testing.T, dir string, salt transfertoken.Salt) *backend {
	t.Helper()
	b, err := openBackend(t.Context(), filepath.Join(dir, "tokens.db"), filepath.Join(t.TempDir(), "content"), salt,
		time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.close(t.Context())) })
	return b
}

func TestTokensOfOthersAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	salt := transfertoken.GenerateSalt()
	theirs := open(t, dir, salt)
	_, err := theirs.svc.Create(t.Context(), transfertoken.NewToken{Name: "mine", Permissions: transfertoken.Pull,
		Lifespan: transfertoken.Unlimited})
	require.NoError(t, err)
	out, err := tellIn(t, t.Context(), dir, string(salt))
	require.NoError(t, err, out)
	require.Contains(t, out, "The file has 1 token already.")
	require.NotContains(t, out, "Deleted 1")

	_, err = theirs.svc.Create(t.Context(), transfertoken.NewToken{Name: "contractor", Permissions: transfertoken.Pull,
		Lifespan: transfertoken.Unlimited})
	require.NoError(t, err)
	_, err = tellIn(t, t.Context(), dir, string(salt))
	require.ErrorIs(t, err, transfertoken.ErrNameTaken)
	require.ErrorContains(t, err, `token "contractor": `)
	var left []string
	for token, err := range theirs.svc.All(t.Context()) {
		require.NoError(t, err)
		if token.Description != madeHere {
			left = append(left, token.Name)
		}
	}
	require.Equal(t, []string{"mine", "contractor"}, left)
}

func TestNoDatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tokens.db")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("Dear diary, ", 100)), 0o600))
	_, err := tellIn(t, t.Context(), dir, string(transfertoken.GenerateSalt()))
	require.ErrorContains(t, err, path+": ")
	require.ErrorContains(t, err, "file is not a database")
}

func TestNoSecretInTheDatabase(t *testing.T) {
	dir := t.TempDir()
	salt := transfertoken.GenerateSalt()
	b := open(t, dir, salt)
	create := func(name string) transfertoken.Issued {
		issued, err := b.svc.Create(t.Context(), transfertoken.NewToken{Name: name, Permissions: transfertoken.Pull,
			Lifespan: transfertoken.Days7})
		require.NoError(t, err)
		_, err = b.svc.Authorize(t.Context(), issued.Secret.Reveal(), transfertoken.Pull)
		require.NoError(t, err)
		return issued
	}
	kept, deleted := create("kept"), create("deleted")
	regenerated, err := b.svc.Regenerate(t.Context(), kept.Token.ID, kept.Token.Revision)
	require.NoError(t, err)
	require.NoError(t, b.svc.Delete(t.Context(), deleted.Token.ID, transfertoken.AnyRevision))
	digest, err := transfertoken.ParseDigest(strapiAccessKey)
	require.NoError(t, err)
	_, err = b.svc.Adopt(t.Context(), transfertoken.AdoptedToken{
		Name: "adopted", Permissions: transfertoken.Pull, Lifespan: transfertoken.Unlimited, Digest: digest, Salt: strapiSalt,
	})
	require.NoError(t, err)
	_, err = b.svc.Authorize(t.Context(), strapiKey, transfertoken.Pull)
	require.NoError(t, err)

	requireHidden := func(files ...string) {
		var content []byte
		for _, file := range files {
			part, err := os.ReadFile(filepath.Join(dir, file))
			require.NoError(t, err)
			content = append(content, part...)
		}
		text := string(content)
		require.Contains(t, text, "adopted", "it is not where the tokens are")
		for _, secret := range []string{
			kept.Secret.Reveal(), deleted.Secret.Reveal(), regenerated.Secret.Reveal(), string(salt), strapiKey,
			string(strapiSalt),
		} {
			require.NotContains(t, text, secret)
		}
	}
	requireHidden("tokens.db", "tokens.db-wal")
	require.NoError(t, b.db.Close())
	requireKept(t, dir, "tokens.db")
	requireHidden("tokens.db")
}
