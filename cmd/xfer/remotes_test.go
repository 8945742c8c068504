package main_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	main "github.com/seed-39e76d91/transfertoken/cmd/xfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/archive"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

// remoteWith returns a remote that has generated data of number n.
func remoteWith(t *testing.T, n int) (*transfertest.Remote, *transfertest.MemoryInstance) {
	t.Helper()
	data := transfertest.Generate(nil, n)
	instance := &transfertest.MemoryInstance{Schemas: data.Schemas}
	require.NoError(t, instance.Fill(t.Context(), data.Source()))
	return transfertest.NewRemote(t, instance), instance
}

func TestPullWritesAnArchiveOfTheRemote(t *testing.T) {
	r, instance := remoteWith(t, 1)
	base := filepath.Join(t.TempDir(), "backup")
	got := xfer(t, "XFER_TOKEN="+r.Token, "XFER_KEY=secret of the backup", "pull", r.URL, base)
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "written: "+base+".tar.gz.age")
	require.NotContains(t, got.stdout+got.stderr, r.Token)
	reader, err := archive.Open(t.Context(), base+".tar.gz.age", &archive.ReadOptions{
		Passphrase: func() (string, error) { return "secret of the backup", nil },
	})
	require.NoError(t, err)
	defer reader.Close()
	transfertest.RequireEqual(t, instance.Snapshot().Source(), reader)
}

func TestPushReplacesTheDataOfTheRemote(t *testing.T) {
	from, _ := remoteWith(t, 2)
	base := filepath.Join(t.TempDir(), "backup")
	require.Zero(t, xfer(t, "XFER_TOKEN="+from.Token, "pull", "--no-encrypt", from.URL, base).code)

	to, instance := remoteWith(t, 1)
	before := instance.Snapshot()
	got := xfer(t, "XFER_TOKEN="+to.Token, "push", base+".tar.gz", to.URL)
	require.Equal(t, 2, got.code, "nobody has confirmed")
	require.Contains(t, got.stderr, "give --force to do it, or --dry-run to look")
	require.Contains(t, got.stderr, "loses the content, the files, the settings, the webhooks")
	transfertest.RequireEqual(t, before.Source(), instance.Snapshot().Source())

	got = xfer(t, "XFER_TOKEN="+to.Token, "push", "--dry-run", base+".tar.gz", to.URL)
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stderr, "nothing was changed")
	transfertest.RequireEqual(t, before.Source(), instance.Snapshot().Source())

	got = xfer(t, "XFER_TOKEN="+to.Token, "push", "--force", "--json", base+".tar.gz", to.URL)
	require.Zero(t, got.code, got.stderr)
	var report struct {
		Remote string
		Stages []struct{ Records int64 }
	}
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &report))
	require.Len(t, report.Stages, 4)
	require.Contains(t, to.URL, report.Remote)
	transfertest.RequireEquivalent(t, transfertest.Generate(nil, 2).Source(), instance.Snapshot().Source())
}

func TestCopyNeedsNoDisk(t *testing.T) {
	from, source := remoteWith(t, 2)
	to, instance := remoteWith(t, 1)
	tokens := []string{"XFER_FROM_TOKEN=" + from.Token, "XFER_TO_TOKEN=" + to.Token}
	got := xfer(t, append(tokens, "copy", "--force", from.URL, to.URL)...)
	require.Zero(t, got.code, got.stderr)
	transfertest.RequireEquivalent(t, source.Snapshot().Source(), instance.Snapshot().Source())

	require.Equal(t, 2, xfer(t, append(tokens, "copy", "--force", from.URL, from.URL)...).code)
}

func TestPullOfAPartLeavesTheRestOut(t *testing.T) {
	r, _ := remoteWith(t, 1)
	base := filepath.Join(t.TempDir(), "backup")
	got := xfer(t, "XFER_TOKEN="+r.Token, "pull", "--no-encrypt", "--only", "config", r.URL, base)
	require.Zero(t, got.code, got.stderr)
	require.Regexp(t, `entities\s+left out`, got.stdout)

	got = xfer(t, "XFER_TOKEN="+r.Token, "pull", "--no-encrypt", "--only-content-types", "api::no.no", r.URL, base+"2")
	require.NotZero(t, got.code)
	require.Contains(t, got.stderr, "api::no.no")
	require.NoFileExists(t, base+"2.tar.gz")
}

