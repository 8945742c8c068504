package archive

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// contents collects the rows and files that an archive has, and those that it names. It
// notes in the info which of them are missing. Its methods must be called in the order of
// the stages.
//
// The document ID at the end of a link that is called localizations is not looked up: it
// is the document ID of the row at the other end.
type contents struct {
	info         *Info
	types        map[string]*typePlan
	rows         *hashTable      // (type, ID) of entities and components
	named        *hashTable      // files that rows of the media library name
	files        *assetNames     // of the archive
	secretPlaces map[string]bool // the places that are listed
	entities     bool            // there is an entity
	walker       walker
	place        *entry // of the record that is looked at
	line         int64

	// missing has the files that have to be listed. If it is not nil, entity does
	// nothing but list them.
	missing map[uint64]bool
}

func newContents(info *Info, schemas datatransfer.Schemas, files *assetNames) *contents {
	return &contents{
		info: info, types: planTypes(schemas), files: files, secretPlaces: make(map[string]bool),
		rows: newHashTable(false), named: newHashTable(false),
	}
}

// note notes a finding about the record that is looked at.
func (c *contents) note(kind FindingKind, what string) {
	c.info.note(kind, c.place.where(c.line), what)
}

// noteSecret counts a secret, and notes its place if no other secret was found there.
func (c *contents) noteSecret(place string) {
	if c.secretPlaces[place] || len(c.secretPlaces) == maxFindings {
		c.info.Counts[SecretInClear]++
		return
	}
	c.secretPlaces[place] = true
	c.info.add(SecretInClear, c.place.where(c.line), place)
}

// A typePlan says which attributes of a type have to be looked at.
type typePlan struct {
	attributes map[string]attributeKind
	components map[string]string // by attribute: the component's type; "" in a dynamic zone
}

type attributeKind int

const (
	otherAttribute attributeKind = iota
	passwordAttribute
	componentAttribute
)

// planTypes returns the plan of each type that has a schema. It is nil for types without
// anything to be looked at.
func planTypes(schemas datatransfer.Schemas) map[string]*typePlan {
	plans := make(map[string]*typePlan, len(schemas))
	for _, schema := range schemas {
		plan := &typePlan{attributes: make(map[string]attributeKind), components: make(map[string]string)}
		for name, raw := range schema.Attributes {
			var attribute struct{ Type, Component string }
			if json.Unmarshal(raw, &attribute) != nil {
				continue
			}
			switch attribute.Type {
			case "password":
				plan.attributes[name] = passwordAttribute
			case "component":
				plan.attributes[name], plan.components[name] = componentAttribute, attribute.Component
			case "dynamiczone":
				plan.attributes[name] = componentAttribute
			}
		}
		if len(plan.attributes) == 0 {
			plan = nil
		}
		plans[schema.UID] = plan
	}
	return plans
}

// entity adds a row with its components.
func (c *contents) entity(place *entry, line int64, e *datatransfer.Entity) {
	c.place, c.line = place, line
	if c.missing == nil {
		c.entities = true
		c.rows.add(c.rows.hash(e.Type, string(e.ID)))
		plan, known := c.types[e.Type]
		if !known {
			c.note(UnknownType, e.Type)
		}
		c.object(e.Type, "", plan, e.Data)
	}
	if e.Type == datatransfer.TypeFile {
		c.mediaRow(e.Data)
	}
}

// object looks for components and passwords in an entity or component.
func (c *contents) object(uid, path string, plan *typePlan, object []byte) {
	if plan == nil {
		return
	}
	c.walker.members(object, func(name, value []byte) {
		attribute := string(name)
		switch plan.attributes[attribute] {
		case passwordAttribute:
			if stringOf(value) != nil {
				c.noteSecret(uid + ": " + path + attribute)
			}
		case componentAttribute:
			component := plan.components[attribute]
			if value[0] == '{' {
				c.component(uid, path+attribute+".", component, value)
				return
			}
			c.walker.elements(value, func(value []byte) {
				c.component(uid, path+attribute+".", component, value)
			})
		}
	})
}

// component adds a component. In a dynamic zone it names its type itself.
func (c *contents) component(uid, path, component string, object []byte) {
	var id datatransfer.Ref
	c.walker.members(object, func(name, value []byte) {
		switch string(name) {
		case "id":
			id = datatransfer.Ref(value)
		case "__component":
			component = string(stringOf(value))
		}
	})
	if id != "" {
		c.rows.add(c.rows.hash(component, string(id)))
	}
	c.object(uid, path, c.types[component], object)
}

// mediaRow adds the names of the file of a row of the media library and of its formats.
func (c *contents) mediaRow(data []byte) {
	c.fileOf(data)
	c.walker.members(data, func(name, value []byte) {
		if string(name) != "formats" {
			return
		}
		c.walker.members(value, func(_, format []byte) { c.fileOf(format) })
	})
}

