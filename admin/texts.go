package admin

import (
	_ "embed"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-39e76d91/transfertoken"
)

//go:embed page/texts.json
var englishTexts []byte

// Texts returns all texts of the page by name, in English: what to translate for
// [Options].Texts. "lang" is their language as a BCP 47 tag such as "pt-BR", "dir"
// is "ltr" or "rtl". What stands in braces, such as {name}, is filled in when the text is
// shown. The map is the caller's.
func Texts() map[string]string {
	var texts map[string]string
	if err := json.Unmarshal(englishTexts, &texts); err != nil {
		panic(err) // it is embedded
	}
	return texts
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

// translated returns the texts with some of them replaced, and what is wrong
// with the replacements.
func translated(replacements map[string]string) (texts map[string]string, problems []transfertoken.FieldError) {
	texts = Texts()
	for _, name := range slices.Sorted(maps.Keys(replacements)) {
		original, known := texts[name]
		replacement := replacements[name]
		if problem := problemOfText(name, original, replacement, known); problem != "" {
			problems = append(problems, transfertoken.FieldError{Field: "texts." + name, Problem: problem})
		}
		texts[name] = replacement
	}
	return texts, problems
}

func problemOfText(name, original, replacement string, known bool) string {
	switch {
	case !known:
		return "is not among Texts()"
	case strings.TrimSpace(replacement) == "":
		return "must not be empty"
	case name == "lang" && !isLanguageTag(replacement):
		return `must be a BCP 47 language tag such as "pt-BR"`
	case name == "dir" && replacement != "ltr" && replacement != "rtl":
		return `must be "ltr" or "rtl"`
	}
	wanted, got := placeholder.FindAllString(original, -1), placeholder.FindAllString(replacement, -1)
	for _, placeholder := range wanted {
		if !slices.Contains(got, placeholder) {
			return "must hold " + placeholder
		}
	}
	for _, placeholder := range got {
		if !slices.Contains(wanted, placeholder) {
			return "must not hold " + placeholder
		}
	}
	return ""
}
