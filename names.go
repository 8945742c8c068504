package transfertoken

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxNameRunes        = 255
	maxDescriptionRunes = 2000
)

// fieldChecks collects the problems of a request's fields.
type fieldChecks struct{ ValidationError }

// name returns the trimmed name and adds what is wrong with it.
func (p *fieldChecks) name(text string) string {
	text = trim(text)
	if text == "" {
		p.Add("name", "must not be empty")
	}
	p.line("name", text)
	return text
}

// createdBy returns the trimmed text and adds what is wrong with it.
func (p *fieldChecks) createdBy(text string) string {
	text = trim(text)
	p.line("createdBy", text)
	return text
}

// description returns the trimmed description with LF line ends and adds what
// is wrong with it.
func (p *fieldChecks) description(text string) string {
	text = trim(strings.ReplaceAll(text, "\r\n", "\n"))
	p.text("description", text, maxDescriptionRunes, "\n\t")
	return text
}

// line checks a text that is shown in one line.
func (p *fieldChecks) line(field, text string) {
	p.text(field, text, maxNameRunes, "")
}

func (p *fieldChecks) text(field, text string, maxRunes int, allowedControls string) {
	if !utf8.ValidString(text) {
		p.Add(field, "must be valid UTF-8")
		return
	}
	if utf8.RuneCountInString(text) > maxRunes {
		p.Add(field, fmt.Sprintf("must be at most %d characters long", maxRunes))
	}
	if strings.ContainsFunc(text, func(r rune) bool {
		return hidden(r) && !strings.ContainsRune(allowedControls, r)
	}) {
		p.Add(field, "must not hold control or bidirectional-control characters")
	}
}

// hidden reports whether r could make a text look like another one.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// trim cuts off both ends what Go or JavaScript calls white space, so that what
// Strapi trims is trimmed: the byte order mark is in it, the zero-width space is
// not.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\ufeff'
	})
}
