package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTokensInUseAreSpreadOverTheTable(t *testing.T) {
	for _, tokens := range []int{1000, 6000, 20_000, 1_000_000} {
		for _, w := range workloads {
			used := w.used(tokens)
			require.Zero(t, w.number(0, tokens))
			require.Less(t, w.number(used-1, tokens), tokens)
			if used > 1 {
				require.GreaterOrEqual(t, w.number(used-1, tokens), tokens/2, w.name)
			}
		}
	}
}
