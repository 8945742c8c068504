package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBlocksAreReplaced(t *testing.T) {
	old := []block{{"one", "1\n"}, {"two", "2\n"}}
	document := "# Title\n\n" + old[0].whole() + "\nprose\n\n" + old[1].whole() + "\nthe end\n"
	text, err := replace(document, []block{{"two", "zwei\n"}, {"one", "eins\n"}})
	require.NoError(t, err)
	require.Equal(t, "# Title\n\n"+block{"one", "eins\n"}.whole()+"\nprose\n\n"+block{"two", "zwei\n"}.whole()+"\nthe end\n", text)
	text, err = replace(text, old)
	require.NoError(t, err)
	require.Equal(t, document, text)
}

func TestDocumentWithoutAPlaceIsRefused(t *testing.T) {
	for _, document := range []string{"", "# Title\n", block{"one", ""}.begin(), block{"one", ""}.end()} {
		_, err := replace(document, []block{{"one", "1\n"}})
		require.ErrorContains(t, err, `"one"`)
	}
}
