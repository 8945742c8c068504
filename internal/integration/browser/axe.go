package browser

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Axe requires that axe-core finds no fault with the page as it is now. Where it
// cannot tell whether the contrast is enough, the log of the test says so.
func (p *Page) Axe() {
	p.T.Helper()
	violations, unsure := p.axeRun()
	for _, v := range unsure {
		if v.ID == "color-contrast" {
			p.T.Logf("axe-core cannot tell: %s", v)
		}
	}
	var list []string
	for _, v := range violations {
		list = append(list, v.String())
	}
	require.Empty(p.T, violations, strings.Join(list, "\n"))
}

func (p *Page) axeRun() (violations, unsure []axeResult) {
	p.T.Helper()
	source := axeSource(p.T)
	if !Eval[bool](p, `"axe" in globalThis`) {
		Eval[any](p, source+";undefined")
	}
	found := Eval[struct{ Violations, Incomplete []axeResult }](p,
		`axe.run(document, {resultTypes: ["violations", "incomplete"]})`)
	return found.Violations, found.Incomplete
}

type axeResult struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		Target         []any
		FailureSummary string
	}
}

func (r axeResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", r.ID, r.Impact, r.Help)
	for _, n := range r.Nodes {
		fmt.Fprintf(&b, "\n  %v %s\n    %s", n.Target, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    "))
	}
	return b.String()
}

func axeSource(t testing.TB) string {
	t.Helper()
	source, err := os.ReadFile("../browser/node_modules/axe-core/axe.min.js")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("axe-core is not installed: run npm ci --ignore-scripts in internal/integration/browser")
	}
	require.NoError(t, err)
	return string(source)
}
