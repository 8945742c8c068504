package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQuickWritesNothingAndIsSmall(t *testing.T) {
	s, err := parseSettings([]string{"-quick"}, t.Output())
	require.NoError(t, err)
	require.Empty(t, s.out)
	require.LessOrEqual(t, s.tokens, 20_000)
	require.LessOrEqual(t, s.time, time.Second)
	s, err = parseSettings([]string{"-quick", "-tokens", "1000", "-out", "here", "-loads", "3x2"}, t.Output())
	require.NoError(t, err)
	require.Equal(t, 1000, s.tokens)
	require.Equal(t, 1000, s.touches)
	require.Equal(t, "here", s.out)
	require.Equal(t, []load{{3, 2}}, s.loads)
}

func TestDefaultsGoIntoTheDocument(t *testing.T) {
	s, err := parseSettings(nil, t.Output())
	require.NoError(t, err)
	require.Equal(t, "../docs", s.out)
	require.Equal(t, 1_000_000, s.tokens)
	require.Equal(t, "8×4", s.loads[len(s.loads)-1].String())
	require.Equal(t, 32, s.loads[len(s.loads)-1].total())
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-tokens", "10"}, {"-rounds", "0"}, {"-time", "0"}, {"more"}, {"-loads", ""}, {"-loads", "4"}, {"-loads", "0x4"}, {"-loads", "2x-1"}, {"-what"},
	} {
		_, err := parseSettings(args, t.Output())
		require.Error(t, err, args)
	}
}
