package browser

import (
	"context"
	"fmt"
	"time"
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
		if err := s.Page.ClickAt(ctx, at); err != nil {
			return err
		}
		return s.Page.missed(ctx, e)
	})
}

// missed returns an error if the last click was taken from an element that had come between.
func (p *Page) missed(ctx context.Context, e element) error {
	brief, stop := context.WithTimeout(ctx, time.Second) // a document that is left may never answer
	defer stop()
	if missed, err := evaluate[bool](brief, p.tab, "globalThis.transfertokenAim?.missed ?? false"); err == nil && missed {
		return fmt.Errorf("%s moved away from the mouse", e)
	}
	return nil
}

// Point is a place on the page, or the reason that there is none.
type Point struct {
	X, Y    float64
	Problem string
}

// FindPoint scrolls to the element and returns where the mouse hits it or a label
// of it. The page may move it away before the mouse comes, as it would not from under
// the eyes of a person: no other element gets to know of that click.
const FindPoint = `function() {
	const aimAt = target => {
		globalThis.transfertokenAim?.end()
		const aim = globalThis.transfertokenAim = {missed: false}
		const watch = event => {
			if (event.type === "pointerdown") aim.missed = !event.composedPath().includes(target)
			if (aim.missed) {
				event.stopImmediatePropagation()
				if (event.type !== "pointerdown") event.preventDefault() // it is the mousedown that moves the focus
			}
			if (event.type === "click") aim.end()
		}
		const types = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"]
		for (const type of types) addEventListener(type, watch, true)
		aim.end = () => { for (const type of types) removeEventListener(type, watch, true) }
	}
	let problem = "takes no room"
	for (const block of ["nearest", "center"]) {
		for (const target of [this, ...this.labels ?? []]) {
			target.scrollIntoView({block, inline: "nearest", behavior: "instant"})
			for (const box of target.getClientRects()) {
				if (!box.width || !box.height) continue
				const X = box.left + box.width / 2, Y = box.top + box.height / 2
				const hit = document.elementFromPoint(X, Y)
				if (target.contains(hit)) return aimAt(target), {X, Y}
				problem = hit ? "is covered by " + hit.cloneNode().outerHTML : "is out of sight"
			}
		}
	}
	return {problem}
}`

// ClickAt clicks with the left button of the mouse.
func (p *Page) ClickAt(ctx context.Context, at Point) error { return p.tab.click(ctx, at.X, at.Y) }
