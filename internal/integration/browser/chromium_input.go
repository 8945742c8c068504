package browser

import (
	"context"
	"errors"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func (c *chromiumTab) click(ctx context.Context, x, y float64) error {
	mouse := func(kind input.DispatchMouseEventType, button input.MouseButton, buttons, clicks int64) error {
		_, err := chromedp.Call(ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{
			Type: kind, X: x, Y: y, Button: button, Buttons: buttons, ClickCount: clicks,
		})
		return err
	}
	return errors.Join(
		mouse(input.DispatchMouseEventTypeMouseMoved, input.MouseButtonNone, 0, 0),
		mouse(input.DispatchMouseEventTypeMousePressed, input.MouseButtonLeft, 1, 1),
		mouse(input.DispatchMouseEventTypeMouseReleased, input.MouseButtonLeft, 0, 1),
	)
}

var chromiumKeys = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Space": " ", "Escape": kb.Escape, "Backspace": kb.Backspace, "Delete": kb.Delete,
	"Home": kb.Home, "End": kb.End, "ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft,
	"ArrowRight": kb.ArrowRight,
}

var chromiumModifiers = map[string]chromedp.Modifier{"Shift": chromedp.ModifierShift, "Control": chromedp.ModifierCtrl,
	"Alt": chromedp.ModifierAlt}

func (c *chromiumTab) press(ctx context.Context, chords ...chord) error {
	for _, one := range chords {
		var held []chromedp.Modifier
		for _, name := range one.modifiers {
			held = append(held, chromiumModifiers[name])
		}
		key, named := chromiumKeys[one.key]
		if !named {
			key = one.key
		}
		if err := chromedp.Do(ctx, chromedp.KeyEvent(key, chromedp.KeyModifiers(held...))); err != nil {
			return err
		}
	}
	return nil
}

func (c *chromiumTab) insert(ctx context.Context, text string) error {
	_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
	return err
}
