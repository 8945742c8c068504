package browser

import (
	"context"
	"fmt"
	"strings"
)

var fieldRoles = []string{"textbox", "searchbox", "spinbutton", "combobox"}

// fill replaces what is in the field with this label.
func (s scope) fill(label, text string) {
	s.page.t.Helper()
	s.clickOne(label, fieldRoles...)
	s.page.press("Control+a", "Delete")
	s.page.write(text)
}

// choose picks an option of the select element with this label, with the
// keyboard: its popup is not part of the page.
func (s scope) choose(label, option string) {
	s.page.t.Helper()
	p := s.page
	p.until("focus "+label, func(ctx context.Context) error {
		e, err := s.one(ctx, label, "combobox", "listbox")
		if err != nil {
			return err
		}
		_, err = call[any](ctx, e, `function() { this.focus() }`)
		return err
	})
	p.write(option)
	p.until("choose "+option, func(ctx context.Context) error {
		e, err := s.one(ctx, label, "combobox", "listbox")
		if err != nil {
			return err
		}
		chosen, err := call[string](ctx, e, `function() { return this.selectedOptions[0]?.text ?? "" }`)
		if err == nil && strings.TrimSpace(chosen) != option {
			err = fmt.Errorf("%q is chosen", chosen)
		}
		return err
	})
}

// value returns what is in the field with this label.
func (s scope) value(label string) (value string) {
	s.page.t.Helper()
	s.page.until("value of "+label, func(ctx context.Context) error {
		e, err := s.one(ctx, label, fieldRoles...)
		if err != nil {
			return err
		}
		value, err = call[string](ctx, e, `function() { return this.value }`)
		return err
	})
	return value
}
