package datatransfer

import (
	"slices"
	"strings"
)

// Scope says what a transfer replaces in the destination; the rest stays as it is.
// The zero Scope is everything. Types are UIDs of content types; components belong to
// the entities that contain them. Files are replaced as a whole, whatever the types
// are: a scope of a few types usually has NoFiles, NoCoreStore and NoWebhooks.
type Scope struct {
	OnlyTypes    []string // nil: all types; empty and not nil: none
	ExcludeTypes []string
	NoFiles      bool // files stay; the entities that describe them are content, and pass
	NoCoreStore  bool // settings stay
	NoWebhooks   bool // webhooks stay
}

// Includes reports whether the scope includes the entities of a content type.
// Protected types are another matter: see [Start.Replaces].
func (s Scope) Includes(uid string) bool {
	return (s.OnlyTypes == nil || slices.Contains(s.OnlyTypes, uid)) && !slices.Contains(s.ExcludeTypes, uid)
}

// HasStage reports whether the scope includes anything of a stage.
func (s Scope) HasStage(stage Stage) bool {
	switch stage {
	case StageEntities, StageLinks:
		return s.OnlyTypes == nil || slices.ContainsFunc(s.OnlyTypes, s.Includes)
	case StageAssets:
		return !s.NoFiles
	case StageConfiguration:
		return !s.NoCoreStore || !s.NoWebhooks
	}
	return false
}

// includesConfig reports whether the scope includes configuration of a kind. Kinds
// that this package does not know go with the settings.
func (s Scope) includesConfig(kind string) bool {
	if kind == ConfigWebhook {
		return !s.NoWebhooks
	}
	return !s.NoCoreStore
}

// The words that ParseScope knows.
const (
	wordContent      = "content"
	wordFiles        = "files"
	wordConfig       = "config"
	wordMediaLibrary = "media-library"
)

// ParseScope returns the scope that the flags of Strapi's commands mean: --only and
// --exclude with the words content, files and config, --exclude also with
// media-library, which is the files and the entities of [TypeFile] and [TypeFolder];
// --only-content-types and --exclude-content-types with UIDs. An item may hold several
// values with commas between them, and white space around them.
//
// As in Strapi, files are left out when the types leave out both [TypeFile] and
// [TypeFolder], unless only names files: otherwise a transfer of a few types would
// replace all files.
//
// A nil list is a flag that was not given. It fails with an error that is [ErrInvalid] for a
// flag that was given and has no value, so that a variable that is not set does not mean
// everything, a word that it does not know, a value that is both wanted and excluded, types of
// content that is excluded, and flags that leave nothing.
func ParseScope(only, exclude, onlyTypes, excludeTypes []string) (Scope, error) {
	for _, list := range []struct {
		name   string
		values []string
	}{
		{"only", only}, {"exclude", exclude},
		{"only-content-types", onlyTypes}, {"exclude-content-types", excludeTypes},
	} {
		if list.values != nil && splitLists(list.values) == nil {
			return Scope{}, invalidf("scope: %s is given and names nothing", list.name)
		}
	}
	only, exclude = splitLists(only), splitLists(exclude)
	onlyTypes, excludeTypes = splitLists(onlyTypes), splitLists(excludeTypes)
	for _, word := range only {
		if !slices.Contains([]string{wordContent, wordFiles, wordConfig}, word) {
			return Scope{}, invalidf("scope: only takes content, files and config, not %s", quote(word))
		}
		if slices.Contains(exclude, word) {
			return Scope{}, invalidf("scope: %s is both wanted and excluded", word)
		}
	}
	for _, word := range exclude {
		if !slices.Contains([]string{wordContent, wordFiles, wordConfig, wordMediaLibrary}, word) {
			return Scope{}, invalidf("scope: exclude takes content, files, config and media-library, not %s",
				quote(word))
		}
	}
	if slices.Contains(exclude, wordMediaLibrary) && slices.Contains(only, wordFiles) {
		return Scope{}, invalidf("scope: files are wanted, and media-library is excluded")
	}
	for _, uid := range onlyTypes {
		if slices.Contains(excludeTypes, uid) {
			return Scope{}, invalidf("scope: the type %s is both wanted and excluded", quote(uid))
		}
	}
	wants := func(word string) bool {
		return (len(only) == 0 || slices.Contains(only, word)) && !slices.Contains(exclude, word)
	}
	if !wants(wordContent) && len(onlyTypes)+len(excludeTypes) > 0 {
		return Scope{}, invalidf("scope: content types are named, and content is left out")
	}
	scope := Scope{
		OnlyTypes:    onlyTypes,
		ExcludeTypes: excludeTypes,
		NoFiles:      !wants(wordFiles),
		NoCoreStore:  !wants(wordConfig),
		NoWebhooks:   !wants(wordConfig),
	}
	if !wants(wordContent) {
		scope.OnlyTypes = []string{}
	}
	if slices.Contains(exclude, wordMediaLibrary) {
		scope.NoFiles = true
		for _, uid := range []string{TypeFile, TypeFolder} {
			if !slices.Contains(scope.ExcludeTypes, uid) {
				scope.ExcludeTypes = append(scope.ExcludeTypes, uid)
			}
		}
	}
	if wants(wordContent) && !slices.Contains(only, wordFiles) &&
		!scope.Includes(TypeFile) && !scope.Includes(TypeFolder) {
		scope.NoFiles = true
	}
	if !slices.ContainsFunc(Stages(), scope.HasStage) {
		return Scope{}, invalidf("scope: nothing is left to transfer")
	}
	return scope, nil
}

// splitLists returns the values of lists with commas, each once. It returns nil if
// there are none.
func splitLists(lists []string) []string {
	var values []string
	for _, list := range lists {
		for value := range strings.SplitSeq(list, ",") {
			if value = strings.TrimSpace(value); value != "" && !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
	}
	return values
}

// clone returns a copy that shares no memory with s. A nil list stays nil.
func (s Scope) clone() Scope {
	s.OnlyTypes = slices.Clone(s.OnlyTypes)
	s.ExcludeTypes = slices.Clone(s.ExcludeTypes)
	return s
}
