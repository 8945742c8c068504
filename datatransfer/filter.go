package datatransfer

import (
	"encoding/json"
	"maps"
	"slices"
)

// travelling returns the schemas of what a transfer carries: of the content types that
// it replaces and of the components in them. Attributes that relate to other types are
// left out of them, because their links do not travel.
func travelling(start Start, schemas Schemas) Schemas {
	if !start.Scope.HasStage(StageEntities) {
		return nil
	}
	components := reachableComponents(start, schemas)
	var kept Schemas
	for _, schema := range schemas {
		if schema.ModelType == ModelComponent && !components[schema.UID] ||
			schema.ModelType != ModelComponent && !start.Replaces(schema.UID) {
			continue
		}
		schema.Attributes = maps.Clone(schema.Attributes)
		maps.DeleteFunc(schema.Attributes, func(_ string, attribute json.RawMessage) bool {
			target := parseAttribute(attribute).relationTarget()
			return target != "" && !components[target] && !start.Replaces(target)
		})
		kept = append(kept, schema)
	}
	return kept
}

// reachableComponents returns the components that occur in the types of a transfer.
func reachableComponents(start Start, schemas Schemas) map[string]bool {
	byUID := make(map[string]Schema, len(schemas))
	var open []string
	for _, schema := range schemas {
		byUID[schema.UID] = schema
		if schema.ModelType == ModelContentType && start.Replaces(schema.UID) {
			open = append(open, schema.UID)
		}
	}
	found := map[string]bool{}
	for len(open) > 0 {
		uid := open[len(open)-1]
		open = open[:len(open)-1]
		for _, raw := range byUID[uid].Attributes {
			for _, component := range parseAttribute(raw).components() {
				if !found[component] {
					found[component] = true
					open = append(open, component)
				}
			}
		}
	}
	return found
}

// An attribute is what the filter needs to know of an attribute of a schema.
type attribute struct {
	Type       string   `json:"type"`
	Target     string   `json:"target"`     // of a relation
	Component  string   `json:"component"`  // of a component
	Components []string `json:"components"` // of a dynamic zone
}

// parseAttribute returns the parts of an attribute. What it cannot read stays zero.
func parseAttribute(raw json.RawMessage) attribute {
	var parsed attribute
	_ = json.Unmarshal(raw, &parsed)
	return parsed
}

// relationTarget returns the type that a relation points to, or "" for anything else.
func (a attribute) relationTarget() string {
	if a.Type != "relation" {
		return ""
	}
	return a.Target
}

// components returns the components that may occur in the attribute.
func (a attribute) components() []string {
	switch a.Type {
	case "component":
		return []string{a.Component}
	case "dynamiczone":
		return a.Components
	}
	return nil
}

// A filter decides which records pass, and cuts attributes out of entities.
type filter struct {
	start      Start
	components map[string]bool // that occur in the types of the transfer
	here       map[string]model
	there      map[string]model // nil: the destination takes any type

	quickChecks map[string]*quickCheck
	parser      Parser
}

// A model is a schema with its attributes parsed.
type model struct {
	component  bool
	attributes map[string]attribute
}

func newFilter(start Start, there Schemas) *filter {
	f := &filter{
		start:      start,
		components: reachableComponents(start, start.Schemas),
		here:       modelsOf(start.Schemas),

		quickChecks: map[string]*quickCheck{},
		parser:      Parser{MaxRecord: -1},
	}
	if there != nil {
		f.there = modelsOf(there)
	}
	return f
}

func modelsOf(schemas Schemas) map[string]model {
	models := make(map[string]model, len(schemas))
	for _, schema := range schemas {
		attributes := make(map[string]attribute, len(schema.Attributes))
		for name, raw := range schema.Attributes {
			attributes[name] = parseAttribute(raw)
		}
		models[schema.UID] = model{component: schema.ModelType == ModelComponent, attributes: attributes}
	}
	return models
}

