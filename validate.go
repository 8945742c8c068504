package transfertoken

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxNameRunes        = 255
	maxDescriptionRunes = 2000
)

// fieldChecks collects the problems of a request's fields. Its methods return
// the field as it is stored.
type fieldChecks struct{ ValidationError }

func (p *fieldChecks) name(text string) string {
	text = trim(text)
	if text == "" {
		p.Add("name", "must not be empty")
	}
	p.text("name", text, maxNameRunes, inLine)
	return text
}

func (p *fieldChecks) createdBy(text string) string {
	text = trim(text)
	p.text("createdBy", text, maxNameRunes, inLine)
	return text
}

// description keeps line ends as they came.
func (p *fieldChecks) description(text string) string {
	text = trim(text)
	p.text("description", text, maxDescriptionRunes, inParagraphs)
	return text
}

// inLine and inParagraphs remove the control characters that a text may hold.
var (
	inLine       = strings.NewReplacer()
	inParagraphs = strings.NewReplacer("\r\n", "", "\n", "", "\t", "")
)

// text adds the problems of a text. It may hold the control characters that
// allowed removes.
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
	case strings.ContainsFunc(rest, isDeceptive):
		p.Add(field, "must not hold invisible characters")
	case text != "" && !strings.ContainsFunc(text, isVisible):
		p.Add(field, "must hold a visible character")
	}
}

func (p *fieldChecks) permissions(v Permissions) Permissions {
	if !v.valid() {
		p.Add("permissions", permissionsProblem)
	}
	return v
}

func (p *fieldChecks) lifespan(v Lifespan, allowed []Lifespan) Lifespan {
	i := slices.Index(allowed, v)
	if i < 0 {
		p.Add("lifespan", lifespanProblem(allowed))
		return ""
	}
	return allowed[i]
}

// allowedLifespans returns Options.AllowedLifespans in the order of everyLifespan.
func (p *fieldChecks) allowedLifespans(list []Lifespan) []Lifespan {
	if list == nil {
		return everyLifespan
	}
	const field = "allowedLifespans"
	if len(list) == 0 {
		p.Add(field, "must not be empty: no token could be made")
	}
	var allowed []Lifespan
	for _, l := range everyLifespan {
		if slices.Contains(list, l) {
			allowed = append(allowed, l)
		}
	}
	if slices.ContainsFunc(list, func(l Lifespan) bool { return !slices.Contains(allowed, l) }) {
		p.Add(field, "must each be "+listLifespans(everyLifespan))
	}
	return allowed
}

func (p *fieldChecks) notAfter(field string, t, now time.Time) {
	if t.After(now) {
		p.Add(field, "must not be in the future")
	}
}

// expiresAt checks that the end of an adopted token fits its lifespan.
func (p *fieldChecks) expiresAt(t Token) {
	limit, limited := t.Lifespan.limit()
	switch {
	case limited && t.ExpiresAt.IsZero():
		p.Add("expiresAt", "must not be zero for a limited lifespan")
	case limited && t.ExpiresAt.After(t.CreatedAt.Add(limit+time.Second)):
		p.Add("expiresAt", "must be at most one second later than createdAt plus the lifespan")
	case t.Lifespan == Unlimited && !t.ExpiresAt.IsZero():
		p.Add("expiresAt", `must be zero for the lifespan "unlimited"`)
	}
}

// trim removes the white space of JavaScript from both ends, as Strapi does. It
// includes the byte order mark, but neither U+0085 nor the zero-width space.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) && r != '\u0085' || r == '\ufeff'
	})
}

func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// isVisible reports whether r leaves a mark.
func isVisible(r rune) bool {
	const brailleBlank = '\u2800'
	return !unicode.IsSpace(r) && !isInvisible(r) && r != brailleBlank
}

// isInvisible reports whether r is a format character that leaves no mark by
// itself.
func isInvisible(r rune) bool {
	if unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector,
		unicode.Other_Default_Ignorable_Code_Point)
}

// isDeceptive reports whether r is invisible although no script needs it. Two
// texts that differ only in such characters look the same.
func isDeceptive(r rune) bool {
	return isInvisible(r) && !unicode.In(r, unicode.Variation_Selector, neededInvisible)
}

// neededInvisible holds invisible characters that scripts and emoji need, and the
// zero-width space, which Strapi accepts.
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
