package browser

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBrowserIsUsedOnlyIfTheVariableNamesIt(t *testing.T) {
	t.Setenv(chromiumVariable, "")
	result := judge(t, func(t *fakeTB) { new(chromium).need(t) })
	require.Equal(t, "TRANSFERTOKEN_TEST_CHROMIUM is not set", result.skipped)
	require.Empty(t, result.failed)

	t.Setenv(chromiumVariable, "/nowhere/chromium")
	result = judge(t, func(t *fakeTB) { new(chromium).need(t) })
	require.Empty(t, result.skipped)
	require.Contains(t, result.failed, "TRANSFERTOKEN_TEST_CHROMIUM: ")
}
