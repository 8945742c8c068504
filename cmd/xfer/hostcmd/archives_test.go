package hostcmd_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/cmd/xfer/hostcmd"
	"github.com/seed-39e76d91/transfertoken/datatransfer"
	"github.com/seed-39e76d91/transfertoken/datatransfer/transfertest"
)

const passphrase = "correct-horse-battery-staple"

func TestWhatWasExportedCanBeImported(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	identities, key := writeFile(t, "identity", identity.String()), writeFile(t, "key", passphrase+"\n")
	for _, test := range []struct{ export, extension, open string }{
		{"--recipient " + identity.Recipient().String(), ".tar.gz.age", "--identity " + identities},
		{"--strapi --key-file " + key, ".tar.gz.enc", "--key-file " + key},
		{"--no-encrypt --no-compress", ".tar", ""},
		{"--no-encrypt --format dir", "", ""},
	} {
		base := filepath.Join(t.TempDir(), "backup")
		got := blog(t, hostOf(instanceWith(t, 1)), strings.Fields("export -f "+base+" "+test.export)...)
		require.Zero(t, got.code, got.stderr)
		require.Contains(t, got.stdout, "\nwritten: "+base+test.extension+"\n")

		instance := instanceWith(t, 2)
		got = blog(t, hostOf(instance), strings.Fields("import --force -f "+base+test.extension+" "+test.open)...)
		require.Zero(t, got.code, got.stderr)
		require.Contains(t, got.stdout, "\nreplaced: the data of blog\n")
		requireUnchanged(t, instance, 1)
	}
}

func TestAnExportIsNamedByItsTime(t *testing.T) {
	t.Chdir(t.TempDir())
	got := blog(t, hostOf(instanceWith(t, 1)), "export", "--no-encrypt")
	require.Zero(t, got.code, got.stderr)
	names, err := filepath.Glob("*")
	require.NoError(t, err)
	require.Len(t, names, 1)
	require.Regexp(t, `^export_[0-9]{14}\.tar\.gz$`, names[0])
}

func TestNothingIsReplacedWithoutLeave(t *testing.T) {
	archive := exported(t, 1)
	instance := instanceWith(t, 2)
	got := blog(t, hostOf(instance), "import", "-f", archive)
	require.Equal(t, 2, got.code)
	require.Contains(t, got.stderr, "blog: blog loses the content, the files, the settings, the webhooks")
	require.Contains(t, got.stderr, "blog: the data of blog would be replaced, and there is no terminal to ask: "+
		"give --force to do it, or --dry-run to look\n")
	require.Empty(t, got.stdout)
	requireUnchanged(t, instance, 2)

	got = blog(t, hostOf(instance), "import", "--dry-run", "-f", archive)
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stderr, "dry run: nothing was changed")
	requireUnchanged(t, instance, 2)

	again := blog(t, hostOf(instance), "export", "--no-encrypt", "-f", strings.TrimSuffix(archive, ".tar.gz"))
	require.Equal(t, 2, again.code, "an archive is there")
}

// exported returns an archive with the generated data of number n.
func exported(t *testing.T, n int) string {
	t.Helper()
	base := filepath.Join(t.TempDir(), "backup")
	got := blog(t, hostOf(instanceWith(t, n)), "export", "--no-encrypt", "-f", base)
	require.Zero(t, got.code, got.stderr)
	return base + ".tar.gz"
}

