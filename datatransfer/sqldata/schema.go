package sqldata

import (
	"encoding/json"
	"fmt"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// buildSchemas returns the schemas of the tables, in the order of the Config.
func (m *model) buildSchemas(order []Table) (datatransfer.Schemas, error) {
	attributes := make(map[string]map[string]any, len(m.tables))
	for _, t := range m.tables {
		attributes[t.Type] = make(map[string]any)
		for _, c := range t.Columns {
			if c.Attribute == "documentId" {
				continue // Strapi has it beside the attributes
			}
			attribute, err := columnSchema(c)
			if err != nil {
				return nil, fmt.Errorf("sqldata: table %s: column %s: Schema is not a JSON object", t.Name, c.Name)
			}
			attributes[t.Type][c.Attribute] = attribute
		}
	}
	for _, t := range m.tables {
		for _, l := range t.links {
			attributes[t.Type][l.Attribute] = linkSchema(l)
			switch {
			case l.isMedia():
				attributes[l.Target]["related"] = map[string]any{"type": "relation", "relation": "morphToMany"}
			case l.Inverse != "":
				attributes[l.Target][l.Inverse] = inverseSchema(l)
			}
		}
	}
	var schemas datatransfer.Schemas
	for _, t := range order {
		raw, err := json.Marshal(map[string]any{
			"uid": t.Type, "modelType": datatransfer.ModelContentType, "kind": "collectionType",
			"attributes": attributes[t.Type],
		})
		if err != nil {
			return nil, err
		}
		schema, err := new(datatransfer.Parser).Schema(raw)
		if err != nil {
			return nil, err
		}
		schemas = append(schemas, schema)
	}
	return schemas, nil
}

func columnSchema(c Column) (map[string]any, error) {
	attribute := make(map[string]any)
	if c.Schema != nil {
		if err := json.Unmarshal(c.Schema, &attribute); err != nil {
			return nil, err
		}
	}
	attribute["type"] = c.Type
	if c.Required {
		attribute["required"] = true
	}
	if c.Unique {
		attribute["unique"] = true
	}
	return attribute, nil
}

func linkSchema(l *link) map[string]any {
	attribute := map[string]any{"type": "relation", "relation": l.relation(), "target": l.Target}
	if l.isMedia() {
		attribute = map[string]any{"type": "media", "multiple": l.Join != nil}
	} else if l.Inverse != "" {
		attribute["inversedBy"] = l.Inverse
	}
	if l.Required {
		attribute["required"] = true
	}
	return attribute
}

// inverseSchema returns the schema of the attribute at the other end of a relation.
func inverseSchema(l *link) map[string]any {
	relation := l.relation()
	if relation == "manyToOne" {
		relation = "oneToMany"
	}
	return map[string]any{
		"type": "relation", "relation": relation, "target": l.owner.Type, "mappedBy": l.Attribute,
	}
}
