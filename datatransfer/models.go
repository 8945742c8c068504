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

// An attribute is an attribute of a schema, as far as the filter needs it.
type attribute struct {
	kind      string
	target    string   // of a relation
	component string   // of a component
	zone      []string // the components of a dynamic zone
	protected bool     // it is a relation to a protected type
}

// parseAttribute returns the parts of an attribute. What it cannot read stays zero.
// Unlike encoding/json it does not take Target for target.
func parseAttribute(raw json.RawMessage) attribute {
	var parsed attribute
	p := Parser{MaxRecord: -1}
	_ = p.record(raw, func(name string, _ []byte) error {
		value, err := p.value()
		if err != nil {
			return err
		}
		switch name {
		case "type":
			_ = json.Unmarshal(value, &parsed.kind)
		case "target":
			_ = json.Unmarshal(value, &parsed.target)
		case "component":
			_ = json.Unmarshal(value, &parsed.component)
		case "components":
			_ = json.Unmarshal(value, &parsed.zone)
		}
		return nil
	})
	return parsed
}

// relationTarget returns the type that a relation points to, or "" for anything else.
func (a attribute) relationTarget() string {
	if a.kind != "relation" {
		return ""
	}
	return a.target
}

// components returns the components that may occur in the attribute.
func (a attribute) components() []string {
	switch a.kind {
	case "component":
		return []string{a.component}
	case "dynamiczone":
		return a.zone
	}
	return nil
}

// A model is a schema with its attributes parsed.
type model struct {
	component  bool
	attributes map[string]attribute
}

// modelsOf returns the models of schemas, by UID.
func modelsOf(schemas Schemas, protected []string) map[string]model {
	models := make(map[string]model, len(schemas))
	for _, schema := range schemas {
		attributes := make(map[string]attribute, len(schema.Attributes))
		for name, raw := range schema.Attributes {
			parsed := parseAttribute(raw)
			target := parsed.relationTarget()
			parsed.protected = target != "" && IsProtected(target, protected...)
			attributes[name] = parsed
		}
		models[schema.UID] = model{component: schema.ModelType == ModelComponent, attributes: attributes}
	}
	return models
}

// creatorFields are the relations to the user who created and who changed an entity.
// Strapi adds them to every type.
var creatorFields = []string{"createdBy", "updatedBy"}

// protects reports whether a member of an entity or component is a relation to a
// protected type. Relations are not in data, but a source may put them there.
func (m model) protects(name string) bool {
	attribute, ok := m.attributes[name]
	if !ok {
		return slices.Contains(creatorFields, name)
	}
	return attribute.protected
}
