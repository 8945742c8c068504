package transfertest

import (
	"encoding/json"
	"strconv"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// contentType is the part of a content type's schema that the generator needs.
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

// A typeMap has the attributes of content types and components, by UID.
type typeMap map[string]typeAttributes

type typeAttributes struct {
	attributes map[string]attribute
	components []string // the names of those that hold components, sorted
}

func parseTypes(schemas datatransfer.Schemas) typeMap {
	types := make(typeMap, len(schemas))
	for _, s := range schemas {
		t := typeAttributes{attributes: make(map[string]attribute, len(s.Attributes))}
		for _, name := range sortedKeys(s.Attributes) {
			var a attribute
			_ = json.Unmarshal(s.Attributes[name], &a) // members of unexpected types are left out
			t.attributes[name] = a
			if a.Type == "component" || a.Type == "dynamiczone" {
				t.components = append(t.components, name)
			}
		}
		types[s.UID] = t
	}
	return types
}

// requires reports whether entities of one type cannot be without a link to one of the other.
func (m typeMap) requires(uid, target string) bool {
	for _, a := range m[uid].attributes {
		links := a.Type == "relation" && a.Target == target || a.Type == "media" && target == datatransfer.TypeFile
		if a.Required && links {
			return true
		}
	}
	return false
}

// walkComponents calls visit for each component in data, which is an entity or component
// of the type uid. Paths are such as "sections/0/seo".
func (m typeMap) walkComponents(
	uid string, data map[string]any, path string, visit func(uid, path string, component map[string]any),
) {
	for _, name := range m[uid].components {
		m.walkValue(m[uid].attributes[name].Component, data[name], path+name, visit)
	}
}

// walkValue visits the component that a value is, or the components in a list.
func (m typeMap) walkValue(
	uid string, value any, path string, visit func(uid, path string, component map[string]any),
) {
	switch value := value.(type) {
	case []any:
		for i, item := range value {
			m.walkValue(uid, item, path+"/"+strconv.Itoa(i), visit)
		}
	case map[string]any:
		if name, ok := value["__component"].(string); ok {
			uid = name
		}
		visit(uid, path, value)
		m.walkComponents(uid, value, path+"/", visit)
	}
}

func parseContentType(s datatransfer.Schema, attributes map[string]attribute) contentType {
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
	t := contentType{uid: s.UID, single: more.Kind == "singleType", attributes: attributes}
	_, hasLocale := t.attributes["locale"]
	_, hasState := t.attributes["publishedAt"]
	t.localized = more.PluginOptions.I18n.Localized && hasLocale
	t.drafts = more.Options.DraftAndPublish && hasState
	return t
}
