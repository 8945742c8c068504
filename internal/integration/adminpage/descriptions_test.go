package adminpage

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken"
	"github.com/seed-39e76d91/transfertoken/internal/integration/browser"
)

func TestDetailsHoldTheWholeDescription(t *testing.T) {
	t.Parallel()
	b := browser.NewBackend(t, nil)
	long := strings.Repeat("a line\n", 40) + "the end"
	b.Given(transfertoken.Token{Name: "long", Description: long}, transfertoken.Token{Name: "none"})
	p := b.Enter(t, "ann")
	whole := func() []string {
		return browser.Eval[[]string](p,
			`[...document.querySelectorAll(".whole-description")].filter(e => e.offsetHeight > 0).map(e => e.innerText)`)
	}
	p.Click("button", "none")
	p.See("ID")
	require.Empty(t, whole())
	p.Click("button", "long")
	p.AwaitCount(5, "row", "")
	require.Equal(t, []string{long}, whole())
	cell := browser.Eval[float64](p, `document.querySelector("td.description bdi").getBoundingClientRect().height`)
	require.Less(t, cell, 100.0, "the table stays a table")
}
