package transfertoken_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mayImport says what each package may import beside the standard library. CONTRIBUTING.md draws the same picture.
//
// Names that begin with a dot are packages of this repository: "." is the root package. "/..." stands for a package and
// all packages below. Other names are modules of other people, and "*" stands for all of them. The first rule that
// covers a package counts.
var mayImport = []importRule{
	{".", "github.com/google/uuid golang.org/x/crypto"},
	{"./internal/strapi", ""},
	{"./httpauth", ". ./internal/strapi"},
	{"./admin", ". ./internal/strapi github.com/google/uuid"},
	{"./sqlstore", ". github.com/google/uuid"}, // no driver
	{"./storetest", ". github.com/google/uuid"},
	{"./tokentest", ". ./httpauth github.com/google/uuid"},

	{"./datatransfer", jsontextModule + " github.com/google/uuid"},
	{"./datatransfer/archive", "./datatransfer filippo.io/age golang.org/x/crypto golang.org/x/sys " + jsontextModule},
	{"./datatransfer/sqldata", "./datatransfer github.com/google/uuid golang.org/x/sys " + jsontextModule}, // no driver
	{"./datatransfer/remote", ". ./httpauth ./datatransfer ./datatransfer/internal/... " +
		"github.com/coder/websocket github.com/google/uuid " + jsontextModule},
	{"./datatransfer/transfertest", "./datatransfer ./datatransfer/internal/... github.com/coder/websocket"},
	{"./datatransfer/internal/...", "./datatransfer/... github.com/google/uuid " + jsontextModule},

	{"./cmd/xfer/...", publishedPackages + " ./cmd/xfer/... *"},
	{"./examples/...", publishedPackages + " ./examples/... *"},
	{"./internal/integration/...", publishedPackages + " ./examples/... ./cmd/xfer/... ./internal/integration/... *"},
}

type importRule struct{ packages, imports string }

const (
	jsontextModule = "github.com/go-json-experiment/json"

	// publishedPackages are the packages that programs of other people can import.
	publishedPackages = ". ./httpauth ./admin ./sqlstore ./storetest ./tokentest " +
		"./datatransfer ./datatransfer/archive ./datatransfer/sqldata ./datatransfer/remote " +
		"./datatransfer/transfertest ./cmd/xfer/hostcmd"
)

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	packages := "work" // of all modules
	if workspace := runGo(t, "env", "GOWORK"); workspace == "" || workspace == "off" {
		packages = "./..."
	}
	for line := range strings.Lines(runGo(t, "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, packages)) {
		fields := strings.Fields(line)
		name := shortName(fields[0])
		i := slices.IndexFunc(mayImport, func(r importRule) bool { return covers(r.packages, name) })
		if i < 0 {
			t.Errorf("architecture_test.go does not say what %s may import", name)
			continue
		}
		allowed := strings.Fields(mayImport[i].imports)
		for _, path := range fields[1:] {
			imported := shortName(path)
			isAllowed := slices.ContainsFunc(allowed, func(word string) bool { return covers(word, imported) })
			if !isAllowed && !isStandard(imported) {
				t.Errorf("%s may not import %s", name, imported)
			}
		}
	}
}

func runGo(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go %s: %s", strings.Join(args, " "), &stderr)
	return strings.TrimSpace(string(out))
}

// shortName returns the name that mayImport has for an import path.
func shortName(path string) string {
	const module = "github.com/seed-39e76d91/transfertoken"
	if rest, found := strings.CutPrefix(path+"/", module+"/"); found {
		return strings.TrimSuffix("./"+rest, "/")
	}
	return path
}

// isStandard reports whether a package is in the standard library: the first element of its path has no dot.
func isStandard(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return !strings.Contains(first, ".")
}

// covers reports whether a word of mayImport stands for a package.
func covers(word, name string) bool {
	if word == "*" {
		return !strings.HasPrefix(name, ".")
	}
	tree, isTree := strings.CutSuffix(word, "/...")
	isModule := !strings.HasPrefix(word, ".")
	return name == tree || (isTree || isModule) && strings.HasPrefix(name, tree+"/")
}