// Each way in which a remote refuses has an exit code and a line that says what to do.
func TestRefusalsOfARemoteEndWithCode4(t *testing.T) {
	r, _ := remoteWith(t, 1)
	base := filepath.Join(t.TempDir(), "backup")
	for how, text := range map[transfertest.Refusal]string{
		transfertest.RefuseUnauthorized: "does not accept the token",
		transfertest.RefuseExpired:      "it has expired",
		transfertest.RefuseSuspended:    "it is suspended",
		transfertest.RefuseForbidden:    "a pull needs a pull token",
		transfertest.RefuseDisabled:     "does it end in /admin?",
		transfertest.RefuseBusy:         "try again later",
		transfertest.RefuseWebPage:      "a web page",
		transfertest.RefuseNoUpgrade:    "may drop the upgrade",
	} {
		r.Refuse(how)
		for _, args := range [][]string{
			{"XFER_TOKEN=" + r.Token, "pull", "--no-encrypt", r.URL, base},
			{"XFER_TOKEN=" + r.Token, "push", "--force", samples + "export.tar", r.URL},
			{"XFER_FROM_TOKEN=" + r.Token, "XFER_TO_TOKEN=x", "copy", "--force", r.URL, "http://127.0.0.1:1/admin"},
			{"XFER_TOKEN=" + r.Token, "check", r.URL},
		} {
			got := xfer(t, args...)
			require.Equal(t, 4, got.code, "%s %v: %s", how, args, got.stderr)
			require.Contains(t, got.stderr, text)
			require.NotContains(t, got.stderr, r.Token)
			require.Equal(t, 1, strings.Count(got.stderr, "\n"), got.stderr)
		}
	}
	require.NoFileExists(t, base+".tar.gz")
}

func TestCheckTellsWhatATokenAllows(t *testing.T) {
	r, _ := remoteWith(t, 1)
	got := xfer(t, "XFER_TOKEN="+r.Token, "check", "--need", "full-access", r.URL)
	require.Zero(t, got.code, got.stderr)
	require.Regexp(t, `pull\s+yes\npush\s+yes\n`, got.stdout)
	require.Equal(t, 2, xfer(t, "XFER_TOKEN="+r.Token, "check", "--need", "everything", r.URL).code)
	require.Equal(t, 2, xfer(t, "XFER_TOKEN="+r.Token, "check", "127.0.0.1/admin").code)
	require.Equal(t, 1, xfer(t, "XFER_TOKEN="+r.Token, "check", "http://127.0.0.1:1/admin").code)
}

func TestTokenComesFromFlagFileOrEnvironment(t *testing.T) {
	r, _ := remoteWith(t, 1)
	file := writeFile(t, "token", r.Token+"\r\n")
	for _, args := range [][]string{
		{"check", "--token", r.Token, r.URL},
		{"check", "--token-file", file, r.URL},
		{"XFER_TOKEN=" + r.Token, "STRAPI_TRANSFER_TOKEN=wrong", "check", r.URL},
		{"STRAPI_TRANSFER_TOKEN=" + r.Token, "check", r.URL},
		{"XFER_TOKEN=wrong", "check", "--token-file", file, r.URL},
	} {
		require.Zero(t, xfer(t, args...).code, args)
	}
	got := xfer(t, "check", "--token", r.Token, r.URL)
	require.Contains(t, got.stderr, "others on this machine can see --token")
	got = xfer(t, "check", r.URL)
	require.Equal(t, 2, got.code)
	require.Contains(t, got.stderr, "give --token-file FILE, or set XFER_TOKEN")
	require.Equal(t, 2, xfer(t, "check", "--token", "a", "--token-file", file, r.URL).code)
	require.Equal(t, 2, xfer(t, "check", "--token-file", filepath.Join(t.TempDir(), "none"), r.URL).code)
}

func TestPullThatIsCutLeavesTheOldArchive(t *testing.T) {
	r, _ := remoteWith(t, 1)
	dir := t.TempDir()
	base := filepath.Join(dir, "backup")
	require.Zero(t, xfer(t, "XFER_TOKEN="+r.Token, "pull", "--no-encrypt", r.URL, base).code)
	old, err := os.ReadFile(base + ".tar.gz")
	require.NoError(t, err)
	for n := 1; n <= 12; n++ {
		r.Tamper(func(m transfertest.Message) transfertest.Action {
			if m.ToClient && m.Number == n {
				return transfertest.Cut()
			}
			return transfertest.Action{}
		})
		got := xfer(t, "XFER_TOKEN="+r.Token, "pull", "--no-encrypt", "--force", r.URL, base)
		require.Equal(t, 1, got.code, got.stderr)
		require.Contains(t, got.stderr, "interrupted")
		now, err := os.ReadFile(base + ".tar.gz")
		require.NoError(t, err)
		require.Equal(t, old, now)
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, entries, 1, "no partial file stays")
	}
}

