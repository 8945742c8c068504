package datatransfer

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Stage is one of the four parts of a transfer.
type Stage string

// The stages, in the order in which a transfer goes through them.
const (
	StageEntities      Stage = "entities"
	StageAssets        Stage = "assets"
	StageLinks         Stage = "links"
	StageConfiguration Stage = "configuration"
)

// Stages returns the stages in the order in which a transfer goes through them.
func Stages() []Stage {
	return []Stage{StageEntities, StageAssets, StageLinks, StageConfiguration}
}

// Types that have a meaning of their own in Strapi.
const (
	TypeFile   = "plugin::upload.file"   // the entities that describe the files of the media library
	TypeFolder = "plugin::upload.folder" // the folders of the media library
)

// Kinds of configuration, values of [Config.Type].
const (
	ConfigCoreStore = "core-store" // a setting
	ConfigWebhook   = "webhook"    // a webhook, with its headers in clear
)

// An Entity is one row of a content type: one locale, draft or published.
// Relations are not in its data; they are Links.
//
// Data is a JSON object. It and the members that this package does not know are
// kept byte for byte. Data must not be changed in place; a changed copy may be
// assigned to it.
type Entity struct {
	Type string
	ID   Ref
	Data json.RawMessage

	rest    string          // unknown members, each with its comma before it
	checked json.RawMessage // the Data that the parser has found to be valid
}

// A Link is one relation between two entities or components. Members that this
// package does not know are kept. Links are comparable.
type Link struct {
	Kind     string // such as "relation.basic", "relation.circular", "relation.morph"
	Relation string // such as "manyToOne"
	Left     LinkEnd
	Right    LinkEnd

	rest string
}

// A LinkEnd is one end of a Link. Type may be a component.
type LinkEnd struct {
	Type  string
	Ref   Ref
	Field string      // "": the end has no field
	Pos   json.Number // place in the order of the relation; "": it has none

	nulls linkNulls
	rest  string
}

// linkNulls notes the members of a LinkEnd that were there and null.
type linkNulls struct{ field, pos bool }

// A Config is one setting or webhook. Value is kept byte for byte, like the Data of
// an [Entity], and may hold secrets such as the headers of a webhook.
type Config struct {
	Type  string // ConfigCoreStore or ConfigWebhook
	Value json.RawMessage

	rest    string
	checked json.RawMessage
}

// An Asset is one file of the media library, or one of its formats, such as a
// thumbnail.
type Asset struct {
	Name     string          // "<hash><ext>"; [CheckAssetName] says what is allowed
	Size     int64           // in bytes; -1: unknown
	Metadata json.RawMessage // a JSON object: the row of the file, or the format with the file's ID
	Body     io.Reader       // the bytes; valid until the sequence goes on
}

// CheckAssetName returns an error that is [ErrInvalid] unless name can be the name
// of a file in one folder on every system: one path element of at most 255 bytes of
// valid UTF-8, without control characters and the characters <>:"/\|?*, without a
// dot before or a dot or space behind it, and not the name of a device of Windows.
func CheckAssetName(name string) error {
	switch {
	case name == "":
		return invalidf("an asset has no name")
	case len(name) > 255:
		return invalidf("the name of an asset has more than 255 bytes: %s", quote(name))
	case !utf8.ValidString(name):
		return invalidf("the name of an asset is not valid UTF-8: %s", quote(name))
	case strings.ContainsFunc(name, unicode.IsControl):
		return invalidf("the name of an asset has control characters: %s", quote(name))
	case strings.ContainsAny(name, `<>:"/\|?*`):
		return invalidf(`the name of an asset has one of <>:"/\|?*: %s`, quote(name))
	case name[0] == '.':
		return invalidf("the name of an asset begins with a dot: %s", quote(name))
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return invalidf("the name of an asset ends with a dot or a space: %s", quote(name))
	case isDeviceName(name):
		return invalidf("the name of an asset is the name of a device: %s", quote(name))
	}
	return nil
}

// isDeviceName reports whether Windows opens a device under the name, whatever
// extension follows.
func isDeviceName(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	base = strings.ToUpper(strings.TrimRight(base, " "))
	if slices.Contains([]string{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}, base) {
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		number, ok := strings.CutPrefix(base, port)
		if ok && utf8.RuneCountInString(number) == 1 && strings.Contains("0123456789¹²³", number) {
			return true
		}
	}
	return false
}
