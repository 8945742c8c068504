package transfertest

import (
	"fmt"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// Generate returns data of the given types, such as [Run] imports: always the same for one
// n, and different in every stage for different n. It has entities of every content type
// that is not protected, with components, drafts and two locales where the type has them;
// files if there is a schema of [datatransfer.TypeFile]; a link for each relation; three
// settings and a webhook. nil schemas stand for those of a small Strapi instance.
//
// Values keep the required, enum, min, max, minLength and maxLength of their attributes,
// and those of texts are unique. Generate knows no other rules: a Sampler may change what
// it returns. Attributes of types that it does not know are null.
//
// IDs are integers that go down. They are unique only within a type, and the data of two n
// have some of them in common.
func Generate(schemas datatransfer.Schemas, n int) *Snapshot {
	if schemas == nil {
		schemas = sampleSchemas()
	}
	g := &generator{
		n:        n,
		types:    parseTypes(schemas),
		entities: make(map[string][]datatransfer.Ref),
		data:     &Snapshot{Metadata: sampleMetadata(n), Schemas: schemas},
	}
	types := contentTypes(schemas, g.types)
	for _, t := range types {
		if t.uid == datatransfer.TypeFile {
			g.addFiles(t)
		} else {
			g.addEntities(t)
		}
	}
	for _, t := range types {
		for i, ref := range g.entities[t.uid] {
			g.addLinks(t.attributes, datatransfer.LinkEnd{Type: t.uid, Ref: ref}, i)
		}
	}
	for i, c := range g.components {
		g.addLinks(g.types[c.uid].attributes, datatransfer.LinkEnd{Type: c.uid, Ref: c.ref}, i)
	}
	g.addConfiguration()
	return g.data
}

// contentTypes returns the content types that take part in transfers.
func contentTypes(schemas datatransfer.Schemas, parsed typeMap) []contentType {
	var types []contentType
	for _, s := range schemas {
		if s.ModelType == datatransfer.ModelContentType && !datatransfer.IsProtected(s.UID) {
			types = append(types, parseContentType(s, parsed[s.UID].attributes))
		}
	}
	return types
}

// generator makes one Snapshot.
type generator struct {
	n          int
	types      typeMap
	data       *Snapshot
	entities   map[string][]datatransfer.Ref // of each content type
	components []identity
	texts      int // how many there are
}

const documentsPerType = 3

// addEntities adds the rows of some documents: one for each locale, and drafts.
func (g *generator) addEntities(t contentType) {
	documents := documentsPerType
	if t.single {
		documents = 1
	}
	locales := []any{nil}
	if t.localized {
		locales = []any{"en", "fr"}
	}
	for document := range documents {
		for _, locale := range locales {
			g.addEntity(t, document, locale, true)
			if t.drafts {
				g.addEntity(t, document, locale, false)
			}
		}
	}
}

func (g *generator) addEntity(t contentType, document int, locale any, published bool) {
	ref := g.newRef(t.uid)
	data := g.values(t.attributes, ref)
	g.describeDocument(t, data, document)
	if _, ok := t.attributes["locale"]; ok {
		data["locale"] = locale
	}
	if _, ok := t.attributes["publishedAt"]; ok && !published {
		data["publishedAt"] = nil
	}
	g.data.Entities = append(g.data.Entities, datatransfer.Entity{Type: t.uid, ID: ref, Data: encode(data)})
}

// newRef returns an ID for the next entity of a type. IDs go down, so that counting gives
// other ones.
func (g *generator) newRef(uid string) datatransfer.Ref {
	ref := datatransfer.IntRef(int64(60 + 2*g.n - 2*len(g.entities[uid])))
	g.entities[uid] = append(g.entities[uid], ref)
	return ref
}

// describeDocument sets the members that every entity has in Strapi, as far as the type
// has attributes for them.
func (g *generator) describeDocument(t contentType, data map[string]any, document int) {
	data["documentId"] = documentID(t.uid, g.n, document)
	day := fmt.Sprintf("2026-%02d-%02d", g.n, document+1)
	for _, name := range []string{"createdAt", "updatedAt", "publishedAt"} {
		if _, ok := t.attributes[name]; ok {
			data[name] = day + "T10:20:30.456Z"
		}
	}
}

// addLinks adds links for each relation that an entity or component owns. Targets are taken
// in turn.
func (g *generator) addLinks(attributes map[string]attribute, owner datatransfer.LinkEnd, i int) {
	for _, name := range sortedKeys(attributes) {
		owner.Field = name
		g.data.Links = append(g.data.Links, g.relation(attributes[name], owner, i)...)
	}
}

// relation returns the links of one attribute of an entity or component.
func (g *generator) relation(a attribute, owner datatransfer.LinkEnd, i int) []datatransfer.Link {
	if a.Type == "media" {
		return g.mediaLinks(a, owner, i)
	}
	if a.Type != "relation" || a.MappedBy != "" || datatransfer.IsProtected(a.Target) {
		return nil
	}
	if owner.Field == "localizations" {
		return nil // an entity's other locales are found by its document ID
	}
	switch a.Relation {
	case "oneToOne", "manyToOne", "oneToMany", "manyToMany":
		return g.basicLinks(a, owner, i)
	case "morphToOne":
		if target := g.anyTarget(owner.Type, i); target.Ref != "" {
			return []datatransfer.Link{{Kind: "relation.morph", Relation: a.Relation, Left: owner, Right: target}}
		}
	}
	return nil
}

// basicLinks returns one link, or two to targets in an order of their own.
func (g *generator) basicLinks(a attribute, owner datatransfer.LinkEnd, i int) []datatransfer.Link {
	targets := g.entities[a.Target]
	number := 1
	switch {
	case a.Relation == "manyToMany", a.Relation == "oneToMany" && i == 0:
		number = 2
	case a.Relation == "oneToMany", a.Relation == "oneToOne" && i >= len(targets):
		number = 0 // each target has one owner
	}
	kind := "relation.basic"
	if a.Target == owner.Type {
		kind = "relation.circular"
	}
	var links []datatransfer.Link
	for k := range min(number, len(targets)) {
		link := datatransfer.Link{Kind: kind, Relation: a.Relation, Left: owner}
		target := targets[(i+1-k)%len(targets)]
		link.Right = datatransfer.LinkEnd{Type: a.Target, Ref: target, Field: a.InversedBy}
		if number > 1 {
			link.Left.Pos = position(k + 1)
		}
		links = append(links, link)
	}
	return links
}

// mediaLinks returns the links from files to the owner of a media attribute.
func (g *generator) mediaLinks(a attribute, owner datatransfer.LinkEnd, i int) []datatransfer.Link {
	files := g.entities[datatransfer.TypeFile]
	number := 1
	if a.Multiple {
		number = 2
	}
	var links []datatransfer.Link
	for k := range min(number, len(files)) {
		file := files[(i+len(files)-k)%len(files)]
		link := datatransfer.Link{Kind: "relation.morph", Relation: "morphToMany", Right: owner}
		link.Left = datatransfer.LinkEnd{Type: datatransfer.TypeFile, Ref: file, Field: "related"}
		link.Right.Pos = position(k + 1)
		links = append(links, link)
	}
	return links
}

// anyTarget returns an entity of another type than uid.
func (g *generator) anyTarget(uid string, i int) datatransfer.LinkEnd {
	for _, other := range sortedKeys(g.entities) {
		if refs := g.entities[other]; other != uid && other != datatransfer.TypeFile && len(refs) > 0 {
			return datatransfer.LinkEnd{Type: other, Ref: refs[i%len(refs)]}
		}
	}
	return datatransfer.LinkEnd{}
}

// addConfiguration adds settings and a webhook.
func (g *generator) addConfiguration() {
	add := func(kind string, value map[string]any) {
		g.data.Configuration = append(g.data.Configuration, datatransfer.Config{Type: kind, Value: encode(value)})
	}
	for i, name := range []string{"limits", "locales", "theme"} {
		add(datatransfer.ConfigCoreStore, map[string]any{
			"id": 10*g.n + i, "key": "plugin_sample_" + name, "type": "object", "environment": nil, "tag": nil,
			"value": map[string]any{"name": g.text(name), "most": 100*g.n + i, "list": []int{g.n, 0, i}},
		})
	}
	add(datatransfer.ConfigWebhook, map[string]any{
		"id": g.n, "name": fmt.Sprintf("hook %d", g.n), "url": "http://hook.invalid/" + fmt.Sprint(g.n),
		"headers": map[string]any{"X-Sample": fmt.Sprint(g.n)}, "events": []string{"entry.create"}, "enabled": g.n%2 == 0,
	})
}
