package transfertest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// MapIDs returns a copy of s in which entities and components have the IDs that newID
// gives them, in links and in the metadata of files too. Other references, such as those
// to a document ID, stay. It fails if the data of an entity is not a JSON object.
func (s *Snapshot) MapIDs(newID func(uid string, old datatransfer.Ref) datatransfer.Ref) (*Snapshot, error) {
	ids := newIDMap(s.Schemas, newID)
	mapped := s.clone()
	for i, e := range s.Entities {
		var err error
		if mapped.Entities[i], err = ids.assign(e); err != nil {
			return nil, err
		}
	}
	for i, f := range s.Files {
		mapped.Files[i].Metadata = ids.fileMetadata(f.Metadata)
	}
	for i, l := range s.Links {
		l.Left.Ref, _ = ids.lookup(l.Left)
		l.Right.Ref, _ = ids.lookup(l.Right)
		mapped.Links[i] = l
	}
	return mapped, nil
}

// An identity names an entity or component within one transfer.
type identity struct {
	uid string
	ref datatransfer.Ref
}

// An idMap gives entities and components new IDs and translates what refers to them.
type idMap struct {
	newID func(uid string, old datatransfer.Ref) datatransfer.Ref
	types typeMap
	refs  map[identity]datatransfer.Ref
	// documents has the document IDs of the entities. They are references too, and are
	// kept.
	documents map[identity]bool
}

func newIDMap(schemas datatransfer.Schemas, newID func(string, datatransfer.Ref) datatransfer.Ref) *idMap {
	return &idMap{
		newID:     newID,
		types:     parseTypes(schemas),
		refs:      make(map[identity]datatransfer.Ref),
		documents: make(map[identity]bool),
	}
}

// assign returns e with new IDs, its own and those of its components.
func (m *idMap) assign(e datatransfer.Entity) (datatransfer.Entity, error) {
	e.ID = m.assignRef(e.Type, e.ID)
	data, err := decodeObject(e.Data)
	if err != nil {
		return e, fmt.Errorf("%w: the data of an entity of %s: %v", datatransfer.ErrInvalid, e.Type, err)
	}
	if document, ok := data["documentId"].(string); ok {
		m.documents[identity{e.Type, datatransfer.StringRef(document)}] = true
	}
	changed := false
	m.types.walkComponents(e.Type, data, "", func(uid, _ string, component map[string]any) {
		old, ok := refOf(component["id"])
		if !ok {
			return
		}
		component["id"] = json.RawMessage(m.assignRef(uid, old))
		changed = true
	})
	if changed {
		e.Data = encode(data)
	}
	return e, nil
}

func (m *idMap) assignRef(uid string, old datatransfer.Ref) datatransfer.Ref {
	ref := m.newID(uid, old)
	m.refs[identity{uid, old}] = ref
	return ref
}

// lookup returns the new reference of a link's end, and reports whether there is an
// entity or component that it refers to.
func (m *idMap) lookup(end datatransfer.LinkEnd) (datatransfer.Ref, bool) {
	if ref, ok := m.refs[identity{end.Type, end.Ref}]; ok {
		return ref, true
	}
	return end.Ref, m.documents[identity{end.Type, end.Ref}]
}

// fileMetadata returns metadata with the new ID of its file. It returns metadata itself
// if there is no such file.
func (m *idMap) fileMetadata(metadata json.RawMessage) json.RawMessage {
	row, err := decodeObject(metadata)
	if err != nil {
		return metadata
	}
	old, ok := refOf(row["id"])
	if !ok {
		return metadata
	}
	ref, ok := m.refs[identity{datatransfer.TypeFile, old}]
	if !ok {
		return metadata
	}
	row["id"] = json.RawMessage(ref)
	return encode(row)
}

// refOf returns the Ref of a decoded ID, and reports whether value is one.
func refOf(value any) (datatransfer.Ref, bool) {
	switch id := value.(type) {
	case json.Number:
		return datatransfer.Ref(id), true
	case string:
		return datatransfer.StringRef(id), true
	}
	return "", false
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
