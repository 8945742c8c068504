package browser

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABrowserIsUsedOnlyIfItsVariableNamesIt(t *testing.T) {
	for _, e := range engines {
		t.Setenv(e.variable, "")
	}
	require.Empty(t, named())
	result := judge(t, func(t *fakeTB) { unnamed{}.open(t, newWatch()) })
	require.Empty(t, result.failed)
	for _, e := range engines {
		require.Contains(t, result.skipped, e.variable)
		t.Run(e.name, func(t *testing.T) {
			t.Setenv(e.variable, "/nowhere/browser")
			list := named()
			require.Len(t, list, 1)
			require.Equal(t, e.name, list[0].name())
			_, err := list[0].open(t, newWatch())
			require.ErrorContains(t, err, e.variable+": ")
		})
	}
}