func (c *contents) fileOf(object []byte) {
	var hash, ext string
	c.walker.members(object, func(name, value []byte) {
		switch string(name) {
		case "hash":
			hash = string(stringOf(value))
		case "ext":
			ext = string(stringOf(value))
		}
	})
	if hash == "" {
		return
	}
	key := c.files.table.hash(hash + ext)
	switch {
	case c.missing == nil:
		c.named.add(key)
	case c.missing[key]:
		f := Finding{Kind: MissingFile, Where: c.place.where(c.line), What: strconv.Quote(shorten(hash + ext))}
		c.info.Findings = append(c.info.Findings, f)
		delete(c.missing, key)
	}
}

// asset checks that the row of the media library is there.
func (c *contents) asset(place *entry, row datatransfer.Ref) {
	c.place, c.line = place, 0
	if c.entities && !c.rows.has(c.rows.hash(datatransfer.TypeFile, string(row))) {
		c.note(FileWithoutRecord, strconv.Quote(place.asset)+" belongs to row "+string(row))
	}
}

// link checks that both ends are there.
func (c *contents) link(place *entry, line int64, l *datatransfer.Link) {
	c.place, c.line = place, line
	c.linkEnd(l, &l.Left)
	if l.Left.Field != "localizations" || !isTextRef(l.Right.Ref) {
		c.linkEnd(l, &l.Right)
	}
}

func (c *contents) linkEnd(l *datatransfer.Link, end *datatransfer.LinkEnd) {
	if !c.rows.has(c.rows.hash(end.Type, string(end.Ref))) {
		c.note(DanglingLink, shorten(l.Left.Type)+"."+shorten(l.Left.Field)+
			" leads to "+shorten(end.Type)+" "+shorten(string(end.Ref))+", which the archive lacks")
	}
}

func isTextRef(ref datatransfer.Ref) bool {
	_, text := ref.Text()
	return text
}

// config looks for secrets in a setting or webhook.
func (c *contents) config(place *entry, line int64, config *datatransfer.Config) {
	c.place, c.line = place, line
	switch config.Type {
	case datatransfer.ConfigWebhook:
		c.walker.members(config.Value, func(name, value []byte) {
			if string(name) != "headers" {
				return
			}
			c.walker.members(value, func(header, _ []byte) {
				c.noteSecret("webhook: headers." + shorten(string(header)))
			})
		})
	case datatransfer.ConfigCoreStore:
		key := ""
		c.walker.members(config.Value, func(name, value []byte) {
			if string(name) == "key" {
				key = shorten(string(stringOf(value)))
			}
		})
		c.walker.members(config.Value, func(name, value []byte) {
			if string(name) == "value" {
				c.secrets(key+":", value)
			}
		})
	default:
		c.note(UnknownType, shorten(config.Type))
	}
}

// secrets notes the members of value, at any depth, that have the name of a secret and a
// text that is not empty.
func (c *contents) secrets(path string, value []byte) {
	switch value[0] {
	case '{':
		c.walker.members(value, func(name, value []byte) {
			member := path + " " + shorten(string(name))
			if namesSecret(name) && len(stringOf(value)) > 0 {
				c.noteSecret(shorten(member))
				return
			}
			c.secrets(member, value)
		})
	case '[':
		c.walker.elements(value, func(value []byte) { c.secrets(path, value) })
	}
}

var wordSeparators = strings.NewReplacer("_", "", "-", "")

// namesSecret reports whether a member with this name usually holds a secret.
func namesSecret(name []byte) bool {
	folded := wordSeparators.Replace(string(bytes.ToLower(name)))
	for _, word := range []string{
		"secret", "password", "passphrase", "token", "apikey", "privatekey", "accesskey", "credential",
	} {
		if strings.HasSuffix(folded, word) {
			return true
		}
	}
	return false
}

// findMissing counts the files that rows name and the archive lacks. The first of them
// become missing, so that another reading of the entities can list them. An archive
// without any file was made without files, which is noted once.
func (c *contents) findMissing() {
	anyFile := c.info.Stage(datatransfer.StageAssets).Entries > 0
	for key := range c.named.all {
		if !anyFile {
			c.info.note(NoFiles, "assets/uploads", "rows of "+datatransfer.TypeFile+" name files")
			return
		}
		if c.files.table.has(key) {
			continue
		}
		c.info.Counts[MissingFile]++
		if c.missing == nil {
			c.missing = make(map[uint64]bool)
		}
		if len(c.missing) < maxFindings {
			c.missing[key] = true
		}
	}
}

// shorten returns text for a message, without most of it if it is long.
func shorten(text string) string {
	const longest = 100
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}
