package datatransfer

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A Difference is one place in which the schemas of source and destination differ.
type Difference struct {
	UID         string          `json:"uid"`  // of the content type or component
	Path        []string        `json:"path"` // below the schema: attributes, title, type; empty: the whole schema
	Kind        DifferenceKind  `json:"kind"`
	Source      json.RawMessage `json:"source,omitempty"`      // nil if the source has nothing there
	Destination json.RawMessage `json:"destination,omitempty"` // nil if the destination has nothing there
}

// A DifferenceKind says how two schemas differ.
type DifferenceKind string

// The kinds of differences.
const (
	OnlyInSource      DifferenceKind = "only in source"
	OnlyInDestination DifferenceKind = "only in destination"
	Changed           DifferenceKind = "changed"
)

// String returns a line such as
// "api::note.note: attributes.title.type: changed from "string" to "text"".
func (d Difference) String() string {
	where := clip(d.UID)
	if len(d.Path) > 0 {
		where += ": " + clip(strings.Join(d.Path, "."))
	}
	if d.Kind != Changed {
		return where + ": " + string(d.Kind)
	}
	return where + ": changed from " + clip(string(d.Source)) + " to " + clip(string(d.Destination))
}

// comparedMembers are the members of a schema that Strapi compares, beside attributes.
var comparedMembers = []string{"collectionName", "info", "options", "pluginOptions", "kind", "modelType", "modelName",
	"uid", "plugin", "globalId"}

// ignoredProperties are the properties of an attribute whose differences do not matter
// for data.
var ignoredProperties = []string{"private", "required", "configurable", "default"}

// Diff returns the differences between s, the schemas of a source, and those of a
// destination, in the order of s; types that only the destination has come last. Like
// Strapi's strict comparison it ignores the properties private, required,
// configurable and default of an attribute. Order of members and white space do not
// matter. [Run] compares only what the transfer carries.
func (s Schemas) Diff(destination Schemas) []Difference {
	var found []Difference
	there := make(map[string]Schema, len(destination))
	for _, schema := range destination {
		there[schema.UID] = schema
	}
	for _, schema := range s {
		other, ok := there[schema.UID]
		delete(there, schema.UID)
		if !ok {
			found = append(found, Difference{UID: schema.UID, Kind: OnlyInSource, Source: schema.json()})
			continue
		}
		found = append(found, diffSchema(schema, other)...)
	}
	for _, schema := range destination {
		if _, ok := there[schema.UID]; ok {
			found = append(found, Difference{UID: schema.UID, Kind: OnlyInDestination, Destination: schema.json()})
		}
	}
	return found
}

// diffSchema compares two schemas with one UID. Attributes are taken from the field and
// not from Raw, because Run leaves some out.
func diffSchema(source, destination Schema) []Difference {
	found := diffObjects(source.UID, nil, comparedPart(source), comparedPart(destination))
	return append(found,
		diffObjects(source.UID, []string{"attributes"}, source.Attributes, destination.Attributes)...)
}

// comparedPart returns the members of a schema that are compared, but for the attributes.
func comparedPart(schema Schema) map[string]json.RawMessage {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(schema.json(), &all)
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool {
		return !slices.Contains(comparedMembers, name)
	})
	return all
}

// diffObjects compares two objects member by member.
func diffObjects(uid string, path []string, a, b map[string]json.RawMessage) []Difference {
	var found []Difference
	names := make(map[string]json.RawMessage, len(a))
	maps.Copy(names, a)
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		below := append(slices.Clip(path), name)
		if len(below) == 3 && below[0] == "attributes" && slices.Contains(ignoredProperties, name) {
			continue
		}
		found = append(found, diffValues(uid, below, a[name], b[name])...)
	}
	return found
}

// diffValues compares two values, of which one may be nil.
func diffValues(uid string, path []string, a, b json.RawMessage) []Difference {
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil:
		return []Difference{{UID: uid, Path: path, Kind: OnlyInDestination, Destination: b}}
	case b == nil:
		return []Difference{{UID: uid, Path: path, Kind: OnlyInSource, Source: a}}
	case a[0] == '{' && b[0] == '{':
		var aMembers, bMembers map[string]json.RawMessage
		if json.Unmarshal(a, &aMembers) == nil && json.Unmarshal(b, &bMembers) == nil {
			return diffObjects(uid, path, aMembers, bMembers)
		}
	case a[0] == '[' && b[0] == '[':
		var aItems, bItems []json.RawMessage
		if json.Unmarshal(a, &aItems) == nil && json.Unmarshal(b, &bItems) == nil {
			return diffObjects(uid, path, membersByIndex(aItems), membersByIndex(bItems))
		}
	case equalJSON(a, b):
		return nil
	}
	return []Difference{{UID: uid, Path: path, Kind: Changed, Source: a, Destination: b}}
}

// membersByIndex returns the items of an array under their indexes.
func membersByIndex(items []json.RawMessage) map[string]json.RawMessage {
	members := make(map[string]json.RawMessage, len(items))
	for i, item := range items {
		members[strconv.Itoa(i)] = item
	}
	return members
}

// equalJSON reports whether two values are the same value in JavaScript.
func equalJSON(a, b json.RawMessage) bool {
	x, y := jsontext.Value(slices.Clone(a)), jsontext.Value(slices.Clone(b))
	return x.Canonicalize() == nil && y.Canonicalize() == nil && string(x) == string(y)
}