func TestPushWhoseCommitGetsNoReplyEndsWithCode6(t *testing.T) {
	r, _ := remoteWith(t, 1)
	closing := false
	r.Tamper(func(m transfertest.Message) transfertest.Action {
		if !m.ToClient {
			closing = strings.Contains(string(m.Text), `"action":"close"`)
		} else if closing {
			return transfertest.Cut()
		}
		return transfertest.Action{}
	})
	data, _ := remoteWith(t, 2)
	base := filepath.Join(t.TempDir(), "backup")
	require.Zero(t, xfer(t, "XFER_TOKEN="+data.Token, "pull", "--no-encrypt", data.URL, base).code)
	got := xfer(t, "XFER_TOKEN="+r.Token, "push", "--force", base+".tar.gz", r.URL)
	require.Equal(t, 6, got.code, got.stderr)
	require.Contains(t, got.stderr, "unknown whether the commit took place")
}

// The remote may have committed, so that 130 would say too much.
func TestPushThatIsInterruptedDuringTheCommitEndsWithCode6(t *testing.T) {
	data, _ := remoteWith(t, 2)
	base := filepath.Join(t.TempDir(), "backup")
	require.Zero(t, xfer(t, "XFER_TOKEN="+data.Token, "pull", "--no-encrypt", data.URL, base).code)
	r, _ := remoteWith(t, 1)
	env := map[string]string{"XFER_TOKEN": r.Token, "XFER_FROM_TOKEN": data.Token, "XFER_TO_TOKEN": r.Token}
	for _, args := range [][]string{
		{"push", "--force", base + ".tar.gz", r.URL},
		{"copy", "--force", data.URL, r.URL},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		r.Tamper(func(m transfertest.Message) transfertest.Action {
			if !m.ToClient && strings.Contains(string(m.Text), `"action":"close"`) {
				cancel()
				return transfertest.Drop()
			}
			return transfertest.Action{}
		})
		var stdout, stderr strings.Builder
		code := main.Run(ctx, args, strings.NewReader(""), &stdout, &stderr, func(name string) string { return env[name] })
		require.Equal(t, 6, code, stderr.String())
		require.Contains(t, stderr.String(), "unknown whether the commit took place")
		r.Settle()
	}
}

// Whoever reads the line looks at the machine that it names.
func TestErrorsNameTheSideThatFailed(t *testing.T) {
	from, _ := remoteWith(t, 2)
	to, _ := remoteWith(t, 1)
	cutAssets := func(r *transfertest.Remote) {
		r.Tamper(func(m transfertest.Message) transfertest.Action {
			if !m.ToClient && strings.Contains(string(m.Text), `"action":"start","step":"assets"`) {
				return transfertest.Cut()
			}
			return transfertest.Action{}
		})
	}
	host := func(r *transfertest.Remote) string {
		return "xfer: " + strings.TrimSuffix(strings.TrimPrefix(r.URL, "http://"), "/admin") + ": "
	}
	copying := []string{"XFER_FROM_TOKEN=" + from.Token, "XFER_TO_TOKEN=" + to.Token, "copy", "-q", "--force", from.URL, to.URL}
	cutAssets(from)
	got := xfer(t, copying...)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, host(from)+"the connection was interrupted")
	from.Tamper(nil)
	cutAssets(to)
	got = xfer(t, copying...)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, host(to)+"assets: ")

	missing := filepath.Join(t.TempDir(), "none", "backup")
	got = xfer(t, "XFER_TOKEN="+from.Token, "pull", "-q", "--no-encrypt", from.URL, missing)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "xfer: "+missing+".tar.gz: ")
}

func TestAnUnsetVariableIsNoValue(t *testing.T) {
	r, _ := remoteWith(t, 1)
	base := filepath.Join(t.TempDir(), "backup")
	for _, test := range []struct {
		flag, line string
	}{
		{"--token=", "--token is empty"},
		{"--token= ", "--token is empty"},
		{"--token-file=", "--token-file: "},
		{"--only=", "only is given and names nothing"},
		{"--exclude=", "exclude is given and names nothing"},
		{"--only-content-types=", "only-content-types is given and names nothing"},
		{"--exclude-content-types= ,", "exclude-content-types is given and names nothing"},
	} {
		got := xfer(t, "XFER_TOKEN="+r.Token, "pull", "--no-encrypt", test.flag, r.URL, base)
		require.Equal(t, 2, got.code, test.flag)
		require.Contains(t, got.stderr, test.line)
	}
	require.Zero(t, r.Handshakes())
}