// entity decides about an entity.
func (t *transfer) entity(s *stream, e *Entity) (item, error) {
	f := t.filter
	if reason := f.dropType(e.Type); reason != "" {
		return item{dropped: reason}, nil
	}
	if err := e.check(); err != nil {
		return item{}, &RecordError{Stage: StageEntities, Where: where(e.Type, e.ID), Err: err}
	}
	data, err := f.cut(s, *e)
	if err != nil {
		return item{}, &RecordError{Stage: StageEntities, Where: where(e.Type, e.ID), Err: err}
	}
	e.Data, e.checked = data, data
	if e.Type == TypeFile {
		t.media.expect(&f.parser, e.Data)
	}
	return item{kind: e.Type, bytes: e.size()}, nil
}

// dropType returns why a type does not pass, or "".
func (f *filter) dropType(uid string) string {
	model, known := f.here[uid]
	switch {
	case IsProtected(uid, f.start.Protected...):
		return DroppedProtected
	case model.component && !f.components[uid]:
		return DroppedOutOfScope
	case !model.component && !f.start.Scope.Includes(uid):
		return DroppedOutOfScope
	}
	if f.there != nil {
		if _, known = f.there[uid]; !known {
			return DroppedUnknownType
		}
	}
	return ""
}

// link decides about a link.
func (t *transfer) link(_ *stream, l *Link) (item, error) {
	f := t.filter
	reasons := []string{f.dropType(l.Left.Type), f.dropType(l.Right.Type)}
	for _, reason := range []string{DroppedProtected, DroppedOutOfScope, DroppedUnknownType} {
		if slices.Contains(reasons, reason) {
			return item{dropped: reason}, nil
		}
	}
	if f.there != nil && (f.lacksField(l.Left) || l.Kind == "relation.morph" && f.lacksField(l.Right)) {
		return item{dropped: DroppedUnknownAttribute}, nil
	}
	if err := l.check(); err != nil {
		return item{}, &RecordError{Stage: StageLinks, Where: where(l.Left.Type, l.Left.Ref), Err: err}
	}
	return item{kind: l.Left.Type, bytes: l.size()}, nil
}

// lacksField reports whether the source has the field of an end as an attribute and the
// destination does not. Fields that are no attributes of the source either are names
// of an inverse side, which a relation can do without.
func (f *filter) lacksField(end LinkEnd) bool {
	if end.Field == "" {
		return false
	}
	_, here := f.here[end.Type].attributes[end.Field]
	_, there := f.there[end.Type].attributes[end.Field]
	return here && !there
}

// config decides about configuration.
func (t *transfer) config(_ *stream, c *Config) (item, error) {
	if !t.opts.Scope.includesConfig(c.Type) {
		return item{dropped: DroppedOutOfScope}, nil
	}
	if err := c.check(); err != nil {
		return item{}, &RecordError{Stage: StageConfiguration, Where: clip(c.Type), Err: err}
	}
	return item{kind: c.Type, bytes: c.size()}, nil
}

// where names a record in an error: its type and ID.
func where(uid string, id Ref) string { return clip(uid) + " " + clip(string(id)) }

// size returns the length of the JSON of e, if its names need no escapes.
func (e Entity) size() int64 {
	return int64(len(`{"type":"","id":,"data":}`) + len(e.Type) + len(e.ID) + len(e.Data) + len(e.rest))
}

// size returns the length of the JSON of l, if its names need no escapes.
func (l Link) size() int64 {
	return int64(len(`{"kind":"","relation":"","left":,"right":}`)+len(l.Kind)+len(l.Relation)+len(l.rest)) +
		l.Left.size() + l.Right.size()
}

func (end LinkEnd) size() int64 {
	n := len(`{"type":"","ref":}`) + len(end.Type) + len(end.Ref) + len(end.rest)
	if end.Field != "" {
		n += len(`,"field":""`) + len(end.Field)
	} else if end.nulls.field {
		n += len(`,"field":null`)
	}
	if end.Pos != "" {
		n += len(`,"pos":`) + len(end.Pos)
	} else if end.nulls.pos {
		n += len(`,"pos":null`)
	}
	return int64(n)
}

// size returns the length of the JSON of c, if its names need no escapes.
func (c Config) size() int64 {
	return int64(len(`{"type":"","value":}`) + len(c.Type) + len(c.Value) + len(c.rest))
}
