package transfertest

import (
	"encoding/json"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// contentType is the part of a schema that the generator and the checks need.
type contentType struct {
	uid        string
	single     bool // a single type: it has one document
	drafts     bool // its documents have drafts beside what is published
	localized  bool
	attributes map[string]attribute
}

// attribute is the part of an attribute's schema that says which values it takes.
type attribute struct {
	Type       string   `json:"type"`
	Required   bool     `json:"required"`
	Unique     bool     `json:"unique"`
	Regex      string   `json:"regex"`
	Enum       []string `json:"enum"`
	Component  string   `json:"component"`
	Components []string `json:"components"`
	Repeatable bool     `json:"repeatable"`
	Multiple   bool     `json:"multiple"`
	Relation   string   `json:"relation"`
	Target     string   `json:"target"`
	MappedBy   string   `json:"mappedBy"`
	InversedBy string   `json:"inversedBy"`
	MinLength  int      `json:"minLength"`
	MaxLength  int      `json:"maxLength"`
	Min        any      `json:"min"` // a number, or a date
	Max        any      `json:"max"`
}

// parseAttribute returns what it understands of an attribute.
func parseAttribute(raw json.RawMessage) attribute {
	var a attribute
	_ = json.Unmarshal(raw, &a) // members of unexpected types are left out
	return a
}

func parseAttributes(s datatransfer.Schema) map[string]attribute {
	attributes := make(map[string]attribute, len(s.Attributes))
	for name, raw := range s.Attributes {
		attributes[name] = parseAttribute(raw)
	}
	return attributes
}

func parseContentType(s datatransfer.Schema) contentType {
	var more struct {
		Kind    string `json:"kind"`
		Options struct {
			DraftAndPublish bool `json:"draftAndPublish"`
		} `json:"options"`
		PluginOptions struct {
			I18n struct {
				Localized bool `json:"localized"`
			} `json:"i18n"`
		} `json:"pluginOptions"`
	}
	_ = json.Unmarshal(s.Raw, &more)
	t := contentType{uid: s.UID, single: more.Kind == "singleType", attributes: parseAttributes(s)}
	_, hasLocale := t.attributes["locale"]
	_, hasState := t.attributes["publishedAt"]
	t.localized = more.PluginOptions.I18n.Localized && hasLocale
	t.drafts = more.Options.DraftAndPublish && hasState
	return t
}
