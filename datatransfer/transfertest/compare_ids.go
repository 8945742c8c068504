package transfertest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/seed-39e76d91/transfertoken/datatransfer"
)

// replaceIDs puts names that are the same in every instance in the place of IDs, and
// removes what else an instance decides itself.
func (r *records) replaceIDs() {
	for _, e := range r.entities {
		r.nameEntity(e)
	}
	slices.SortStableFunc(r.entities, func(a, b *entity) int {
		if order := cmp.Compare(a.name, b.name); order != 0 {
			return order
		}
		return bytes.Compare(encode(a.data), encode(b.data))
	})
	names := make(map[identity]string)
	seen := make(map[string]int)
	for _, e := range r.entities {
		seen[e.name]++
		if n := seen[e.name]; n > 1 {
			e.name += " #" + strconv.Itoa(n)
		}
		names[identity{e.uid, e.ref}] = e.name
		for component, path := range e.components {
			names[component] = e.name + " " + path
		}
	}
	for _, l := range r.links {
		renameEnd(l.record["left"], l.Left, names)
		renameEnd(l.record["right"], l.Right, names)
	}
	for _, f := range r.files {
		renameFile(f.value, names)
	}
	r.rankPositions()
}

// nameEntity removes the IDs of e and its components, and names e after its document,
// locale and state, or after its data if it has no document.
func (r *records) nameEntity(e *entity) {
	delete(e.record, "id")
	e.components = make(map[identity]string)
	r.types.walkComponents(e.uid, e.data, "", func(uid, path string, component map[string]any) {
		if ref, ok := refOf(component["id"]); ok {
			e.components[identity{uid, ref}] = path
		}
		delete(component, "id")
		removeNulls(component)
	})
	removeNulls(e.data)
	if e.uid == datatransfer.TypeFile {
		removeStorage(e.data)
	}
	document, ok := e.data["documentId"].(string)
	if !ok {
		sum := sha256.Sum256(encode(e.data))
		e.name = e.uid + " " + hex.EncodeToString(sum[:4])
		return
	}
	e.name = e.uid + " " + document
	if locale, ok := e.data["locale"].(string); ok {
		e.name += " " + locale
	}
	if _, published := e.data["publishedAt"]; published {
		e.name += " published"
	}
}

func removeNulls(object map[string]any) {
	for name, value := range object {
		if value == nil {
			delete(object, name)
		}
	}
}

// removeStorage removes the members of a file's row that say where its bytes are.
func removeStorage(row map[string]any) {
	for _, member := range []string{"url", "previewUrl", "provider", "provider_metadata"} {
		delete(row, member)
	}
	formats, _ := row["formats"].(map[string]any)
	for _, format := range formats {
		if format, ok := format.(map[string]any); ok {
			removeStorage(format)
		}
	}
}

func renameEnd(record any, end datatransfer.LinkEnd, names map[identity]string) {
	object, ok := record.(map[string]any)
	if name, found := names[identity{end.Type, end.Ref}]; ok && found {
		object["ref"] = name
	}
}

func renameFile(value any, names map[identity]string) {
	file := value.(map[string]any)
	metadata, ok := file["metadata"].(map[string]any)
	if !ok {
		return
	}
	removeNulls(metadata)
	removeStorage(metadata)
	ref, _ := refOf(metadata["id"])
	if name, ok := names[identity{datatransfer.TypeFile, ref}]; ok {
		metadata["id"] = name
	}
}

// rankPositions takes the positions out of the links and notes for each its rank among
// the links of the same field.
func (r *records) rankPositions() {
	type place struct {
		link *link
		pos  float64
	}
	for end, name := range []string{"left", "right"} {
		fields := make(map[string][]place)
		for _, l := range r.links {
			object, ok := l.record[name].(map[string]any)
			if !ok {
				continue
			}
			number, ok := object["pos"].(json.Number)
			delete(object, "pos")
			if !ok {
				continue
			}
			pos, _ := number.Float64()
			field := string(encode(object))
			fields[field] = append(fields[field], place{l, pos})
		}
		for _, places := range fields {
			slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.pos, b.pos) })
			rank := 0
			for i, p := range places {
				if i == 0 || p.pos != places[i-1].pos {
					rank++
				}
				p.link.pos[end] = fmt.Sprint(rank)
			}
		}
	}
}

// ignoreDocumentsOfOneSide removes the document IDs of types that have them on one side
// only. The row of a file is in its metadata, too.
func ignoreDocumentsOfOneSide(sides ...*records) {
	without := make(map[string]bool)
	for _, side := range sides {
		has := make(map[string]bool)
		for _, e := range side.entities {
			_, ok := e.data["documentId"].(string)
			has[e.uid] = has[e.uid] || ok
		}
		for uid, ok := range has {
			if !ok {
				without[uid] = true
			}
		}
	}
	for _, side := range sides {
		for _, e := range side.entities {
			if without[e.uid] {
				delete(e.data, "documentId")
			}
		}
		for _, f := range side.files {
			row, ok := f.value.(map[string]any)["metadata"].(map[string]any)
			if ok && without[datatransfer.TypeFile] {
				delete(row, "documentId")
			}
		}
	}
}

// ignorePositionsOfOneSide removes the positions of fields that have them on one side only.
func ignorePositionsOfOneSide(sides ...*records) {
	for _, name := range []string{"left", "right"} {
		have := make(map[string]int) // on how many sides each field has positions
		for _, side := range sides {
			for field := range side.positionedFields(name) {
				have[field]++
			}
		}
		for _, side := range sides {
			for _, l := range side.links {
				if end, ok := l.record[name].(map[string]any); ok && have[fieldName(end)] < len(sides) {
					delete(end, "pos")
				}
			}
		}
	}
}

// positionedFields returns the fields at one end of the links that have positions.
func (r *records) positionedFields(name string) map[string]bool {
	fields := make(map[string]bool)
	for _, l := range r.links {
		if end, ok := l.record[name].(map[string]any); ok && end["pos"] != nil {
			fields[fieldName(end)] = true
		}
	}
	return fields
}

func fieldName(end map[string]any) string { return fmt.Sprint(end["type"], " ", end["field"]) }
