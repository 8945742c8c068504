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
	rest := allowed.Replace(text)
	switch {
	case strings.ContainsFunc(rest, isControl):
		p.Add(field, "must not hold control or bidirectional-control characters")
	case strings.ContainsFunc(rest, isNeedlesslyInvisible):
		p.Add(field, "must not hold invisible characters")
	case text != "" && !strings.ContainsFunc(text, isVisible):
		p.Add(field, "must hold a visible character")
	}
}

func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// isVisible reports whether r leaves a mark where it is shown.
func isVisible(r rune) bool {
	const brailleBlank = '\u2800'
	return !unicode.IsSpace(r) && !isInvisible(r) && r != brailleBlank
}

// isInvisible reports whether r is a format character that shows nothing by
// itself.
func isInvisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// isNeedlesslyInvisible reports whether r is invisible and no script needs it, so
// that it could only make a text look like another one. The zero-width space is
// accepted because Strapi accepts it.
func isNeedlesslyInvisible(r rune) bool {
	return isInvisible(r) && !unicode.In(r, unicode.Variation_Selector, neededInvisible)
}

// neededInvisible holds the invisible characters that scripts and emoji need to
// join, part and order others.
var neededInvisible = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x034f, Hi: 0x034f, Stride: 1}, // combining grapheme joiner
		{Lo: 0x115f, Hi: 0x1160, Stride: 1}, // Hangul fillers for incomplete syllables
		{Lo: 0x17b4, Hi: 0x17b5, Stride: 1}, // Khmer inherent vowels
		{Lo: 0x180e, Hi: 0x180e, Stride: 1}, // Mongolian vowel separator
		{Lo: 0x200b, Hi: 0x200d, Stride: 1}, // zero-width space, non-joiner and joiner
	},
	R32: []unicode.Range32{
		{Lo: 0x13430, Hi: 0x1343f, Stride: 1}, // Egyptian hieroglyphs
		{Lo: 0x1bca0, Hi: 0x1bca3, Stride: 1}, // shorthand
	},
}

// trim removes the white space of JavaScript from both ends, as Strapi does. It
// includes the byte order mark, but neither U+0085 nor the zero-width space.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) && r != '\u0085' || r == '\ufeff'
	})
}
