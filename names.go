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

// inLine and inParagraphs remove the control characters that may be in a text.
var (
	inLine       = strings.NewReplacer()
	inParagraphs = strings.NewReplacer("\r\n", "", "\n", "", "\t", "")
)

// description returns the trimmed description and adds its problems. Line ends
// stay as they came.
func (p *fieldChecks) description(text string) string {
	text = trim(text)
	p.text("description", text, maxDescriptionRunes, inParagraphs)
	return text
}

// line checks a text that is shown in one line.
func (p *fieldChecks) line(field, text string) {
	p.text(field, text, maxNameRunes, inLine)
}

// text adds the problems of a text. The control characters that allowed removes
// may be in it.
func (p *fieldChecks) text(field, text string, maxRunes int, allowed *strings.Replacer) {
	if !utf8.ValidString(text) {
		p.Add(field, "must be valid UTF-8")
		return
	}
	if utf8.RuneCountInString(text) > maxRunes {
		p.Add(field, fmt.Sprintf("must be at most %d characters", maxRunes))
	}
	if strings.ContainsFunc(allowed.Replace(text), isDeceptive) {
		p.Add(field, "must not hold control or bidirectional-control characters")
	}
}

// isDeceptive reports whether r could make a text look like another one.
func isDeceptive(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// trim removes the white space of JavaScript from both ends, as Strapi does. It
// includes the byte order mark, but neither U+0085 nor the zero-width space.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) && r != '\u0085' || r == '\ufeff'
	})
}