func TestAMistakeChangesNothing(t *testing.T) {
	t.Setenv("XFER_KEY", passphrase)
	encrypted := filepath.Join(t.TempDir(), "backup")
	require.Zero(t, blog(t, hostOf(instanceWith(t, 1)), "export", "-f", encrypted).code)
	t.Setenv("XFER_KEY", "")
	plain := exported(t, 1)
	whole, err := os.ReadFile(plain)
	require.NoError(t, err)
	for _, test := range []struct {
		args string
		code int
		line string
	}{
		{"import --force -f none.tar", 1, "none.tar: no such file or directory"},
		{"import --force -f " + writeFile(t, "notes.txt", "notes"), 5, "not an archive"},
		{"import --force -f " + writeFile(t, "cut.tar.gz", string(whole[:len(whole)/2])), 5, "cut.tar.gz: "},
		{"import --force -f " + encrypted + ".tar.gz.age", 2, "give --key-file FILE, or set XFER_KEY"},
		{"import --force --key wrong -f " + encrypted + ".tar.gz.age", 5, "passphrase"},
		{"import --force --only-content-types api::none.none -f " + plain, 1, "no content type api::none.none"},
		{"import --force --only-content-types admin::user -f " + plain, 2, "admin::user is protected"},
		{"export --no-encrypt --only-content-types admin::user -f " + encrypted + "2", 2, "admin::user is protected"},
		{"export -f " + encrypted + "2", 2, "give --key-file FILE, or set XFER_KEY, or --recipient, or --no-encrypt"},
		{"export --format dir -f " + encrypted + "2", 2, "(--format dir) require --no-encrypt"},
		{"export --no-encrypt -f " + filepath.Join(t.TempDir(), "none", "backup"), 1, "no such file or directory"},
	} {
		instance := instanceWith(t, 2)
		got := blog(t, hostOf(instance), strings.Fields(test.args)...)
		require.Equal(t, test.code, got.code, test.args+"\n"+got.stderr)
		require.Contains(t, got.stderr, test.line)
		require.Empty(t, got.stdout)
		requireUnchanged(t, instance, 2)
		require.NoFileExists(t, encrypted+"2.tar.gz")
	}
}

func TestProtectedTypesOfTheHostTravelNowhere(t *testing.T) {
	instance := instanceWith(t, 1)
	uid := instance.Snapshot().Entities[0].Type
	host := hostOf(instance)
	host.Protected = []string{uid}
	base := filepath.Join(t.TempDir(), "backup")
	require.Zero(t, blog(t, host, "export", "--no-encrypt", "-f", base).code)

	to := instanceWith(t, 2)
	before := countOf(to, uid)
	require.Positive(t, before)
	require.Zero(t, blog(t, hostOf(to), "import", "--force", "-f", base+".tar.gz").code)
	require.Zero(t, countOf(to, uid), "the archive has none")

	to = instanceWith(t, 2)
	host = hostOf(to)
	host.Protected = []string{uid}
	got := blog(t, host, "import", "--force", "-f", exported(t, 1))
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stderr, "blog keeps the content of "+uid)
	require.Equal(t, before, countOf(to, uid), "the instance keeps its own")
	require.Equal(t, 2, blog(t, host, "import", "--force", "--only-content-types", uid, "-f", exported(t, 1)).code)
}

func countOf(instance *transfertest.MemoryInstance, uid string) (n int) {
	for _, entity := range instance.Snapshot().Entities {
		if entity.Type == uid {
			n++
		}
	}
	return n
}

func TestAnErrorOfTheHostEndsWithCode1(t *testing.T) {
	down := errors.New("the database is down")
	host := hostcmd.Host{
		Source:      func(context.Context) (datatransfer.Source, error) { return nil, down },
		Destination: func(context.Context) (datatransfer.Destination, error) { return nil, down },
	}
	base := filepath.Join(t.TempDir(), "backup")
	want := result{1, "", "blog: the database is down\n"}
	require.Equal(t, want, blog(t, host, "export", "--no-encrypt", "-f", base))
	require.NoFileExists(t, base+".tar.gz")
	require.Equal(t, want, blog(t, host, "import", "--force", "-f", exported(t, 1)))
}

func TestSchemasThatDifferAreShownBeforeAnythingIsReplaced(t *testing.T) {
	instance := instanceWith(t, 2)
	lost := instance.Snapshot().Entities[0].Type
	var kept datatransfer.Schemas
	for _, schema := range instance.Schemas {
		if schema.UID != lost {
			kept = append(kept, schema)
		}
	}
	smaller := &transfertest.MemoryInstance{Schemas: kept}
	got := blog(t, hostOf(smaller), "import", "--dry-run", "-f", exported(t, 1))
	require.Equal(t, 3, got.code, got.stderr)
	require.Contains(t, got.stderr, "the schemas differ in")
	require.Contains(t, got.stderr, lost)

	got = blog(t, hostOf(smaller), "import", "--force", "-f", exported(t, 1))
	require.Zero(t, got.code, got.stderr)
	require.Contains(t, got.stdout, "DROPPED FROM")
	require.Zero(t, countOf(smaller, lost))
}
