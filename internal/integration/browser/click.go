package browser

import (
	"context"
	"fmt"
)

// Click clicks with the mouse, as soon as there is one such element and the
// mouse would reach it.
func (s Scope) Click(role, name string) {
	s.Page.T.Helper()
	s.clickOne(name, role)
}

func (s Scope) clickOne(name string, roles ...string) {
	s.Page.T.Helper()
	s.Page.Until("click "+name, func(ctx context.Context) error {
		e, err := s.One(ctx, name, roles...)
		if err != nil {
			return err
		}
		if e.properties["disabled"] == "true" {
			return fmt.Errorf("%s is disabled", e)
		}
		at, err := Call[Point](ctx, e, FindPoint)
		if err != nil {
			return err
		}
		if at.Problem != "" {
			return fmt.Errorf("%s %s", e, at.Problem)
		}
		return s.Page.ClickAt(ctx, at)
	})
}

// Point is a place on the page, or the reason that there is none.
type Point struct {
	X, Y    float64
	Problem string
}

// FindPoint scrolls to the element and returns where the mouse hits it or a label
// of it.
const FindPoint = `function() {
	let problem = "takes no room"
	for (const block of ["nearest", "center"]) {
		for (const target of [this, ...this.labels ?? []]) {
			target.scrollIntoView({block, inline: "nearest", behavior: "instant"})
			for (const box of target.getClientRects()) {
				if (!box.width || !box.height) continue
				const X = box.left + box.width / 2, Y = box.top + box.height / 2
				const hit = document.elementFromPoint(X, Y)
				if (target.contains(hit)) return {X, Y}
				problem = hit ? "is covered by " + hit.cloneNode().outerHTML : "is out of sight"
			}
		}
	}
	return {problem}
}`

// ClickAt clicks with the left button of the mouse.
func (p *Page) ClickAt(ctx context.Context, at Point) error { return p.tab.click(ctx, at.X, at.Y) }