func TestSwappedArgumentsAreTold(t *testing.T) {
	requireFailure(t, 2, "URL comes before NAME: xfer pull URL NAME", "pull", "backup", "https://cms.example.com/admin")
	requireFailure(t, 2, "ARCHIVE comes before URL: xfer push ARCHIVE URL", "push", "https://cms.example.com/admin", "a.tar")
}

func TestDiffOfTwoRemotesSendsNoTokenToBoth(t *testing.T) {
	a, _ := remoteWith(t, 1)
	b, _ := remoteWith(t, 1)
	got := xfer(t, "XFER_TOKEN="+a.Token, "diff", a.URL, b.URL)
	require.Equal(t, 2, got.code, got.stderr)
	require.Contains(t, got.stderr, "set XFER_A_TOKEN")
	require.Zero(t, a.Handshakes()+b.Handshakes())
	require.Zero(t, xfer(t, "XFER_A_TOKEN="+a.Token, "XFER_B_TOKEN="+b.Token, "diff", a.URL, b.URL).code)
}

func TestFilesThatDoNotComeAreTold(t *testing.T) {
	from, instance := remoteWith(t, 2)
	data := instance.Snapshot()
	data.Files = data.Files[:1]
	require.NoError(t, instance.Fill(t.Context(), data.Source()))
	base := filepath.Join(t.TempDir(), "backup")
	got := xfer(t, "XFER_TOKEN="+from.Token, "pull", "--no-encrypt", from.URL, base)
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stderr, "of the media library came without the file")
	to, _ := remoteWith(t, 1)
	got = xfer(t, "XFER_FROM_TOKEN="+from.Token, "XFER_TO_TOKEN="+to.Token, "copy", "--force", from.URL, to.URL)
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stderr, "of the media library came without the file")
}

func TestSchemasThatDifferAreShownBeforeAPush(t *testing.T) {
	r, instance := remoteWith(t, 1)
	before := instance.Snapshot()
	got := xfer(t, "XFER_TOKEN="+r.Token, "push", samples+"rich.tar", r.URL)
	require.Equal(t, 2, got.code, got.stderr)
	require.Contains(t, got.stderr, "the schemas differ in")
	got = xfer(t, "XFER_TOKEN="+r.Token, "push", "--dry-run", samples+"rich.tar", r.URL)
	require.Equal(t, 3, got.code, got.stderr)
	transfertest.RequireEqual(t, before.Source(), instance.Snapshot().Source())
}

func TestInterruptedPushRollsBackAndEndsWithCode130(t *testing.T) {
	r, instance := remoteWith(t, 1)
	before := instance.Snapshot()
	data, _ := remoteWith(t, 2)
	base := filepath.Join(t.TempDir(), "backup")
	require.Zero(t, xfer(t, "XFER_TOKEN="+data.Token, "pull", "--no-encrypt", data.URL, base).code)
	ctx, cancel := context.WithCancel(t.Context())
	r.Tamper(func(m transfertest.Message) transfertest.Action {
		if !m.ToClient && strings.Contains(string(m.Text), `"action":"end","step":"assets"`) {
			cancel()
		}
		return transfertest.Action{}
	})
	var stdout, stderr strings.Builder
	env := func(name string) string { return map[string]string{"XFER_TOKEN": r.Token}[name] }
	code := main.Run(ctx, []string{"push", "--force", base + ".tar.gz", r.URL}, strings.NewReader(""), &stdout, &stderr, env)
	require.Equal(t, 130, code, stderr.String())
	r.Settle()
	transfertest.RequireEqual(t, before.Source(), instance.Snapshot().Source())
}

// An archive that was made without files would empty the uploads of the remote, also with --force.
func TestArchiveWithoutFilesDoesNotEmptyTheUploads(t *testing.T) {
	from, _ := remoteWith(t, 2)
	base := filepath.Join(t.TempDir(), "backup")
	require.Zero(t, xfer(t, "XFER_TOKEN="+from.Token, "pull", "--no-encrypt", "--exclude", "files", from.URL, base).code)
	to, instance := remoteWith(t, 1)
	before := instance.Snapshot()
	got := xfer(t, "XFER_TOKEN="+to.Token, "push", "--force", base+".tar.gz", to.URL)
	require.Equal(t, 2, got.code, got.stderr)
	require.Contains(t, got.stderr, "give --exclude files to keep them")
	transfertest.RequireEqual(t, before.Source(), instance.Snapshot().Source())
	got = xfer(t, "XFER_TOKEN="+to.Token, "push", "--force", "--exclude", "files", base+".tar.gz", to.URL)
	require.Zero(t, got.code, got.stderr)
	require.Equal(t, len(before.Files), len(instance.Snapshot().Files))
}
