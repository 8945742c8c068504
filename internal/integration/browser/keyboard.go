package browser

import (
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

var keys = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Space": " ", "Escape": kb.Escape, "Backspace": kb.Backspace, "Delete": kb.Delete,
	"Home": kb.Home, "End": kb.End, "ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft,
	"ArrowRight": kb.ArrowRight,
}

var modifiers = map[string]chromedp.Modifier{"Shift": chromedp.ModifierShift, "Control": chromedp.ModifierCtrl,
	"Alt": chromedp.ModifierAlt}

// Press presses keys one after another, such as "Tab", "Shift+Tab", "Control+a".
func (p *Page) Press(chords ...string) {
	p.T.Helper()
	for _, chord := range chords {
		parts := strings.Split(chord, "+")
		var held []chromedp.Modifier
		for _, name := range parts[:len(parts)-1] {
			require.Contains(p.T, modifiers, name)
			held = append(held, modifiers[name])
		}
		key := parts[len(parts)-1]
		if named, ok := keys[key]; ok {
			key = named
		}
		require.Len(p.T, []rune(key), 1, "no such key: %s", key)
		p.send(key, chromedp.KeyModifiers(held...))
	}
}

// Write types text into what has the focus. A newline is the Enter key.
func (p *Page) Write(text string) {
	p.T.Helper()
	p.send(strings.ReplaceAll(text, "\n", kb.Enter))
}

func (p *Page) send(keys string, options ...chromedp.KeyOption) {
	p.T.Helper()
	ctx, cancel := p.limited()
	defer cancel()
	require.NoError(p.T, chromedp.Do(ctx, chromedp.KeyEvent(keys, options...)))
}
