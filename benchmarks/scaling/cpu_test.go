package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProcessTimesAreReadWhateverTheNameIs(t *testing.T) {
	seconds, err := parseProcess("2155 (post) gres: a (b) S 2154 2155 2155 0 -1 4194624 1131 0 2 0 150 25 7 8 20 0 1 0 1083 222830592\n")
	require.NoError(t, err)
	require.InDelta(t, 1.75, seconds, 1e-9)
	for _, stat := range []string{"", "1 (x) S 1", "1 (x) S 1 1 1 0 -1 1 1 0 2 0 many 25 7 8"} {
		_, err := parseProcess(stat)
		require.Error(t, err)
	}
}

func TestIdleTimeIsNotCounted(t *testing.T) {
	seconds, err := parseMachine("cpu  100 10 20 99999 5000 3 7 60 40 30\ncpu0 1 2 3\n")
	require.NoError(t, err)
	require.InDelta(t, 2, seconds, 1e-9)
	for _, stat := range []string{"", "cpu 1 2 3", "cpu0 1 2 3 4 5 6 7 8", "cpu 1 x 3 4 5 6 7 8"} {
		_, err := parseMachine(stat)
		require.Error(t, err)
	}
}
