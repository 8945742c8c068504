package admin

import (
	"regexp"
	"slices"
	"strings"
)

// languageTag is the grammar of a BCP 47 tag as Intl reads it (Unicode Technical
// Standard 35, section 3.2, without what ECMA-402 leaves out): a language, script,
// region and variants, extensions, private use.
var languageTag = regexp.MustCompile(`^([a-z]{2,3}|[a-z]{5,8})(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?` + variants +
	`(` + unicodeExtension + `|` + otherExtension + `)*(-x(-[0-9a-z]{1,8})+)?$`)

const (
	variants         = `(?P<variants>(-([0-9a-z]{5,8}|[0-9][0-9a-z]{3}))*)`
	unicodeExtension = `-u(-[0-9a-z]{3,8})*(-[0-9a-z][a-z](-[0-9a-z]{3,8})*)*`
	otherExtension   = `-[0-9a-svwyz](-[0-9a-z]{2,8})+`
)

// isLanguageTag reports whether Intl of a browser takes tag for a language. Tags
// with a -t- extension are not supported.
func isLanguageTag(tag string) bool {
	tag = strings.ToLower(tag)
	found := languageTag.FindStringSubmatch(tag)
	if found == nil {
		return false
	}
	known, _, _ := strings.Cut(tag, "-x-")
	subtags := strings.Split(known, "-")
	for i, subtag := range subtags {
		end := i == len(subtags)-1 || len(subtags[i+1]) == 1
		if len(subtag) == 1 && (end || slices.Contains(subtags[:i], subtag)) {
			return false // an extension is empty or given twice
		}
	}
	chosen := strings.Split(found[languageTag.SubexpIndex("variants")], "-")[1:]
	slices.Sort(chosen)
	return len(slices.Compact(chosen)) == len(chosen)
}
