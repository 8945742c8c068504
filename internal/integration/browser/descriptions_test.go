package browser

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
)

func TestDetailsHoldTheWholeDescription(t *testing.T) {
	t.Parallel()
	b := newBackend(t, nil)
	long := strings.Repeat("a line\n", 40) + "the end"
	b.given(transfertoken.Token{Name: "long", Description: long}, transfertoken.Token{Name: "none"})
	p := b.enter(t, "ann")
	whole := func() []string {
		return eval[[]string](p,
			`[...document.querySelectorAll(".whole-description")].filter(e => e.offsetHeight > 0).map(e => e.innerText)`)
	}
	p.click("button", "none")
	p.see("ID")
	require.Empty(t, whole())
	p.click("button", "long")
	p.awaitCount(5, "row", "")
	require.Equal(t, []string{long}, whole())
	cell := eval[float64](p, `document.querySelector("td.description bdi").getBoundingClientRect().height`)
	require.Less(t, cell, 100.0, "the table stays a table")
}
