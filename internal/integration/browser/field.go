package browser

import (
	"context"
	"fmt"
	"strings"
)

var fieldRoles = []string{"textbox", "searchbox", "spinbutton", "combobox"}

// Fill replaces what is in the field with this label.
func (s Scope) Fill(label, text string) {
	s.Page.T.Helper()
	s.clickOne(label, fieldRoles...)
	s.Page.Press("Control+a", "Delete")
	s.Page.Write(text)
}

// Choose picks an option of the select element with this label, with the arrow
// keys: its popup is not part of the page, and typing the option's first letters
// adds to those of the choice before in Firefox.
func (s Scope) Choose(label, option string) {
	s.Page.T.Helper()
	p := s.Page
	var steps int
	p.Until("focus "+label, func(ctx context.Context) error {
		e, err := s.One(ctx, label, "combobox", "listbox")
		if err != nil {
			return err
		}
		steps, err = Call[int](ctx, e, fmt.Sprintf(`function() {
			this.focus()
			const wanted = [...this.options].findIndex(option => option.text.trim() === %q)
			if (wanted < 0) throw new Error("there is no such option")
			return wanted - this.selectedIndex
		}`, option))
		return err
	})
	key := "ArrowDown"
	if steps < 0 {
		key, steps = "ArrowUp", -steps
	}
	for range steps {
		p.Press(key)
	}
	p.Until("choose "+option, func(ctx context.Context) error {
		e, err := s.One(ctx, label, "combobox", "listbox")
		if err != nil {
			return err
		}
		chosen, err := Call[string](ctx, e, `function() { return this.selectedOptions[0]?.text ?? "" }`)
		if err == nil && strings.TrimSpace(chosen) != option {
			err = fmt.Errorf("%q is chosen", chosen)
		}
		return err
	})
}

// Value returns what is in the field with this label.
func (s Scope) Value(label string) (value string) {
	s.Page.T.Helper()
	s.Page.Until("value of "+label, func(ctx context.Context) error {
		e, err := s.One(ctx, label, fieldRoles...)
		if err != nil {
			return err
		}
		value, err = Call[string](ctx, e, `function() { return this.value }`)
		return err
	})
	return value
}
