package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBlocksOfAPlan(t *testing.T) {
	n, err := parseBlocks([]byte(`[{"Plan": {"Node Type": "Index Scan", "Shared Hit Blocks": 3, "Shared Read Blocks": 1}, "Planning": {"Shared Hit Blocks": 70}}]`))
	require.NoError(t, err)
	require.Equal(t, 4, n)
	_, err = parseBlocks([]byte("Index Scan"))
	require.Error(t, err)
}
