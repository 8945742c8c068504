package browser

import (
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatIsMissingSkipsUnlessItIsRequired(t *testing.T) {
	t.Setenv("TRANSFERTOKEN_TEST_REQUIRE", "")
	verdict := judge(t, func(t *fakeTB) { missing(t, errors.New("not here")) })
	require.Equal(t, "not here", verdict.skipped)
	require.Empty(t, verdict.failed)
	t.Setenv("TRANSFERTOKEN_TEST_REQUIRE", "1")
	verdict = judge(t, func(t *fakeTB) { missing(t, errors.New("not here")) })
	require.Empty(t, verdict.skipped)
	require.Contains(t, verdict.failed, "not here")
	missing(t, nil)
}

func TestChromiumIsFound(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	set := map[string]string{}
	getenv := func(name string) string { return set[name] }
	_, err := findChromium(getenv)
	require.ErrorContains(t, err, "there is no chromium, chromium-browser or google-chrome in PATH, and TRANSFERTOKEN_TEST_CHROMIUM is not set")
	require.NoError(t, os.WriteFile(os.Getenv("PATH")+"/google-chrome", []byte("#!"), 0o755))
	path, err := findChromium(getenv)
	require.NoError(t, err)
	require.Equal(t, os.Getenv("PATH")+"/google-chrome", path)
	set["TRANSFERTOKEN_TEST_CHROMIUM"] = "/nowhere/chromium"
	_, err = findChromium(getenv)
	require.ErrorContains(t, err, "TRANSFERTOKEN_TEST_CHROMIUM: ")
}
