package datatransfer_test

import (
	"errors"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// isKnown reports whether an error is one that callers can tell apart.
func isKnown(err error) bool {
	return errors.Is(err, datatransfer.ErrInvalid) || errors.Is(err, datatransfer.ErrTooLarge)
}

var (
	goodAssetNames = []string{"img_8460ecf0cc.png", "a", "noext_14f0d9d9f4", "ümläut é.txt", "a..b", "com10.txt",
		"nul_a", "a b", "😀.svg", strings.Repeat("x", 255)}
	badAssetNames = []string{"", ".", "..", "../a", "a/b", "/a", `a\b`, `\\host\a`, "C:", "c:a", "a\x00b", "a\nb",
		"a\x7f", "a\u0085b", ".hidden", "a.", "a ", "NUL", "nul.txt", "Com1", "lpt9.tar.gz", "COM¹", "CONIN$",
		"con .txt", "a:b", "a*", "a?", "a|b", "<a>", `"a"`, "\xff", strings.Repeat("x", 256)}
)

func TestCheckAssetName(t *testing.T) {
	t.Parallel()
	for _, name := range goodAssetNames {
		require.NoError(t, datatransfer.CheckAssetName(name), name)
		requireOnePathElement(t, name)
	}
	for _, name := range badAssetNames {
		require.ErrorIs(t, datatransfer.CheckAssetName(name), datatransfer.ErrInvalid, "%q", name)
	}
}

func requireOnePathElement(t testing.TB, name string) {
	t.Helper()
	require.Equal(t, name, path.Base(path.Clean(name)))
	require.Equal(t, name, filepath.Base(filepath.Join("folder", name)))
	require.True(t, filepath.IsLocal(name))
	require.NotContains(t, name, "/")
	require.NotContains(t, name, `\`)
}
