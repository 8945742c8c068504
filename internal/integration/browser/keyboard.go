package browser

import (
	"context"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// namedKeys are the keys that are not characters; modifierKeys are those that are held while another one is pressed.
var (
	namedKeys = []string{"Tab", "Enter", "Space", "Escape", "Backspace", "Delete", "Home", "End", "ArrowUp", "ArrowDown",
		"ArrowLeft", "ArrowRight"}
	modifierKeys = []string{"Shift", "Control", "Alt"}
)

// Press presses keys one after another, such as "Tab", "Shift+Tab", "Control+a".
func (p *Page) Press(chords ...string) {
	p.T.Helper()
	for _, one := range chords {
		parts := strings.Split(one, "+")
		key, held := parts[len(parts)-1], parts[:len(parts)-1]
		require.Subset(p.T, modifierKeys, held)
		if !slices.Contains(namedKeys, key) {
			require.Len(p.T, []rune(key), 1, "no such key: %s", key)
		}
		p.press(chord{key, held})
	}
}

// Write types text into what has the focus. A newline is the Enter key.
func (p *Page) Write(text string) {
	p.T.Helper()
	var chords []chord
	for _, r := range text {
		if r == '\n' {
			chords = append(chords, chord{key: "Enter"})
		} else {
			chords = append(chords, chord{key: string(r)})
		}
	}
	if len(chords) > 0 {
		p.press(chords...)
	}
}

func (p *Page) press(chords ...chord) {
	p.T.Helper()
	p.do(func(ctx context.Context, t tab) error { return t.press(ctx, chords...) })
}
